"""How bots answer the quiz: they compute the answers from the session config and the seed, as the server does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from experiment.config import SessionSettings
from experiment.quiz import quiz
from experiment.quiz.items import ATTEMPT, PAGES, right_answer

Answers = Callable[[str], Mapping[str, str]]
"""Maps the name of a page to the fields of its form; empty for a page without questions."""


def no_answers(page: str) -> Mapping[str, str]:
    """For sessions without a quiz."""
    return {}


def right_answers(settings: SessionSettings, seed: int, participant: int) -> Answers:
    """Every answer right at the first attempt, for participant 1, 2, ... of a session."""

    def answers(page: str) -> Mapping[str, str]:
        if page not in PAGES:
            return {}
        return {ATTEMPT: "1", **{item.key: right_answer(item) for item in quiz(settings, seed, participant, PAGES[page])}}

    return answers
