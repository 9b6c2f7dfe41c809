"""An offer as a subject types it: one good, an amount from 0 to the endowment, on the grid of the session."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from experiment.language import localized, say
from experiment.typed_numbers import ask_back, bare, in_thousands, number
from theory.mechanism import net_offers

GOOD_Q, GOOD_R, NOTHING = "q", "r", "none"
TYPED, ABSENT, ROBOT = "typed", "absent", "robot"


class InvalidOffer(ValueError):
    """What was typed is not an offer of this session. The message is one sentence for the subject."""


@dataclass(frozen=True)
class Offer:
    """A point of O: amounts of the two goods, at most one of them positive."""

    q: float
    r: float

    @property
    def signed(self) -> float:
        """The offer on one axis: an offer of q to the left of zero, an offer of r to the right."""
        return float(net_offers((self.q, self.r)))


NO_TRADE = Offer(0.0, 0.0)


@dataclass(frozen=True)
class OfferGrid:
    """The offers a subject may make: multiples of ``step`` of one good, up to its endowment."""

    step: Decimal
    endowment_q: Decimal
    endowment_r: Decimal

    def parse(self, good: str | None, amount: str | None) -> Offer:
        """Read the answers of an offer page. Raises InvalidOffer with one sentence.

        If an amount could also be meant in thousands, and that is a possible offer of the good, the
        sentence asks which one was meant.
        """
        amount = bare(amount or "")
        if good not in (GOOD_Q, GOOD_R, NOTHING):
            raise InvalidOffer(say("Please choose what to offer: good q, good r, or nothing."))
        if good == NOTHING:
            if amount and number(amount) != 0:
                raise InvalidOffer(say("You chose to offer nothing, so please leave the amount empty."))
            return NO_TRADE
        endowment = self.endowment_q if good == GOOD_Q else self.endowment_r
        most = localized(plain(endowment))
        quantity, meant = number(amount), in_thousands(amount)
        if quantity is None:
            raise InvalidOffer(say("Please type how much of good {good} you offer, as a number from 0 to {most}.", good=good, most=most))
        if meant is not None and meant <= endowment and meant % self.step == 0:
            raise InvalidOffer(ask_back(amount, meant))
        if quantity > endowment:
            typed = localized(plain(quantity))
            raise InvalidOffer(say("You have {most} of good {good}, so you cannot offer {typed}.", most=most, good=good, typed=typed))
        if quantity % self.step != 0:
            step, typed = localized(plain(self.step)), localized(plain(quantity))
            raise InvalidOffer(say("Offers go in steps of {step}, and {typed} lies between two steps.", step=step, typed=typed))
        return Offer(float(quantity), 0.0) if good == GOOD_Q else Offer(0.0, float(quantity))

    def nearest(self, q: float, r: float) -> Offer:
        """The offer on the grid that is nearest to the given one-sided offer."""
        return Offer(self._round(q, self.endowment_q), self._round(r, self.endowment_r))

    def contains(self, offer: Offer) -> bool:
        """Whether this is an offer a subject could have typed: in O and on the grid."""
        return offer == self.nearest(offer.q, offer.r) and offer.q * offer.r == 0

    def _round(self, amount: float, endowment: Decimal) -> float:
        steps = round(Decimal(repr(float(amount))) / self.step)
        return float(min(max(steps * self.step, Decimal(0)), endowment))


def plain(amount: Decimal | float) -> str:
    """An amount as people write it: no exponent, no trailing zeros."""
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(float(amount)))
    return f"{exact.normalize():f}"
