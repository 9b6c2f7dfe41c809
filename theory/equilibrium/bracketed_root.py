"""The safeguard of ``reduced_game``: the same crossing by SciPy's bracketing root finder, slow, to rounding, polished by Newton.

The three facts it rests on are derived in the docstring of ``theory.equilibrium.stage2``: given price and own side's total an offer is
the root of a decreasing function; given the price each side's total is the root of a decreasing function; and the excess
of the log price over the log ratio of the two totals increases in the price, from at most zero to at least zero on the
paper's own bounds, p/p1 in [eps_r/(1 + eps_q), (1 + eps_r)/eps_q]. So three nested brackets find the one root.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import BoolArray, FloatArray
from theory.economy.utility import total
from theory.equilibrium.reduced_game import Crossing, Reduced, cross

DEEPEST = 800.0
"""No offer leaves less than e^-800 of a good: beyond it the offer is the whole endowment in every digit."""

Rows = npt.NDArray[np.intp]


def cross_bracketed(game: Reduced) -> Crossing:
    """The crossing of every configuration of the batch, by nested brackets, with Newton's method for the last digits."""
    log_price = roots(lambda price, rows: log_price_excess(game.columns(rows), price), *log_price_bounds(game), np.arange(game.size.size))
    log_ratio, _, _ = _sides(game, log_price)
    found = Crossing(log_price, log_ratio, np.ones(log_price.shape, bool))
    polished = cross(game, found)
    price = np.where(polished.settled, polished.log_price, log_price)
    return Crossing(price, np.where(polished.settled, polished.log_ratio, log_ratio), found.settled)


def log_price_bounds(game: Reduced) -> tuple[FloatArray, FloatArray]:
    """The paper's bounds on ln(p/p1), each (B,)."""
    epsilon_q, epsilon_r = game.epsilon[:, 0]
    low, high = np.log(epsilon_r) - np.log1p(epsilon_q), np.log1p(epsilon_r) - np.log(epsilon_q)
    return np.full(game.size.shape, low), np.full(game.size.shape, high)


def log_price_excess(game: Reduced, log_price: FloatArray) -> FloatArray:
    """ln p - ln T_r + ln T_q, where all offers are best replies at the price (B,): zero in equilibrium."""
    _, log_q, log_r = _sides(game, log_price)
    return np.asarray(log_price - (log_r - log_q))


def roots(excess: Callable[[FloatArray, Rows], FloatArray], low: FloatArray, high: FloatArray, rows: Rows) -> FloatArray:
    """The root of a monotone function in each row, or the end nearer to it if rounding left no root inside."""
    from scipy.optimize import elementwise

    found = elementwise.find_root(excess, (low, high), args=(rows,))
    at_low, at_high = excess(low, rows), excess(high, rows)
    nearest = np.where(np.abs(at_low) <= np.abs(at_high), low, high)
    return np.where(found.success, found.x, nearest)


def _sides(game: Reduced, log_price: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """At given prices: the consumption ratios (K, B), and the logs of the totals of q and of r per active agent (B,)."""
    sells = game.at_endowment < game.own_price(log_price)
    log_totals = []
    for seller, epsilon in zip((True, False), game.epsilon[:, 0].tolist(), strict=True):

        def excess(log_total: FloatArray, rows: Rows, seller: bool = seller, epsilon: float = epsilon) -> FloatArray:
            some, sell, price = game.columns(rows), sells[:, rows], log_price[rows]
            part = -np.expm1(-_depths(some, sell, price, log_total))
            offers = _offers(part, sell, some.own_price(price))
            return np.asarray(np.log(total(some.own_shares(sell) * np.where(sell == seller, offers, 0.0)) + epsilon) - log_total)

        low = np.full(log_price.shape, np.log(epsilon))
        log_totals.append(roots(excess, low, np.full(log_price.shape, np.log1p(epsilon)), np.arange(log_price.size)))
    own = np.where(sells, log_totals[0], log_totals[1])
    depth = _depths(game, sells, log_price, own)
    return np.where(sells, depth, -depth), log_totals[0], log_totals[1]


def _depths(game: Reduced, sells: BoolArray, log_price: FloatArray, log_own: FloatArray) -> FloatArray:
    """|ln consumption ratio| of every type given the price and the log total of its own side, shape (K, B)."""
    side = np.where(sells, 1.0, -1.0)
    log_own = np.broadcast_to(log_own, side.shape)
    price = np.broadcast_to(game.own_price(log_price), side.shape)
    size = np.broadcast_to(game.own_size(sells), side.shape)
    absent = game.shares == 0

    def excess(depth: FloatArray, where: Rows) -> FloatArray:
        flat = np.zeros(side.size)
        flat[where] = depth
        full = flat.reshape(side.shape)
        value, _ = game.rate(side * full)
        offer = _offers(-np.expm1(-full), sells, price)
        with np.errstate(over="ignore"):
            left = 1 - offer / (size * np.exp(log_own)) - np.exp(side * (value - price))
        return np.asarray(left.ravel()[where])

    depth = roots(excess, np.zeros(side.size), np.full(side.size, DEEPEST), np.arange(side.size)).reshape(side.shape)
    return np.where(absent, 0.0, depth)


def _offers(part: FloatArray, sells: BoolArray, log_price: FloatArray) -> FloatArray:
    # (1 - e^-depth)/(1 + P e^-depth) with P the price of the good offered
    return np.asarray(part / (1 + (1 - part) * np.exp(np.where(sells, log_price, -log_price))))
