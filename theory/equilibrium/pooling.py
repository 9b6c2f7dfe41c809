"""Whether stage 1 can be pooled (section 3.3): what an offer shared by the types of a cell costs, and what could make up for it.

An agent who is inactive loses G_x(alpha*(x)) - G_x(a_k) by making its cell's offer a_k instead of its own optimum. Where offers are
read through intervals around the cells' offers, a small move towards alpha* costs nothing at stage 2, so a cell can pool only
types whose optima coincide. Beliefs off the path are free, though: any other offer may be punished by what the others then
believe. But no trade is always available at stage 2, so the punishment is at most what the agent expects there over autarky.
That gives a condition every semi-pooling equilibrium must meet,

    (N-M)/N (G_x(alpha*(x)) - G_x(a_k)) <= M/N (stage-2 payoff on the path - autarky)    for every type x of the cell k.

If the market shuts down when all offers are equal, nothing is expected over autarky where all types pool: complete pooling needs
that all optima coincide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.equilibrium.semipooling import SignalEquilibria, semipooling_equilibria
from theory.equilibrium.stage1 import COINCIDE, stage1_optimum, stage1_value
from theory.information.beliefs import ImpossibleConfiguration, multinomial_probabilities, private_posterior
from theory.information.enumeration import all_configurations
from theory.information.signals import InvalidSignals, Partition
from theory.mechanism import bundles_at_price

MOST_SIGNAL_CONFIGURATIONS = 200


@dataclass(frozen=True, eq=False)
class PooledOffers:
    """Stage 1 of a partition.

    ``offers`` a_k (C, 2) in goods; ``cost`` G_x(alpha*(x)) - G_x(a_k) (K,) in points, conditional on being inactive; ``coincide`` whether
    the optima of each cell are the same offer, so that pooling costs nothing.
    """

    offers: FloatArray
    cost: FloatArray
    coincide: bool


@dataclass(frozen=True, eq=False)
class PoolingCondition:
    """The necessary condition for the cells' ``offers`` a_k (C, 2) in goods.

    ``cost`` (N-M)/N times the stage-1 cost (K,), ``punishment`` M/N times the most that beliefs can take (K,), both in points.
    ``supportable`` is None where no stage-2 equilibrium was found after some signals.
    """

    offers: FloatArray
    cost: FloatArray
    punishment: FloatArray
    supportable: bool | None


@dataclass(frozen=True)
class ShutdownDeviation:
    """The type that leaves complete pooling although the market shuts down, and the points it gains when inactive."""

    type_index: int
    gain: float


def pooled_offers(environment: Environment, partition: Partition, offers: npt.ArrayLike | None = None) -> PooledOffers:
    """What it costs the types to make their cells' ``offers`` (C, 2): by default those whose largest cost in the cell is least."""
    optimum = stage1_optimum(environment)
    free = np.zeros(len(environment.types))
    shared = np.array([_least_costly(environment, cell, free) for cell in partition.cells]) if offers is None else np.asarray(offers, float)
    named = np.empty((len(environment.types), 2))
    for cell, offer in zip(partition.cells, shared, strict=True):
        named[list(cell)] = offer
    spread = max(float(np.ptp(optimum.q1[list(cell)])) for cell in partition.cells)
    cost = np.maximum(optimum.value - stage1_value(environment, named), 0.0)
    return PooledOffers(shared, cost, spread <= COINCIDE * environment.endowment_q)


def pooling_condition(environment: Environment, partition: Partition, offers: npt.ArrayLike | None = None) -> PoolingCondition:
    """The necessary condition for N agents, by the exact expectation over all signal configurations of the M active.

    Without ``offers`` (C, 2) it uses the offers that meet it best in each cell: if these fail it, all do. If several stage-2
    equilibria were found, the agent's best one is used, so that the condition remains necessary provided the search found the
    best equilibrium. Raises InvalidSignals if there are more than 200 signal configurations.
    """
    number = comb(environment.active + len(partition.cells) - 1, len(partition.cells) - 1)
    if number > MOST_SIGNAL_CONFIGURATIONS:
        raise InvalidSignals(
            f"{environment.active} active agents can send {number:,} signal configurations; the stage-1 condition is computed for up to"
            f" {MOST_SIGNAL_CONFIGURATIONS}."
        )
    over_autarky = _over_autarky(environment, partition)
    share = environment.inactive_probability
    punishment = (1 - share) * over_autarky
    if offers is None and share > 0:
        borne = np.nan_to_num(punishment) / share
        offers = np.array([_least_costly(environment, cell, borne) for cell in partition.cells])
    pooled = pooled_offers(environment, partition, offers)
    cost = share * pooled.cost
    supportable = None if np.isnan(over_autarky).any() else bool((cost <= punishment + 1e-9 * environment.utility.scale).all())
    return PoolingCondition(pooled.offers, cost, punishment, supportable)


def shutdown_deviation(environment: Environment, offer: npt.ArrayLike) -> ShutdownDeviation | None:
    """Which type gains by leaving the common offer, although the market then shuts down; None if it is everybody's optimum."""
    optimum = stage1_optimum(environment)
    gain = optimum.value - stage1_value(environment, np.broadcast_to(np.asarray(offer, float), optimum.offers.shape))
    best = int(gain.argmax())
    return ShutdownDeviation(best, float(gain[best])) if gain[best] > 1e-12 * environment.utility.scale else None


def _least_costly(env: Environment, cell: Sequence[int], borne: FloatArray) -> FloatArray:
    """The offer at which the largest cost beyond what each type of a cell bears, ``borne`` (K,) in points, is least.

    It lies between the types' optima: costs are convex, and beyond the outermost optima all of them grow.
    """
    from scipy.optimize import minimize_scalar

    optimum, members = stage1_optimum(env), list(cell)

    def largest_cost(q1: float) -> float:
        cost = optimum.value - stage1_value(env, np.broadcast_to(_offer(env, q1), optimum.offers.shape))
        return float((cost - borne)[members].max())

    low, high = optimum.q1[members].min(), optimum.q1[members].max()
    if high - low <= COINCIDE * env.endowment_q:
        return np.asarray(optimum.offers[members[0]])
    return _offer(env, float(minimize_scalar(largest_cost, bounds=(low, high), method="bounded", options={"xatol": 1e-12 * high}).x))


def _offer(env: Environment, q1: float) -> FloatArray:
    sold = env.endowment_q - q1
    return np.array([max(sold, 0.0), max(-sold, 0.0) * env.fixed_price])


def _over_autarky(env: Environment, partition: Partition) -> FloatArray:
    """What each type expects at stage 2 over autarky, in points (K,), before the signals are announced; nan if not found."""
    own, tau = private_posterior(env), partition.likelihood(env)
    expected = np.zeros(len(env.types))

    @cache
    def equilibria(signals: tuple[int, ...]) -> SignalEquilibria | None:
        try:
            return semipooling_equilibria(env, partition, signals)
        except ImpossibleConfiguration:
            return None

    for signals in all_configurations(env.active - 1, len(partition.cells)):
        chance_in_state = multinomial_probabilities(signals[None, :], tau)[0]
        for place, cell in enumerate(partition.cells):
            chance = own[list(cell)] @ chance_in_state
            if not (chance > 0).any():
                continue
            found = equilibria(tuple((signals + (np.arange(len(signals)) == place)).tolist()))
            if found is None:
                continue
            for kind, weight in zip(cell, chance, strict=True):
                if weight > 0:
                    expected[kind] += weight * _best(env, found.posterior[kind], [e.expected_points[kind] for e in found.equilibria], kind)
    return expected


def _best(env: Environment, belief: FloatArray, points: Sequence[float], kind: int) -> float:
    keep = bundles_at_price([0.0, 0.0], env.fixed_price, env.endowment)
    autarky = float(env.utility.expected_points(keep[0], keep[1], env.utility.weight[kind], belief))
    return max(points, default=float("nan")) - autarky
