"""What a page of the quiz shows: its questions, what was answered, and what may be explained so
far.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiment.config import SessionSettings
from experiment.instructions.document import instructions
from experiment.language import say
from experiment.options import LEAVE
from experiment.quiz.items import DRAW, PAYMENT, SECOND_OFFER, STATES, ChoiceItem, Item
from experiment.quiz.progress import Answered, Progress, unreadable
from experiment.shown.numbers import fixed, text
from experiment.shown.rules import rules

OPEN, WRONG, RIGHT, OVER = "open", "wrong", "right", "over"


@dataclass(frozen=True)
class ShownChoice:
    name: str
    words: str
    checked: bool


@dataclass(frozen=True)
class Question:
    """One question. ``status`` is open, wrong (to be tried again), right, or over (no attempts
    left).

    ``given`` is the last answer that counted. ``explanation`` is the rule while the question is
    wrong, and the solution with the ``right`` answer once it is over; nothing sent before that
    contains the answer. ``typed`` and ``problem`` describe a form that could not be read.
    """

    key: str
    number: int
    words: str
    choices: tuple[ShownChoice, ...]
    wanted: str
    status: str
    given: str
    explanation: str
    right: str
    typed: str
    problem: str

    @property
    def waits(self) -> bool:
        """Whether an answer is wanted."""
        return self.status in (OPEN, WRONG)

    @property
    def described_by(self) -> str:
        """The identifiers of the elements that a screen reader should read with the answer's field."""
        parts = {"problem": self.problem, "why": self.explanation, "wanted": self.wanted if self.waits else ""}
        return " ".join(f"{part}-{self.key}" for part, there in parts.items() if there)


def quiz_variables(
    settings: SessionSettings,
    section: str,
    progress: Progress,
    posted: Mapping[str, str],
    currency: str = "USD",
    earlier_passed: bool = False,
) -> dict[str, Any]:
    """The template variables of a page. ``posted`` is what was just typed, empty if nothing was;
    ``earlier_passed`` says that all answers on the page before are right.
    """
    stands = posted if unreadable(progress, posted) and posted.get("attempt") == str(progress.attempt) else {}
    problems = unreadable(progress, stands) if stands else {}
    return {
        "title": _title(section),
        "questions": tuple(_question(item, n, progress, stands, problems) for n, item in enumerate(progress.items, start=1)),
        "attempt": progress.attempt,
        "attempts": progress.allowed,
        "attempts_left": progress.attempts_left,
        "begun": bool(progress.log),
        "earlier_passed": earlier_passed and not progress.log and not stands,
        "settled": not progress.open_items,
        "failing_leaves": settings.preparation.quiz_failed == LEAVE,
        "rules": rules(settings),
        "instructions": instructions(settings, currency),
    }


def passed_variables(settings: SessionSettings) -> dict[str, Any]:
    """What the page after the quiz says to a subject whose answers are all right."""
    return {"practice_rounds": settings.schedule.practice_rounds, "practice_alone": settings.practises_alone}


def _title(section: str) -> str:
    return {
        STATES: say("Questions: states, types and points"),
        DRAW: say("Questions: the first offer"),
        SECOND_OFFER: say("Questions: the second offer"),
        PAYMENT: say("Questions: rounds and payment"),
    }[section]


def _question(item: Item, number: int, progress: Progress, posted: Mapping[str, str], problems: Mapping[str, str]) -> Question:
    last, status = progress.last(item.key), _status(item, progress)
    typed = posted.get(item.key, "")
    chosen = isinstance(item, ChoiceItem)
    return Question(
        key=item.key,
        number=number,
        words=item.question,
        choices=tuple(ShownChoice(each.name, each.words, each.name == typed) for each in item.choices)
        if isinstance(item, ChoiceItem)
        else (),
        wanted="" if isinstance(item, ChoiceItem) else item.wanted,
        status=status,
        given=_words(item, last) if last else "",
        explanation=_explanation(item, status, last),
        right=_right(item) if status == OVER else "",
        typed="" if chosen else text("".join(sign for sign in typed if sign.isprintable())),
        problem=problems.get(item.key, "") if status in (OPEN, WRONG) else "",
    )


def _status(item: Item, progress: Progress) -> str:
    if progress.is_right(item.key):
        return RIGHT
    if not progress.attempts_left:
        return OVER
    return WRONG if progress.last(item.key) else OPEN


def _explanation(item: Item, status: str, last: Answered | None) -> str:
    """The rule while the question is wrong, the solution once it is over; both begin with what was
    wrong about a number that was rounded too far.
    """
    explained = {WRONG: item.rule, OVER: item.solution}.get(status, "")
    if not explained or last is None or isinstance(item, ChoiceItem) or not item.is_rounded_too_far(last.answer):
        return explained
    if status == OVER:
        return say("Your number was rounded too far.") + " " + explained
    return say("Your number is rounded too far: please type it {wanted}.", wanted=item.wanted) + " " + explained


def _words(item: Item, answered: Answered) -> str:
    if isinstance(item, ChoiceItem):
        return next(choice.words for choice in item.choices if choice.name == answered.answer)
    return text(answered.answer)


def _right(item: Item) -> str:
    if isinstance(item, ChoiceItem):
        return next(choice.words for choice in item.choices if choice.name == item.answer)
    return fixed(item.answer, item.decimals)
