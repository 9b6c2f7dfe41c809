"""What a wait page shows: the offers that its reader has made, and how many others have answered."""

from __future__ import annotations

from typing import Any

from experiment.language import say, say_many
from experiment.offers import Offer
from experiment.seat import Answered, SeatView
from experiment.shown.numbers import digits, fixed


def waiting_variables(view: SeatView, after_second: bool) -> dict[str, Any]:
    """The template variables of a wait page after the first or, if so, the second offer."""
    places = digits(view.settings).goods
    offers = [_first(view.stage1, places)]
    if after_second and view.active and not view.shut_down:
        offers.append(_second(view.stage2, places))
    return {"offers": tuple(offers)}


def count_of(answered: Answered, before_start: bool = False) -> str:
    """How many subjects of the market have answered, as a sentence to one of them; empty if they are
    alone.
    """
    if answered.of < 2:
        return ""
    count, of = answered.count, answered.of
    if before_start:
        return say_many("{count} of {of} is ready.", "{count} of {of} are ready.", count, count=count, of=of)
    return say_many("{count} of {of} has answered.", "{count} of {of} have answered.", count, count=count, of=of)


def _first(offer: Offer | None, places: int) -> str:
    if offer is None:
        return say("You made no first offer in time.")
    if offer.q:
        return say("Your first offer: {amount} of good q", amount=fixed(offer.q, places))
    if offer.r:
        return say("Your first offer: {amount} of good r", amount=fixed(offer.r, places))
    return say("Your first offer: nothing")


def _second(offer: Offer | None, places: int) -> str:
    if offer is None:
        return say("You made no second offer in time.")
    if offer.q:
        return say("Your second offer: {amount} of good q", amount=fixed(offer.q, places))
    if offer.r:
        return say("Your second offer: {amount} of good r", amount=fixed(offer.r, places))
    return say("Your second offer: nothing")
