"""Questions about the first offer: who becomes inactive, what happens to an active participant's offer, and the fixed price."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.config import SessionSettings
from experiment.language import say, say_many
from experiment.quiz.amounts import fixed_price_digits, fixed_trade, shuffled, written
from experiment.quiz.items import DRAW, Choice, ChoiceItem, Item, NumberItem
from experiment.shown.numbers import digits, fixed


def who_is_inactive_item(settings: SessionSettings, draws: Iterator[float]) -> Item:
    """How many become inactive, in an example market if a lobby determines the size; if nobody
    does, who becomes inactive.
    """
    return _how_many(settings) if settings.inactive else _nobody(draws)


def first_offer_item(settings: SessionSettings, draws: Iterator[float]) -> ChoiceItem:
    """What becomes of the first offer of an active participant."""
    if settings.inactive:
        question = say("You have made your first offer and stay active. What happens to this first offer?")
        rule = say("After the first offers the computer draws who is inactive. Think of what the draw decides about your first offer.")
        solution = say(
            "Only the first offers of inactive participants are carried out. Active participants trade by their second offers alone."
        )
    else:
        question = say("You have made your first offer. What happens to it?")
        rule = say("First offers are carried out for inactive participants only. Think of how many there are in this session.")
        solution = say(
            "Nobody becomes inactive in this session, so no first offer is carried out: everybody trades by the second offer alone."
        )
    choices = [
        Choice("not_carried_out", say("It is not carried out.")),
        Choice("at_fixed_price", say("It is carried out at the fixed price.")),
        Choice("with_second", say("It is added to my second offer, and both are carried out together.")),
    ]
    return ChoiceItem("first_offer", DRAW, question, rule, solution, "not_carried_out", shuffled(choices, draws))


def fixed_trade_item(settings: SessionSettings, draws: Iterator[float]) -> NumberItem | None:
    """The bundle with which an inactive participant ends."""
    if not settings.inactive:
        return None
    trade, shown = fixed_trade(settings, draws), digits(settings).goods
    values = {
        "given": written(trade.given),
        "had": written(settings.grid.endowment_r),
        "price": fixed(settings.environment.fixed_price, fixed_price_digits(settings)),
    }
    return NumberItem(
        key="fixed_trade",
        section=DRAW,
        question=say(
            "Your first offer was {given} of good q, and you are drawn to be inactive. The fixed price of 1 of good q is {price} of "
            "good r. You started with {had} of good r. How much of good r do you end with?",
            **values,
        ),
        rule=say(
            "The whole offer is carried out at the fixed price, whatever the others do: you give {given} of good q and receive "
            "{given} × {price} of good r for it. That comes on top of the {had} of good r you started with.",
            **values,
        ),
        solution=say(
            "You receive {given} × {price} = {received} of good r, and end with {had} + {received} = {end} of good r.",
            received=fixed(trade.received, shown),
            end=fixed(trade.ends_with, shown),
            **values,
        ),
        answer=trade.ends_with,
        decimals=shown,
        mistakes=(trade.received, float(settings.grid.endowment_r) - trade.received),
    )


def _how_many(settings: SessionSettings) -> NumberItem:
    size = {"market_size": settings.market_size, "active": settings.active, "inactive": settings.inactive}
    if len(settings.market_sizes) > 1:
        question = say(
            "How many participants your market has is known only when it has formed. As an example, think of a market of "
            "{market_size}. How many of them become inactive in each round?",
            **size,
        )
    else:
        question = say("In this session a market has {market_size} participants. How many of them become inactive in each round?", **size)
    return NumberItem(
        key="inactive",
        section=DRAW,
        question=question,
        rule=say_many(
            "After the first offers the computer draws at random who is inactive. In a market of {market_size}, exactly {active} stays "
            "active; all the others are inactive.",
            "After the first offers the computer draws at random who is inactive. In a market of {market_size}, exactly {active} stay "
            "active; all the others are inactive.",
            settings.active,
            **size,
        ),
        solution=say_many(
            "Of {market_size} participants {active} stays active, so the number of the inactive is {market_size} − {active} = {inactive}.",
            "Of {market_size} participants {active} stay active, so the number of the inactive is {market_size} − {active} = {inactive}.",
            settings.active,
            **size,
        ),
        answer=float(settings.inactive),
        decimals=0,
    )


def _nobody(draws: Iterator[float]) -> ChoiceItem:
    choices = [
        Choice("nobody", say("Nobody")),
        Choice("drawn", say("One participant, drawn at random")),
        Choice("no_offer", say("Whoever makes no first offer")),
    ]
    question = say("Who becomes inactive in this session?")
    rule = say("The rules say who in your market stays active. Think of who is left.")
    solution = say("All participants of a market stay active in this session, so nobody becomes inactive.")
    return ChoiceItem("inactive", DRAW, question, rule, solution, "nobody", shuffled(choices, draws))
