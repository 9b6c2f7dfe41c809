"""Stated beliefs: how likely a subject holds each state to be, in whole percent, and the chance of
a prize that this earns.

The score is binarised (Hossain and Okui, Review of Economic Studies 2013): the quadratic score is
not an amount of money but the chance to win one prize. So it is best to state what one believes,
whatever one's attitude to risk, as long as one prefers a larger chance.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from experiment.language import say
from experiment.typed_numbers import PERCENT_SIGNS, european

WHOLE = 100
SEPARATOR = ","
"""Separates the numbers of a form, which posts one per state, in the order of the states."""
_PERCENT = re.compile(r"[0-9]{1,3}", re.ASCII)


class InvalidBelief(ValueError):
    """What was typed is not a belief. The message is one sentence for the subject."""


@dataclass(frozen=True)
class Belief:
    """A stated belief: whole percents in the order of the states, 100 in all."""

    percents: tuple[int, ...]

    @classmethod
    def parse(cls, answer: str | None, states: int) -> Belief:
        """Read the numbers of a form, one per state. Raises InvalidBelief with one sentence."""
        typed = [_without_percent(european(number)) for number in (answer or "").split(SEPARATOR)]
        if len(typed) != states or not all(_PERCENT.fullmatch(number) and int(number) <= WHOLE for number in typed):
            raise InvalidBelief(say("Please type a whole number from 0 to 100 for every state."))
        percents = tuple(map(int, typed))
        if sum(percents) != WHOLE:
            raise InvalidBelief(say("Your numbers have to add up to 100; they add up to {sum}.", sum=sum(percents)))
        return cls(percents)

    @classmethod
    def even(cls, states: int) -> Belief:
        """All states equally likely, as nearly as whole percents allow; bots state this."""
        share, rest = divmod(WHOLE, states)
        return cls(tuple(share + (z < rest) for z in range(states)))

    @property
    def answer(self) -> str:
        """How a form posts it."""
        return SEPARATOR.join(map(str, self.percents))

    def text(self, states: Sequence[str]) -> str:
        """The belief as the database stores it: percents by the names of the states."""
        return json.dumps(dict(zip(states, self.percents, strict=True)), ensure_ascii=False)


def _without_percent(typed: str) -> str:
    return european(typed[:-1]) if typed.endswith(tuple(PERCENT_SIGNS)) else typed


def kept_belief(text: str | None) -> Mapping[str, int] | None:
    """The belief that ``Belief.text`` wrote, percents by state; None if nothing was stated."""
    return dict(json.loads(text)) if text else None


def winning_chance(percents: Sequence[int], state: int) -> Decimal:
    """The chance to win, 1 - sum_z (p_z - 1[z is the state])^2 / 2, exactly: for whole percents it
    has five decimals at most.

    Its expectation under a belief phi is 1 - sum_z (p_z - phi_z)^2 / 2 minus a term that does not
    depend on p, so p = phi is best.
    """
    distance = sum((percent - WHOLE * (z == state)) ** 2 for z, percent in enumerate(percents))
    return 1 - Decimal(distance) / (2 * WHOLE**2)
