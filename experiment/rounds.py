"""What a market round computes from its offers: the announcement, then prices, bundles and points.

Pure and total: any set of typed or absent offers has an outcome. An absent offer is None. At stage
1 it is not announced, and a subject without an offer who becomes inactive does not trade; at stage
2 a subject without an offer does not trade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiment.offers import NO_TRADE, Offer
from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.mechanism import HistogramBar, MarketTrade, all_offers_equal, fixed_price_trade, histogram, market_trade


@dataclass(frozen=True)
class Announcement:
    """What the active agents of a market learn between the stages.

    ``bars`` is nu, the histogram of the active agents' stage-1 offers; ``without_offer`` counts the
    active agents who made no offer. ``shut_down`` says that stage 2 does not take place (section
    3.3).
    """

    bars: tuple[HistogramBar, ...]
    without_offer: int
    shut_down: bool


@dataclass(frozen=True)
class SeatOutcome:
    """How a round ended for one seat. ``price`` is None if the market shut down and the agent kept
    the endowment.
    """

    price: float | None
    final_q: float
    final_r: float
    points: float


@dataclass(frozen=True, eq=False)
class RoundTrades:
    """The trades of a round: the stage-2 market (None if it shut down), and by seat the price (or
    None) and the bundle, (seats, 2).
    """

    market: MarketTrade | None
    prices: tuple[float | None, ...]
    bundles: FloatArray


@dataclass(frozen=True)
class RoundOutcome:
    """How a round ended: the stage-2 price and totals (None if the market shut down), and each
    seat's outcome.
    """

    price: float | None
    total_q: float | None
    total_r: float | None
    seats: tuple[SeatOutcome, ...]


def announce(stage1: Sequence[Offer | None], active: Sequence[bool], shutdown_if_equal: bool) -> Announcement:
    """The announcement of a market: ``stage1`` and ``active`` by seat."""
    announced = [offer for offer, is_active in zip(stage1, active, strict=True) if is_active and offer is not None]
    made = [offer for offer in stage1 if offer is not None]
    return Announcement(
        bars=histogram(_pairs(announced)),
        without_offer=sum(active) - len(announced),
        shut_down=shutdown_if_equal and all_offers_equal(_pairs(made)),
    )


def clear(
    environment: Environment,
    state: str,
    types: Sequence[str],
    active: Sequence[bool],
    stage1: Sequence[Offer | None],
    stage2: Sequence[Offer | None],
    shut_down: bool,
) -> RoundOutcome:
    """Execute a round: eq. (1) for the inactive, eq. (2)-(3) for the active; all arguments by seat."""
    trades = settle(environment, active, stage1, stage2, shut_down)
    return RoundOutcome(
        price=trades.market.price if trades.market else None,
        total_q=trades.market.total_q if trades.market else None,
        total_r=trades.market.total_r if trades.market else None,
        seats=tuple(
            SeatOutcome(price, float(q), float(r), points_paid(environment, type_name, state, float(q), float(r)))
            for price, type_name, (q, r) in zip(trades.prices, types, trades.bundles, strict=True)
        ),
    )


def settle(
    environment: Environment, active: Sequence[bool], stage1: Sequence[Offer | None], stage2: Sequence[Offer | None], shut_down: bool
) -> RoundTrades:
    """The trades of a round, without their points; all arguments by seat."""
    is_active = np.asarray(active, dtype=bool)
    bundles = np.tile(environment.endowment, (len(is_active), 1))
    prices: list[float | None] = [None if drawn else environment.fixed_price for drawn in active]
    if not is_active.all():
        inactive_offers = _pairs([offer or NO_TRADE for offer, drawn in zip(stage1, active, strict=True) if not drawn])
        bundles[~is_active] = fixed_price_trade(environment, inactive_offers).bundles
    market = None
    if is_active.any() and not shut_down:
        market = market_trade(environment, _pairs([offer or NO_TRADE for offer, drawn in zip(stage2, active, strict=True) if drawn]))
        bundles[is_active] = market.bundles
        prices = [market.price if drawn else price for drawn, price in zip(active, prices, strict=True)]
    bundles = np.maximum(bundles, 0.0)  # an offer of everything leaves nothing, not a rounding error below it
    return RoundTrades(market, tuple(prices), bundles)


def points_paid(environment: Environment, type_name: str, state: str, q: float, r: float) -> float:
    """u(q, r; x, z) in points, or the environment's floor if that is more."""
    return float(points_of(environment, environment.type_index(type_name), environment.state_index(state), q, r))


def points_of(environment: Environment, types: npt.ArrayLike, state: int, q: npt.ArrayLike, r: npt.ArrayLike) -> FloatArray:
    """The points paid to agents of the given types, by number, for the bundles (q, r) in a state,
    by number; arguments are broadcast.
    """
    points = environment.utility.points(q, r, environment.utility.weight[np.asarray(types), state])
    return points if environment.utility.floor is None else np.maximum(points, environment.utility.floor)


def _pairs(offers: Sequence[Offer]) -> np.ndarray:
    return np.array([(offer.q, offer.r) for offer in offers], dtype=float).reshape(-1, 2)
