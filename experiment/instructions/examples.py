"""The worked examples: invented offers, carried out by the mechanism itself.

The amounts follow from the endowments alone, in the same way for both goods, so that they hint at
nobody's optimum: a quarter of an endowment if one offer is needed; if many are, offers spread
evenly from all of one good to all of the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from experiment.config import SessionSettings
from experiment.offers import Offer
from experiment.rounds import announce
from experiment.seat import MarketSummary
from experiment.shown.histogram import Chart, chart
from experiment.shown.numbers import digits, fixed
from experiment.shown.result import PriceMaking, TradeShown, inactive_trade, price_making, trade
from theory.mechanism import market_trade

QUARTERS = ((1, 0), (0, 1), (3, 0), (0, 3), (2, 0), (0, 2), (0, 0))
"""Offers in quarters of the endowments of q and r, in the order in which they are given to the invented participants."""


@dataclass(frozen=True)
class SecondExample:
    """A stage-2 market: how its price came about, what the price would have been without the
    reader, and the reader's trade.
    """

    making: PriceMaking
    price_without: str
    trade: TradeShown


def first_examples(settings: SessionSettings) -> tuple[tuple[TradeShown, TradeShown], Chart]:
    """An offer of q and an offer of r, each carried out at the fixed price, and both on the axis of all offers."""
    offers = [_quarters(settings, 1, 0), _quarters(settings, 0, 1)]
    trades = inactive_trade(settings, offers[0])[0], inactive_trade(settings, offers[1])[0]
    return trades, chart(settings, announce(offers, [True, True], shutdown_if_equal=False), None)


def announcement_example(settings: SessionSettings) -> Chart:
    """A histogram of as many invented offers as there are active agents; the reader's own is the first."""
    offers = [_quarters(settings, *QUARTERS[n % len(QUARTERS)]) for n in range(settings.active)]
    return chart(settings, announce(offers, [True] * len(offers), shutdown_if_equal=False), offers[0])


def second_example(settings: SessionSettings) -> SecondExample:
    """The reader offers r; of the others, two in three offer q, beginning with the first, and the
    rest offer r.
    """
    env, places = settings.environment, digits(settings)
    own = _quarters(settings, 0, 1)
    others = [_quarters(settings, *((0, 1) if n % 3 == 2 else (1, 0))) for n in range(settings.active - 1)]
    met = market_trade(env, [(offer.q, offer.r) for offer in (own, *others)])
    alone = market_trade(env, [(offer.q, offer.r) for offer in (Offer(0.0, 0.0), *others)])
    making = price_making(settings, MarketSummary(met.price, met.total_q, met.total_r, None), own, took_part=True)
    if making is None:
        raise ValueError("a market that did not shut down lacks the totals of its price")
    return SecondExample(
        making=making,
        price_without=fixed(alone.price, places.price),
        trade=trade(settings, own, met.price, *map(float, met.bundles[0])),
    )


def _quarters(settings: SessionSettings, of_q: int, of_r: int) -> Offer:
    return Offer(_part(settings, settings.grid.endowment_q, of_q), _part(settings, settings.grid.endowment_r, of_r))


def _part(settings: SessionSettings, endowment: Decimal, quarters: int) -> float:
    """This many quarters of an endowment, rounded down to the grid, and at least one step unless it
    is none.
    """
    steps = int(endowment / settings.grid.step) * quarters // 4
    return float(settings.grid.step * max(steps, min(quarters, 1)))
