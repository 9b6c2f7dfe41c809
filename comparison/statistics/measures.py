"""The two scales of the comparison: net offers in shares of the endowment, and points as they are
paid.

Offers lie on one axis, that of ``theory.mechanism.net_offers``, y = o_r/r-bar - o_q/q-bar: an offer
of good q (a sale of q) is negative, an offer of good r (a purchase of q) is positive. At stage 1,
q1(a) of eq. (5) is q-bar (1 + y).

Points are u(q, r; x, z), or the environment's ``floor`` if that is more, as subjects are paid. So a
bundle without one of the goods, which is worth minus infinity in some families, costs a finite
amount. The predictions themselves use u.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment

SMALLEST_GAIN = 1e-9
"""Gains from trade below this many points count as none: a share of them is not computed."""


def points_paid(environment: Environment, types: npt.ArrayLike, states: npt.ArrayLike, bundles: npt.ArrayLike) -> FloatArray:
    """The pay in points of bundles (..., 2) to agents of the given types in the given states, both
    as indices that broadcast to (...).
    """
    weight = environment.utility.weight[np.asarray(types, np.int64), np.asarray(states, np.int64)]
    return _paid(environment, bundles, weight)


def expected_points_paid(environment: Environment, types: npt.ArrayLike, bundles: npt.ArrayLike, belief: npt.ArrayLike) -> FloatArray:
    """The expected pay in points of bundles (..., 2) to agents of the given types (...) under a
    belief (..., Z) about the state.
    """
    weight, belief = environment.utility.weight[np.asarray(types, np.int64)], np.asarray(belief, float)
    points = _paid(environment, np.asarray(bundles, float)[..., None, :], weight)
    return np.asarray(np.where(belief > 0, belief * points, 0.0).sum(axis=-1))


def share_of(part: npt.ArrayLike, whole: npt.ArrayLike) -> FloatArray:
    """part/whole, nan if the whole is not a gain."""
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    some = whole > SMALLEST_GAIN
    return np.asarray(np.where(some, part / np.where(some, whole, 1.0), np.nan))


def _paid(environment: Environment, bundles: npt.ArrayLike, weight: FloatArray) -> FloatArray:
    held, utility = np.asarray(bundles, float), environment.utility
    with np.errstate(invalid="ignore"):  # a contradicted row can hold a negative amount
        points = utility.points(held[..., 0], held[..., 1], weight)
    return points if utility.floor is None else np.maximum(points, utility.floor)
