"""What a quiz is made of: questions with a number or one of several sentences as their answer, and how an answer is read and judged."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from experiment.language import say, say_many
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
    that any question of the session can have as its answer.
    """

    key: str
    section: str
    question: str
    rule: str
    solution: str
    answer: float
    decimals: int
    largest: float = 0.0

    def read(self, typed: str) -> str:
        """The answer as it is stored: a number, as typed. Raises Unreadable with one sentence."""
        typed = bare(typed)
        sign, unsigned = ("-", typed[1:]) if typed[:1] and typed[0] in MINUS_SIGNS else ("", typed)
        if bare(unsigned) != unsigned or number(unsigned) is None:
            raise Unreadable(say("Please type a number here."))
        meant = in_thousands(unsigned)
        if meant is not None and self.decimals != THOUSANDTHS and meant <= self.largest:
            raise Unreadable(ask_back(unsigned, meant, sign))
        return sign + in_data(unsigned)

    def is_right(self, answer: str) -> bool:
        """Whether an answer that was read is right: at most half a unit of the last digit away."""
        half_a_unit = Decimal(5).scaleb(-self.decimals - 1)
        return abs(Decimal(answer.replace(",", ".")) - Decimal(self.answer)) <= half_a_unit * _ROUNDING

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


def right_answer(item: Item) -> str:
    """The right answer as a subject who knows it would give it."""
    if isinstance(item, ChoiceItem):
        return item.answer
    return f"{round(Decimal(item.answer), item.decimals):f}"
