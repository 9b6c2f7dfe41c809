"""How far a subject has come on a page of the quiz, and what another answer changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from experiment.language import say, say_many
from experiment.quiz.items import ATTEMPT, Item, Unreadable
from experiment.typed_numbers import bare


@dataclass(frozen=True)
class Answered:
    """A judged answer: its item, its attempt (1, 2, ...), the answer as stored, and whether it is
    right.
    """

    item: str
    attempt: int
    answer: str
    right: bool


@dataclass(frozen=True)
class Progress:
    """The items of one page, all answers to them so far, and how many attempts each item allows.

    All open items are answered together, so they are at the same attempt.
    """

    items: tuple[Item, ...]
    log: tuple[Answered, ...]
    allowed: int

    @property
    def attempt(self) -> int:
        """The number of the attempt that comes next."""
        return 1 + max((answered.attempt for answered in self.log), default=0)

    @property
    def attempts_left(self) -> int:
        return max(0, self.allowed - self.attempt + 1)

    @property
    def open_items(self) -> tuple[Item, ...]:
        """The items that wait for an answer; none when attempts are used up."""
        return tuple(item for item in self.items if not self.is_right(item.key)) if self.attempts_left else ()

    @property
    def passed(self) -> bool:
        """Whether every item was answered correctly."""
        return all(self.is_right(item.key) for item in self.items)

    @property
    def failed(self) -> bool:
        """Whether attempts are used up and some item was never answered correctly."""
        return not self.attempts_left and not self.passed

    def is_right(self, key: str) -> bool:
        return any(answered.right for answered in self.log if answered.item == key)

    def last(self, key: str) -> Answered | None:
        """The last answer to an item."""
        return next((answered for answered in reversed(self.log) if answered.item == key), None)


@dataclass(frozen=True)
class Judgement:
    """The result of a form: answers to log, and a sentence that says why the subject stays on the
    page, or None.
    """

    log: tuple[Answered, ...]
    stays: str | None


def judge(progress: Progress, posted: Mapping[str, str]) -> Judgement:
    """Judge a form: answers by the items' keys, and the number of the attempt it is for.

    A form for another attempt than the next one (sent twice, or from a page reached by the back
    button) is ignored. An attempt is used only if each open item has an answer that can be read.
    """
    if posted.get(ATTEMPT) != str(progress.attempt):
        return Judgement((), say("This form was of an earlier attempt and did not count. Please answer the questions as they stand now."))
    if not progress.open_items:
        return Judgement((), None)
    if unreadable(progress, posted):
        return Judgement((), _why_not_counted(progress, posted))
    new = tuple(_judged(item, progress.attempt, posted[item.key]) for item in progress.open_items)
    after = Progress(progress.items, progress.log + new, progress.allowed)
    return Judgement(new, _why_stay(after))


def unreadable(progress: Progress, posted: Mapping[str, str]) -> dict[str, str]:
    """For each open item whose answer is missing or cannot be read: one sentence."""
    found = {}
    for item in progress.open_items:
        try:
            item.read(posted.get(item.key, ""))
        except Unreadable as error:
            found[item.key] = str(error)
    return found


def _why_not_counted(progress: Progress, posted: Mapping[str, str]) -> str:
    """What is wrong with a form in which an answer is missing or cannot be read."""
    if any(not bare(posted.get(item.key, "")) for item in progress.open_items):
        return say("Please answer every question. None of your answers was counted.")
    wrong = len(unreadable(progress, posted))
    return say_many(
        "One answer cannot be read; a note at the question says why. None of your answers was counted.",
        "{wrong} answers cannot be read; notes at the questions say why. None of your answers was counted.",
        wrong,
        wrong=wrong,
    )


def _judged(item: Item, attempt: int, typed: str) -> Answered:
    answer = item.read(typed)
    return Answered(item.key, attempt, answer, item.is_right(answer))


def _why_stay(after: Progress) -> str | None:
    if after.failed:
        return say("There are no more attempts. Below, the right answers are explained; please read them, then go on.")
    wrong = len(after.open_items)
    if not wrong:
        return None
    return say_many(
        "One answer is not right yet. It is marked and explained below; please try again.",
        "{wrong} answers are not right yet. They are marked and explained below; please try again.",
        wrong,
        wrong=wrong,
    )
