"""The least and the most points that a subject can end a round with, whatever anybody offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.mechanism import bundle_against_totals, bundles_at_price

_HALVINGS = 80
"""After this many halvings, the place of a maximum is known to the last digit of a float."""


@dataclass(frozen=True)
class Bounds:
    """The range of the points that are paid for a round; both ends are reached or approached as
    closely as one likes.
    """

    least: float
    most: float


@lru_cache(maxsize=64)
def points_bounds(environment: Environment, active: int) -> Bounds:
    """The range of the points paid in a market with this many active agents, after the
    environment's floor.
    """
    floor = -np.inf if environment.utility.floor is None else environment.utility.floor
    return Bounds(max(worst_points(environment), floor), max(best_points(environment, active), floor))


def worst_points(environment: Environment) -> float:
    """The least points of any bundle a subject can reach; minus infinity if the utility of an empty
    good is.

    Points are concave in an offer on one side and increase in both goods, so the worst bundle is
    the endowment or follows an offer of everything at the worst price. At that price the total of
    the other good consists of the exogenous offers alone, and the total of the offered good
    includes everybody's endowment.
    """
    others = environment.agents - 1
    everything = np.diag(environment.endowment)
    least = environment.exogenous(environment.agents)
    (least_q, least_r), (most_q, most_r) = least, least + others * environment.endowment
    against = np.array([[most_q, least_r], [least_q, most_r]])
    bundles = [
        environment.endowment[None, :],
        bundles_at_price(everything, environment.fixed_price, environment.endowment),
        bundle_against_totals(everything, against[:, 0], against[:, 1], environment.endowment),
    ]
    q, r = np.maximum(np.concatenate(bundles), 0.0).T
    return float(environment.utility.points(q[:, None, None], r[:, None, None], environment.utility.weight).min())


def best_points(environment: Environment, active: int) -> float:
    """The most points of any bundle a subject can reach, of any type in any state, in a market of
    this many active agents.

    A subject who offers b of good r against the others' totals (Q_-, R_-), exogenous offers
    included, ends with q = q-bar + b Q_-/(R_- + b) and r = r-bar - b, eq. (10) and (11). Points
    increase in q, and q increases in Q_- and decreases in R_-: so the best totals combine the
    largest Q_-, where all others offer all of good q, with the smallest R_-, where only the
    exogenous offers remain; both can happen at once. There q is concave in b, r linear, and points
    are concave and increasing in both goods, so they are concave in b, and the maximum is where the
    derivative q'(b) u_q - u_r changes its sign. Bisection encloses it. An offer of q is the same
    with the goods exchanged, and at the fixed price q'(b) is 1/p1. No trade is b = 0. A smaller
    market has a smaller maximum: the largest Q_-/(R_- + b) increases in M, because M enters both
    terms and has the larger factor in Q_-.
    """
    least = environment.exogenous(active)
    (least_q, least_r), (most_q, most_r) = least.tolist(), (least + (active - 1) * environment.endowment).tolist()
    return max(
        _best_buying_q(environment, most_q, least_r),
        _best_buying_r(environment, least_q, most_r),
        _best_at_fixed_price(environment) if active < environment.agents else -np.inf,
    )


def _best_buying_q(env: Environment, others_q: float, others_r: float) -> float:
    weight = env.utility.weight

    def rises(offer: FloatArray) -> FloatArray:
        q, r = _against(env, np.zeros_like(offer), offer, others_q, others_r)
        u_q, u_r = env.utility.marginal_points(q, r, weight)
        return np.asarray(u_q * others_q * others_r / (others_r + offer) ** 2 - u_r)

    offer = _highest(rises, env.endowment_r, weight)
    return _most(env, *_against(env, np.zeros_like(offer), offer, others_q, others_r))


def _best_buying_r(env: Environment, others_q: float, others_r: float) -> float:
    weight = env.utility.weight

    def rises(offer: FloatArray) -> FloatArray:
        q, r = _against(env, offer, np.zeros_like(offer), others_q, others_r)
        u_q, u_r = env.utility.marginal_points(q, r, weight)
        return np.asarray(u_r * others_r * others_q / (others_q + offer) ** 2 - u_q)

    offer = _highest(rises, env.endowment_q, weight)
    return _most(env, *_against(env, offer, np.zeros_like(offer), others_q, others_r))


def _best_at_fixed_price(env: Environment) -> float:
    """At one price a sale of q, from minus r-bar/p (a purchase) to q-bar, covers both sides; r-bar/p is added to count from zero."""
    price, weight = env.fixed_price, env.utility.weight

    def bundle(sold: FloatArray) -> tuple[FloatArray, FloatArray]:
        return env.endowment_q - sold, env.endowment_r + price * sold

    def rises(counted: FloatArray) -> FloatArray:
        u_q, u_r = env.utility.marginal_points(*bundle(counted - env.endowment_r / price), weight)
        return np.asarray(price * u_r - u_q)

    sold = _highest(rises, env.endowment_q + env.endowment_r / price, weight) - env.endowment_r / price
    return _most(env, *bundle(sold))


def _highest(rises: Callable[[FloatArray], FloatArray], end: float, weight: FloatArray) -> FloatArray:
    """For each type and state, the point of [0, end] at which a concave function stops rising."""
    low, high = np.zeros_like(weight), np.full_like(weight, end)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        up = rises(middle) > 0
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    return np.asarray((low + high) / 2)


def _against(env: Environment, q: FloatArray, r: FloatArray, others_q: float, others_r: float) -> tuple[FloatArray, FloatArray]:
    bundles = bundle_against_totals(np.stack([q, r], axis=-1), others_q, others_r, env.endowment)
    return bundles[..., 0], bundles[..., 1]


def _most(env: Environment, q: FloatArray, r: FloatArray) -> float:
    ends = env.points_of_endowment()
    return float(np.maximum(env.utility.points(np.maximum(q, 0.0), np.maximum(r, 0.0), env.utility.weight), ends).max())
