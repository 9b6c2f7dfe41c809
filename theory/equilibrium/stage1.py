"""Stage 1 of the candidate equilibrium: the optimum alpha* conditional on being inactive, eq. (4), and how offers are read.

A stage-1 offer a is a choice of q1(a) = q-bar - a_q + a_r/p1, from 0 to q-bar + r-bar/p1, eq. (5); at the paper's p1 this is
2 q-bar. The intervals I(x) of eq. (6) cut this range at the midpoints between the optimal quantities of neighbouring types; each
contains its left end, and the last contains both ends. An offer in I(x) is read as coming from type x. A quantity that equals a
midpoint up to rounding lies on it: if the goods are symmetric, the cut is q-bar, and no offer is read as the upper type's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment, InvalidEnvironment
from theory.economy.labels import GOODS, OF_TYPES, TYPES, Labelled, axes
from theory.equilibrium.best_reply import price_taking_offers
from theory.information.beliefs import private_posterior
from theory.mechanism import bundles_at_price

COINCIDE = 1e-9
"""Two optima coincide if their q1 differ by no more than this part of the endowment of q."""

ON_A_CUT = 1e-12
"""A quantity less than this part of the endowment of q below a cut is the cut but for rounding."""

UNREAD = -1
"""The type read from an offer that is absent (nan)."""


class NotSeparating(InvalidEnvironment):
    """Two types have the same stage-1 optimum, so that offers cannot tell them apart. The message names the pair."""


@dataclass(frozen=True, eq=False, repr=False)
class Stage1Optimum(Labelled):
    """alpha* and its consequences, per type.

    ``offers`` alpha*(x) (K, 2) in goods; ``q1`` the quantity of q after trade at p1 (K,); ``value`` G_x(alpha*(x)) in points (K,);
    ``no_trade`` G_x(0) in points (K,); ``order`` the types from the smallest q1 to the largest (K,).
    """

    offers: FloatArray = field(metadata=axes(TYPES, GOODS))
    q1: FloatArray = field(metadata=axes(TYPES))
    value: FloatArray = field(metadata=axes(TYPES))
    no_trade: FloatArray = field(metadata=axes(TYPES))
    order: IntArray = field(metadata=OF_TYPES)
    types: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Intervals(Labelled):
    """I(x) of eq. (6): ``lower`` and ``upper`` ends per type (K,), and the ``cuts`` between the types in ``order``."""

    lower: FloatArray = field(metadata=axes(TYPES))
    upper: FloatArray = field(metadata=axes(TYPES))
    cuts: FloatArray
    order: IntArray = field(metadata=OF_TYPES)
    types: tuple[str, ...]
    states: tuple[str, ...]

    def read(self, q1: npt.ArrayLike) -> IntArray:
        """The type whose interval holds each quantity q1; UNREAD for nan."""
        q1, endowment = np.asarray(q1, float), self.upper.max() / 2
        place = np.searchsorted(self.cuts - ON_A_CUT * endowment, q1, side="right")
        return np.where(np.isnan(q1), UNREAD, self.order[np.minimum(place, len(self.order) - 1)])


def stage1_optimum(environment: Environment) -> Stage1Optimum:
    """alpha*(x), the unique maximum of G_x of eq. (4), for every type; it exists whether or not it separates.

    >>> from theory import read_environment, stage1_optimum
    >>> stage1_optimum(read_environment("environments/mixed_values.toml"))["offers"]["green"].round(4).tolist()
    [0.0, 4.9]
    """
    belief = private_posterior(environment)
    rate = environment.utility.marginal_rate(environment.utility.weight.T, belief.T, environment.endowment_ratio)
    ends = environment.endowment
    offers = price_taking_offers(rate, np.full(len(environment.types), environment.fixed_price / environment.endowment_ratio)).T * ends
    quantity = stage1_quantity(environment, offers)
    return Stage1Optimum(
        offers=offers,
        q1=quantity,
        value=stage1_value(environment, offers),
        no_trade=stage1_value(environment, np.zeros_like(offers)),
        order=np.argsort(quantity, kind="stable"),
        types=environment.types,
        states=environment.states,
    )


def stage1_value(environment: Environment, offers: npt.ArrayLike) -> FloatArray:
    """G_x(a) of eq. (4) in points, where type x offers row x: shape (K, 2) or (..., K, 2) to (..., K)."""
    bundles = bundles_at_price(offers, environment.fixed_price, environment.endowment)
    return environment.utility.expected_points(bundles[..., 0], bundles[..., 1], environment.utility.weight, private_posterior(environment))


def stage1_quantity(environment: Environment, offers: npt.ArrayLike) -> FloatArray:
    """q1(a) of eq. (5), shape (..., 2) to (...)."""
    return np.asarray(bundles_at_price(offers, environment.fixed_price, environment.endowment)[..., 0])


def intervals(environment: Environment) -> Intervals:
    """I(x) of eq. (6). Raises NotSeparating if two optima coincide.

    >>> from theory import intervals, read_environment
    >>> intervals(read_environment("environments/mixed_values.toml"))["lower"]
    {'blue': 0.0, 'green': 10.0}
    """
    optimum = stage1_optimum(environment)
    ranked = optimum.q1[optimum.order]
    close = np.flatnonzero(np.diff(ranked) <= COINCIDE * environment.endowment_q)
    if close.size:
        first, second = (environment.types[optimum.order[close[0] + i]] for i in (0, 1))
        raise NotSeparating(
            f"Types {first} and {second} have the same stage-1 optimum (q1 = {ranked[close[0]]:.6g}), so offers cannot tell them apart."
        )
    cuts = (ranked[:-1] + ranked[1:]) / 2
    cuts[np.abs(cuts - environment.endowment_q) <= ON_A_CUT * environment.endowment_q] = environment.endowment_q
    lower, upper = np.empty_like(ranked), np.empty_like(ranked)
    lower[optimum.order] = np.concatenate([[0.0], cuts])
    upper[optimum.order] = np.concatenate([cuts, [environment.largest_q1]])
    return Intervals(lower, upper, cuts, optimum.order, environment.types, environment.states)


def read_type(environment: Environment, offers: npt.ArrayLike) -> IntArray:
    """The type index that each stage-1 offer is read as, eq. (7): shape (..., 2) to (...); UNREAD where nan."""
    return intervals(environment).read(stage1_quantity(environment, offers))
