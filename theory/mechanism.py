"""The mechanism of section 2.2: offers, the draw of the inactive, the histogram, and the trades of eq. (1)-(3).

This is the one place where a price or a bundle is computed from offers; the app, the robots, the predictions and the
comparison all call it. An offer is a pair (o_q, o_r); a set of offers is an array of shape (..., 2), in goods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import BoolArray, FloatArray
from theory.economy.environment import Environment


@dataclass(frozen=True, eq=False)
class Trade:
    """The bundles (q, r) that offers lead to, shape (..., 2), and the price r per q at which they traded."""

    price: float
    bundles: FloatArray


@dataclass(frozen=True, eq=False)
class MarketTrade(Trade):
    """A stage-2 outcome, with the totals (Q, R) that include the exogenous offers."""

    total_q: float
    total_r: float


@dataclass(frozen=True, eq=False)
class MarketTrades:
    """Stage-2 outcomes of S markets: ``price`` and the totals (Q, R), each (S,), and ``bundles`` (S, n, 2)."""

    price: FloatArray
    bundles: FloatArray
    total_q: FloatArray
    total_r: FloatArray


@dataclass(frozen=True)
class HistogramBar:
    """One offered value and the number of active agents who named it."""

    offer_q: float
    offer_r: float
    count: int


def is_offer(offers: npt.ArrayLike, endowment: npt.ArrayLike) -> BoolArray:
    """Which pairs lie in O: 0 to the endowment (2,) of each good, and one good only. Shape (..., 2) to (...)."""
    offers, (endowment_q, endowment_r) = np.asarray(offers, float), np.asarray(endowment, float)
    q, r = offers[..., 0], offers[..., 1]
    with np.errstate(invalid="ignore"):
        return np.asarray((q >= 0) & (q <= endowment_q) & (r >= 0) & (r <= endowment_r) & (q * r == 0))


def net_offers(offers: npt.ArrayLike, endowment: npt.ArrayLike = 1.0) -> FloatArray:
    """o_r/r-bar - o_q/q-bar, one number for an offer: shape (..., 2) in goods to (...).

    It is positive where good r is offered and negative where good q is, here and everywhere. Without an endowment it is in goods.
    """
    offers, (endowment_q, endowment_r) = np.asarray(offers, float), np.broadcast_to(np.asarray(endowment, float), 2)
    return np.asarray(offers[..., 1] / endowment_r - offers[..., 0] / endowment_q)


def offers_of_net(net: npt.ArrayLike, endowment: npt.ArrayLike = 1.0) -> FloatArray:
    """The offers with these net offers, the inverse of ``net_offers``: shape (...) to (..., 2) in goods."""
    net = np.asarray(net, float)
    return np.asarray((np.maximum(np.stack([-net, net], axis=-1), 0.0) + 0.0) * endowment)  # + 0.0: nothing is 0.0 and not -0.0


def active_after_draw(lots: npt.ArrayLike, active: int) -> BoolArray:
    """Which agents are active after the draw: those with the M smallest of N independent uniform lots.

    The ranks of the lots are an assignment pi uniform over all orders of the agents; agent n is active iff pi(n) <= M. For many draws
    at once, each row holds the lots of one draw, shape (..., N).
    """
    order = np.argsort(np.asarray(lots, float), axis=-1, kind="stable")
    drawn = np.zeros(order.shape, dtype=np.bool_)
    np.put_along_axis(drawn, order[..., :active], True, axis=-1)
    return drawn


def histogram(offers: npt.ArrayLike) -> tuple[HistogramBar, ...]:
    """nu, the announced histogram of the active agents' stage-1 offers, shape (M, 2).

    One bar per offered value and nothing else about who offered it, ordered from the largest offer of q over no offer
    to the largest offer of r.
    """
    offers = np.asarray(offers, float).reshape(-1, 2)
    values, counts = np.unique(offers, axis=0, return_counts=True)
    bars = [HistogramBar(float(q), float(r), int(n)) for (q, r), n in zip(values, counts, strict=True)]
    return tuple(sorted(bars, key=lambda bar: (-bar.offer_q, bar.offer_r)))


def fixed_price_trade(environment: Environment, offers: npt.ArrayLike) -> Trade:
    """Eq. (1): the trades of inactive agents at the fixed price p1, whatever the others do. Offers of shape (..., 2)."""
    return Trade(environment.fixed_price, bundles_at_price(offers, environment.fixed_price, environment.endowment))


def market_trade(environment: Environment, offers: npt.ArrayLike) -> MarketTrade:
    """Eq. (2) and (3): the Shapley-Shubik market of M active agents with offers of shape (M, 2).

    The price is R/Q with (Q, R) = M epsilon + the sum of offers. It is defined whatever the agents offer, because
    epsilon is positive.
    """
    return clear_market(offers, environment.endowment, environment.epsilon)


def market_trades(environment: Environment, offers: npt.ArrayLike, counts: npt.ArrayLike) -> MarketTrades:
    """Eq. (2) and (3) of many markets at once: offers (S, n, 2), each made by ``counts`` (S, n) active agents.

    Each offer of a market belongs to a type, with its count in the configuration, or to a single agent, with 1 for active and 0
    for inactive. M is the sum of the counts. An offer that nobody makes may be nan and adds nothing.
    """
    return clear_markets(offers, counts, environment.endowment, environment.epsilon)


def clear_market(offers: npt.ArrayLike, endowment: npt.ArrayLike, epsilon: npt.ArrayLike) -> MarketTrade:
    """``market_trade`` with the endowment (2,) and the exogenous offers per active agent (2,) as numbers."""
    offers = np.asarray(offers, float).reshape(1, -1, 2)
    found = clear_markets(offers, np.ones(offers.shape[:2]), endowment, epsilon)
    return MarketTrade(float(found.price[0]), found.bundles[0], float(found.total_q[0]), float(found.total_r[0]))


def clear_markets(offers: npt.ArrayLike, counts: npt.ArrayLike, endowment: npt.ArrayLike, epsilon: npt.ArrayLike) -> MarketTrades:
    """``market_trades`` with the endowment (2,) and the exogenous offers per active agent (2,) as numbers."""
    offers, counts, (epsilon_q, epsilon_r) = np.asarray(offers, float), np.asarray(counts), np.asarray(epsilon, float)
    size = counts.sum(axis=1)
    if (size < 1).any() or epsilon_q <= 0 or epsilon_r <= 0:
        raise ValueError("a stage-2 market needs at least one active agent and positive exogenous offers")
    made = np.where(counts[..., None] > 0, counts[..., None] * offers, 0.0)
    total_q = size * epsilon_q + made[..., 0].sum(axis=1)
    total_r = size * epsilon_r + made[..., 1].sum(axis=1)
    price = total_r / total_q
    return MarketTrades(price, bundles_at_price(offers, price[:, None], endowment), total_q, total_r)


def bundle_against_totals(offers: npt.ArrayLike, others_q: npt.ArrayLike, others_r: npt.ArrayLike, endowment: npt.ArrayLike) -> FloatArray:
    """The payoff bundle of eq. (10) and (11): one agent's offers, shape (..., 2), against the others' totals.

    ``others_q`` and ``others_r`` (Q_- and R_-, exogenous offers of all M agents included) broadcast to the offers' leading shape.
    An agent who offers everything keeps exactly nothing, not a rounding error below it.
    """
    offers, (endowment_q, endowment_r) = np.asarray(offers, float), np.asarray(endowment, float)
    b_q, b_r = offers[..., 0], offers[..., 1]
    others_q, others_r = np.asarray(others_q, float), np.asarray(others_r, float)
    gain_q = (b_r * others_q - b_q * others_r) / (others_r + b_r)
    gain_r = (b_q * others_r - b_r * others_q) / (others_q + b_q)
    return np.asarray(np.maximum(np.stack([endowment_q + gain_q, endowment_r + gain_r], axis=-1), 0.0))


def bundles_at_price(offers: npt.ArrayLike, price: npt.ArrayLike, endowment: npt.ArrayLike) -> FloatArray:
    """The bundles (q, r) that offers of shape (..., 2) lead to at prices of shape (...), eq. (1) and (2)."""
    offers, price, (endowment_q, endowment_r) = np.asarray(offers, float), np.asarray(price, float), np.asarray(endowment, float)
    o_q, o_r = offers[..., 0], offers[..., 1]
    q, r = endowment_q - o_q + o_r / price, endowment_r - o_r + price * o_q
    bundles = np.empty((*q.shape, 2))
    bundles[..., 0], bundles[..., 1] = q, r
    return bundles


def all_offers_equal(offers: npt.ArrayLike) -> bool:
    """Whether all agents named the same offer at stage 1: the event in which section 3.3 shuts the market down."""
    offers = np.asarray(offers, float).reshape(-1, 2)
    return len(offers) > 0 and bool((offers == offers[0]).all())
