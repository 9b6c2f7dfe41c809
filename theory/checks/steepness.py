"""How steep an environment's payoffs are: the figures to look at before the first session.

Flat payoffs teach nothing. So: what the stage-1 optimum adds, what it costs to offer like the neighbouring type, what the
stage-2 equilibrium adds on average over states and type configurations, and whether a grid of offers blurs any of it. The floor
on points is left out, as in the theory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.equilibrium.stage1 import NotSeparating, read_type, stage1_optimum, stage1_value
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import configuration_probabilities
from theory.information.enumeration import Budget, all_configurations

STEPS_FROM_ZERO = 5
BUDGET = Budget(exact=200_000, most=200_000)


@dataclass(frozen=True, eq=False)
class AdjacentCost:
    """What an inactive agent of type ``own`` loses by offering like its neighbour ``other``: points, and parts of pay and of gain."""

    own: int
    other: int
    points: float
    of_no_trade: float
    of_gain: float


@dataclass(frozen=True, eq=False)
class Stage2Gain:
    """The gain of the stage-2 equilibrium over no trade, averaged over states and configurations of the M active agents.

    ``overall`` and ``by_type`` (K,) are parts of what no trade pays; ``far_from_zero`` is the share of agents whose offer is at
    least five grid steps, with states and configurations weighted by their probability.
    """

    overall: float
    by_type: FloatArray
    far_from_zero: float


def stage1_gain(environment: Environment) -> FloatArray:
    """G_x(alpha*) - G_x(0) as a fraction of G_x(0), per type (K,); nan if no trade pays zero or less."""
    optimum = stage1_optimum(environment)
    return _part(optimum.value - optimum.no_trade, optimum.no_trade)


def adjacent_costs(environment: Environment) -> tuple[AdjacentCost, ...]:
    """For each type and each neighbour in the order of alpha*: the cost of offering the neighbour's alpha*."""
    optimum = stage1_optimum(environment)
    costs = []
    for place, own in enumerate(optimum.order):
        for other in (*optimum.order[max(place - 1, 0) : place], *optimum.order[place + 1 : place + 2]):
            mimicked = stage1_value(environment, np.broadcast_to(optimum.offers[other], optimum.offers.shape))
            points = optimum.value[own] - mimicked[own]
            of_pay = float(_part(points, optimum.no_trade[own]))
            of_gain = float(_part(points, optimum.value[own] - optimum.no_trade[own]))
            costs.append(AdjacentCost(int(own), int(other), float(points), of_pay, of_gain))
    return tuple(costs)


def stage2_gain(environment: Environment, grid: float) -> Stage2Gain | None:
    """The stage-2 figures by exact enumeration; None where there are more than 200,000 type configurations."""
    if not BUDGET.affords_all(environment, environment.active):
        return None
    configurations = all_configurations(environment.active, len(environment.types))
    joint = configuration_probabilities(environment, configurations) * environment.prior
    likely = joint.sum(axis=1) > 0
    configurations, joint = configurations[likely], joint[likely]
    found = solve_stage2(environment, configurations)
    paid = environment.utility.points(found.bundles[:, :, None, 0], found.bundles[:, :, None, 1], environment.utility.weight)
    kept = environment.points_of_endowment()
    # the probability that a given agent is of type x, in state z and configuration sigma: shape (B, K, Z)
    chance = joint[:, None, :] * (configurations / environment.active)[:, :, None]
    gain = np.where(chance > 0, chance * (paid - kept), 0.0).sum(axis=(0, 2))
    no_trade = (chance * kept).sum(axis=(0, 2))
    far = np.nan_to_num(found.offers).max(axis=2) >= STEPS_FROM_ZERO * grid * (1 - 1e-12)
    return Stage2Gain(
        overall=float(_part(gain.sum(), no_trade.sum())),
        by_type=_part(gain, no_trade),
        far_from_zero=float((chance.sum(axis=2) * far).sum()),
    )


def stage1_far_from_zero(environment: Environment, grid: float) -> FloatArray:
    """The size of alpha* in grid steps, per type (K,)."""
    return np.asarray(stage1_optimum(environment).offers.max(axis=1) / grid)


def on_grid(environment: Environment, offers: npt.ArrayLike, grid: float) -> FloatArray:
    """Offers (..., 2) rounded to the nearest multiple of the grid that the endowment allows."""
    ends = environment.endowment
    highest = np.floor(ends / grid * (1 + 1e-12))
    return np.asarray(np.minimum(np.rint(np.asarray(offers, float) / grid), highest) * grid)


def read_on_grid(environment: Environment, grid: float) -> tuple[bool, ...]:
    """Whether alpha*(x) rounded to the grid is still read as type x; false for all types if the optima coincide."""
    rounded = on_grid(environment, stage1_optimum(environment).offers, grid)
    try:
        read = read_type(environment, rounded)
    except NotSeparating:
        return (False,) * len(environment.types)
    return tuple(bool(x == index) for index, x in enumerate(read))


def _part(points: npt.ArrayLike, whole: npt.ArrayLike) -> FloatArray:
    points, whole = np.asarray(points, float), np.asarray(whole, float)
    return np.where(whole > 0, points / np.where(whole > 0, whole, 1.0), np.nan)
