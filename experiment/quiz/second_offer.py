"""Questions about the second offer: what is announced, how the price comes about, and which bundle
a trade at that price leads to.
"""

from __future__ import annotations

from collections.abc import Iterator

from experiment.config import SessionSettings
from experiment.language import say
from experiment.market_options import HISTOGRAM
from experiment.quiz.amounts import common_mistakes, market_purchase, pick, price_decimals, shuffled, totals, written
from experiment.quiz.items import SECOND_OFFER, Choice, ChoiceItem, NumberItem
from experiment.shown.numbers import digits, fixed


def announcement_item(settings: SessionSettings, draws: Iterator[float]) -> ChoiceItem | None:
    """What the histogram shows, if there is one."""
    if settings.rules.announcement != HISTOGRAM:
        return None
    choices = [
        Choice("counts", say("How many active participants made which first offer, without names")),
        Choice("names", say("The first offer of every active participant, with a name")),
        Choice("types", say("The types of all participants")),
        Choice("state", say("The state of this round")),
    ]
    return ChoiceItem(
        key="announcement",
        section=SECOND_OFFER,
        question=say("What does the announcement between the two offers show to active participants?"),
        rule=say(
            "The announcement is a histogram. It never shows who made an offer, and it cannot show what participants learn later or never."
        ),
        solution=say("The histogram shows how many active participants made each first offer, and not who made it."),
        answer="counts",
        choices=shuffled(choices, draws),
    )


def shutdown_item(settings: SessionSettings, draws: Iterator[float]) -> ChoiceItem | None:
    """What the active end with if all first offers are equal and that shuts the market down."""
    if not settings.rules.shutdown_if_equal:
        return None
    choices = [
        Choice("endowment", say("With exactly what they started with")),
        Choice("fixed_price", say("With what their first offer brings at the fixed price")),
        Choice("market_price", say("With what their second offer brings at the market's price")),
    ]
    return ChoiceItem(
        key="shutdown",
        section=SECOND_OFFER,
        question=say("All first offers made in your market happen to be the same. What do active participants end the round with?"),
        rule=say(
            "If all first offers made in a market are the same, there is no second offer. Think of what active participants trade then."
        ),
        solution=say(
            "There is no second offer then, and first offers of active participants are not carried out: they keep what they have."
        ),
        answer="endowment",
        choices=shuffled(choices, draws),
    )


def price_item(settings: SessionSettings, draws: Iterator[float]) -> NumberItem:
    """The price from the totals, including the experimenter's offers."""
    drawn = totals(settings, draws)
    decimals = price_decimals(drawn.price)
    amounts = {name: written(getattr(drawn, name)) for name in ("offered_q", "offered_r", "added_q", "added_r")}
    return NumberItem(
        key="price",
        section=SECOND_OFFER,
        question=say(
            "Together, the active participants of a market offer {offered_q} of good q and {offered_r} of good r as their second "
            "offers. The experimenter adds {added_q} of good q and {added_r} of good r. What is the price of 1 of good q, in "
            "units of good r?",
            **amounts,
        ),
        rule=say(
            "What the experimenter adds counts as well: {offered_q} + {added_q} of good q and {offered_r} + {added_r} of good r are on the "
            "market. The price of 1 of good q is the total of good r divided by the total of good q.",
            **amounts,
        ),
        solution=say(
            "The totals are {offered_q} + {added_q} = {total_q} of good q and {offered_r} + {added_r} = {total_r} of good r, and the price "
            "is {total_r} / {total_q} = {price}.",
            total_q=written(drawn.total_q),
            total_r=written(drawn.total_r),
            price=fixed(drawn.price, decimals),
            **amounts,
        ),
        answer=drawn.price,
        decimals=decimals,
        mistakes=common_mistakes(drawn),
    )


def end_bundle_item(settings: SessionSettings, draws: Iterator[float]) -> NumberItem:
    """What an active participant ends with at a price."""
    trade, shown = market_purchase(settings, draws), digits(settings).goods
    values = {"given": written(trade.given), "price": written(trade.price), "had": written(settings.grid.endowment_q)}
    return NumberItem(
        key="end_bundle",
        section=SECOND_OFFER,
        question=say(
            "You are active, and your second offer is {given} of good r. The price of 1 of good q turns out to be {price} of good r. "
            "You started with {had} of good q. How much of good q do you end with?",
            **values,
        ),
        rule=say(
            "Each unit of good q costs {price} of good r, so {given} of good r buy {given} / {price} of good q. "
            "That comes on top of the {had} of good q you started with.",
            **values,
        ),
        solution=say(
            "You receive {given} / {price} = {received} of good q, and end with {had} + {received} = {end} of good q.",
            received=fixed(trade.received, shown),
            end=fixed(trade.ends_with, shown),
            **values,
        ),
        answer=trade.ends_with,
        decimals=shown,
        mistakes=(trade.received, float(settings.grid.endowment_q + trade.given * trade.price)),
    )


def own_offer_item(settings: SessionSettings, draws: Iterator[float]) -> ChoiceItem:
    """How a subject's own offer moves the price."""
    choices = [Choice("rises", say("It rises.")), Choice("falls", say("It falls.")), Choice("stays", say("It stays the same."))]
    if pick((True, False), draws):
        question = say(
            "You offer more of good r as your second offer; the others' offers stay as they are. What happens to the price of good q?"
        )
        solution = say(
            "Your offer is part of the total of good r. More of good r for the same amount of good q means a higher price of good q."
        )
        answer = "rises"
    else:
        question = say(
            "You offer more of good q as your second offer; the others' offers stay as they are. What happens to the price of good q?"
        )
        solution = say(
            "Your offer is part of the total of good q. The same amount of good r for more of good q means a lower price of good q."
        )
        answer = "falls"
    rule = say("The price of 1 of good q is the total of good r divided by the total of good q, and your own offer is part of a total.")
    return ChoiceItem("own_offer", SECOND_OFFER, question, rule, solution, answer, shuffled(choices, draws))
