"""How bots answer the quiz and the questionnaire: they compute the answers from the session config and the seed, as the server does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from experiment.config import SessionSettings
from experiment.pages.questionnaire import OWN
from experiment.quiz import quiz
from experiment.quiz.items import ATTEMPT, PAGES, right_answer
from experiment.texts.answers import example
from experiment.texts.items import Item

Answers = Callable[[str], Mapping[str, str]]
"""Maps the name of a page to the fields of its form; empty for a page without questions."""
QUESTIONNAIRE = "Questionnaire"


def no_answers(page: str) -> Mapping[str, str]:
    """For sessions without a quiz."""
    return {}


def right_answers(settings: SessionSettings, seed: int, participant: int, items: tuple[Item, ...] = ()) -> Answers:
    """Every answer right at the first attempt, for participant 1, 2, ... of a session; and an answer to each of the required ``items``
    of its study's questionnaire.
    """

    def answers(page: str) -> Mapping[str, str]:
        if page == QUESTIONNAIRE:
            return {OWN + item.id: example(item) for item in items if item.required}
        if page not in PAGES:
            return {}
        return {ATTEMPT: "1", **{item.key: right_answer(item) for item in quiz(settings, seed, participant, PAGES[page])}}

    return answers
