"""What a quiz is made of: questions with a number or one of several sentences as their answer, and how an answer is read and judged."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from experiment.language import say, say_many
from experiment.offers import plain
from experiment.typed_numbers import MINUS_SIGNS, ask_back, bare, in_data, in_thousands, number

STATES, DRAW, SECOND_OFFER, PAYMENT = "states", "draw", "second_offer", "payment"
SECTIONS = (STATES, DRAW, SECOND_OFFER, PAYMENT)
"""The parts of the quiz in their order."""
PAGES = {"QuizStates": STATES, "QuizDraw": DRAW, "QuizSecondOffer": SECOND_OFFER, "QuizPayment": PAYMENT}
"""The page on which each part is asked."""
ATTEMPT = "attempt"
"""The field of a page's form that says which attempt it is."""

THOUSANDTHS = 3
"""With exactly this many decimals asked for, the decimal sign of an answer cannot be mistaken for a
separator of thousands.
"""
FEWEST_DIGITS = 2
"""A rounded answer needs at least this many significant digits, and one decimal."""
PERCENT_SIGNS = "%\N{ARABIC PERCENT SIGN}\N{FULLWIDTH PERCENT SIGN}"
_ROUNDING = 1 + Decimal("1e-9")


class Unreadable(ValueError):
    """What was typed is not an answer to the question at all. The message is one sentence for the
    subject.
    """


@dataclass(frozen=True)
class Choice:
    """One of the answers to choose from: its name in the data, and the sentence a subject reads."""

    name: str
    words: str


@dataclass(frozen=True)
class NumberItem:
    """A question with a number as its answer, to be typed with ``decimals`` decimals.

    ``rule`` explains how to find the answer without giving it; ``solution`` is the right answer
    with the steps that lead to it. All words are safe in HTML. ``largest`` is the largest number
    that any question of the session can have as its answer. ``mistakes`` are the numbers to which
    common mistakes lead. ``whole`` is the number of which a percentage is a part; None if the
    question has no such number.

    An answer is right if it is the right number to the decimals that are asked for, or the right
    number rounded to fewer: with at least one decimal and ``FEWEST_DIGITS`` significant digits,
    unless a mistake, rounded in the same way, is the same number. Otherwise the explanation says
    that the answer was rounded too far.
    """

    key: str
    section: str
    question: str
    rule: str
    solution: str
    answer: float
    decimals: int
    largest: float = 0.0
    mistakes: tuple[float, ...] = ()
    whole: int | None = None

    def read(self, typed: str) -> str:
        """The answer as it is stored: a number, as typed; a percentage as the number that it is of
        the ``whole``. Raises Unreadable with one sentence.
        """
        typed = bare(typed)
        if typed.endswith(tuple(PERCENT_SIGNS)):
            return self._read_percentage(typed)
        sign, unsigned = ("-", typed[1:]) if typed[:1] and typed[0] in MINUS_SIGNS else ("", typed)
        if bare(unsigned) != unsigned or number(unsigned) is None:
            raise Unreadable(say("Please type a number here."))
        meant = in_thousands(unsigned)
        if meant is not None and self.decimals != THOUSANDTHS and meant <= self.largest:
            raise Unreadable(ask_back(unsigned, meant, sign))
        return sign + in_data(unsigned)

    def is_right(self, answer: str) -> bool:
        """Whether an answer that was read is right, perhaps rounded."""
        typed = _value(answer)
        if _rounds_to(self.answer, typed, self.decimals):
            return True
        places, digits = _decimals(typed), len(typed.as_tuple().digits)
        return (
            1 <= places < self.decimals
            and digits >= FEWEST_DIGITS
            and _rounds_to(self.answer, typed, places)
            and not any(_rounds_to(mistake, typed, places) for mistake in self.mistakes)
        )

    def is_rounded_too_far(self, answer: str) -> bool:
        """Whether an answer is the right number, rounded so far that it does not count as right."""
        typed = _value(answer)
        shortest = min(_decimals(typed), max(0, _decimals(typed.normalize())))
        return not self.is_right(answer) and shortest < self.decimals and _rounds_to(self.answer, typed, shortest)

    def _read_percentage(self, typed: str) -> str:
        share = number(bare(typed[:-1]))
        if share is None:
            raise Unreadable(say("Please type a number here."))
        if self.whole is None:
            raise Unreadable(say("Please type the number alone, without a percent sign."))
        stored = plain(share * self.whole / 100)
        if number(stored) is None:
            raise Unreadable(say("Please type a number here."))
        return stored

    @property
    def wanted(self) -> str:
        """In which form the answer must be typed."""
        if self.decimals == 0:
            return say("a whole number")
        return say_many("with 1 decimal", "with {decimals} decimals", self.decimals, decimals=self.decimals)


@dataclass(frozen=True)
class ChoiceItem:
    """A question with one right choice; ``choices`` are in the order shown, ``answer`` is the name
    of the right one.
    """

    key: str
    section: str
    question: str
    rule: str
    solution: str
    answer: str
    choices: tuple[Choice, ...]

    def read(self, typed: str) -> str:
        """The answer as it is stored: the name of a choice. Raises Unreadable with one sentence."""
        if typed not in {choice.name for choice in self.choices}:
            raise Unreadable(say("Please choose one of the answers."))
        return typed

    def is_right(self, answer: str) -> bool:
        return answer == self.answer


Item = NumberItem | ChoiceItem


def _value(answer: str) -> Decimal:
    return Decimal(answer.replace(",", "."))


def _decimals(value: Decimal) -> int:
    return -int(value.as_tuple().exponent)


def _rounds_to(exact: float, typed: Decimal, decimals: int) -> bool:
    """Whether a number is at most half a unit of the last decimal away from what was typed."""
    half_a_unit = Decimal(5).scaleb(-decimals - 1)
    return abs(typed - Decimal(exact)) <= half_a_unit * _ROUNDING


def right_answer(item: Item) -> str:
    """The right answer as a subject who knows it would give it."""
    if isinstance(item, ChoiceItem):
        return item.answer
    return f"{round(Decimal(item.answer), item.decimals):f}"
