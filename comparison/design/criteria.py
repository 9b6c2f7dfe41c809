"""What an experimenter wants from an environment, as numbers: whether types can be told apart,
whether that matters for pay, whether theories disagree, and what is paid.

Separation counts grid steps between neighbouring stage-1 optima, on the axis on which a subject
chooses: offers of q to the left of zero, offers of r to the right. Steepness is what an inactive
agent loses by offering like its neighbour, in percent of what alpha* pays. The distance between two
benchmarks is that of their prices: in each state the distance between the averages of ln p over
type configurations, averaged over states with the prior, and stated in percent of the price. None
of these uses the floor on points, as in the theory; only the points that any offers can lead to
include it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from experiment.bounds import points_bounds
from theory.checks.steepness import adjacent_costs, read_on_grid
from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.efficiency.expectations import affordable_tail
from theory.equilibrium.rivals import (
    AUTARKY,
    COMPETITIVE,
    COMPETITIVE_NO_INFORMATION,
    COMPETITIVE_PRIVATE,
    LIMIT_STATE,
    NASH,
    NASH_NO_INFORMATION,
    NASH_PRIVATE,
    REPEAT,
    Rival,
    RivalOutcome,
    rival_outcome,
)
from theory.equilibrium.stage1 import stage1_optimum
from theory.information.enumeration import likely_configurations
from theory.mechanism import bundles_at_price
from theory.stage1_incentives.slack import incentives_at
from theory.stage1_incentives.threshold import LEAST_AGENTS

BENCHMARKS: Mapping[str, Rival] = {
    "nash": NASH,
    "nash_private": NASH_PRIVATE,
    "nash_no_information": NASH_NO_INFORMATION,
    "competitive": LIMIT_STATE,
    "competitive_posterior": COMPETITIVE,
    "competitive_private": COMPETITIVE_PRIVATE,
    "competitive_no_information": COMPETITIVE_NO_INFORMATION,
    "autarky": AUTARKY,
    "repeat_stage1": REPEAT,
}
"""The prices that can be compared, by their names in the comparison."""


@dataclass(frozen=True, eq=False)
class Stage2:
    """Averages and extremes over the type configurations of the active: all that the criteria need
    from stage 2.

    ``log_price`` (benchmarks, Z): the average of ln p in each state. ``least`` and ``largest``
    points of any agent, active or inactive, in equilibrium, over states, configurations and types
    that can occur.
    """

    log_price: FloatArray
    least: float
    largest: float


@dataclass(frozen=True, eq=False)
class Criteria:
    """The numbers by which a design is judged; the module explains them.

    ``separation`` in grid steps, ``steepness`` and ``apart`` in percent, each the smallest; inf if
    there is only one type, or one benchmark. ``distances`` are ``apart`` by pair of benchmarks,
    ``prices`` the geometric average price by benchmark and state. Points: ``least`` and ``largest``
    in equilibrium, ``least_any`` and ``largest_any`` whatever is offered, with the floor applied.
    """

    separation: float
    steepness: float
    apart: float
    distances: Mapping[tuple[str, str], float]
    prices: Mapping[tuple[str, str], float]
    least: float
    largest: float
    least_any: float
    largest_any: float
    read_on_grid: bool


def criteria(environment: Environment, grid: float, benchmarks: Sequence[str], stage2: Stage2 | None = None) -> Criteria:
    """The criteria of an environment on a grid of offers, without the threshold. Raises what ``stage2_averages`` raises."""
    found = stage2_averages(environment, benchmarks) if stage2 is None else stage2
    distances = {
        (a, b): 100 * float(np.expm1(environment.prior @ np.abs(found.log_price[i] - found.log_price[j])))
        for (i, a), (j, b) in combinations(enumerate(benchmarks), 2)
    }
    prices = {
        (name, z): float(np.exp(found.log_price[i, k])) for i, name in enumerate(benchmarks) for k, z in enumerate(environment.states)
    }
    least_any, largest_any = any_points(environment)
    return Criteria(
        separation=_separation(environment, grid),
        steepness=_steepness(environment),
        apart=min(distances.values(), default=np.inf),
        distances=distances,
        prices=prices,
        least=found.least,
        largest=found.largest,
        least_any=least_any,
        largest_any=largest_any,
        read_on_grid=all(read_on_grid(environment, grid)),
    )


def stage2_averages(environment: Environment, benchmarks: Sequence[str]) -> Stage2:
    """One pass over the type configurations. Raises InvalidEnvironment if there are too many, and
    NotSolved.
    """
    size = environment.active
    log_price, seen = np.zeros((len(benchmarks), len(environment.states))), np.zeros(len(environment.states))
    ends = [_inactive_points(environment)]
    for chunk in likely_configurations(environment, size, affordable_tail(environment, size)):
        possible = chunk.probability.any(axis=1)
        counts, chance = chunk.configurations[possible], chunk.probability[possible]
        nash = rival_outcome(environment, NASH, counts)
        ends.append(nash.points[(counts > 0)[:, :, None] & (chance > 0)[:, None, :]])
        for row, name in enumerate(benchmarks):
            log_price[row] += _log_price_sums(environment, BENCHMARKS[name], nash, chance)
        seen += chance.sum(axis=0)
    points = np.concatenate(ends)
    return Stage2(log_price / seen, float(points.min()), float(points.max()))


def in_points(stage2: Stage2, before: Environment, after: Environment) -> Stage2:
    """The same stage 2 with points on another scale and shift, which changes nobody's behaviour."""
    old, new = before.utility, after.utility
    least, largest = (new.shift + new.scale * (end - old.shift) / old.scale for end in (stage2.least, stage2.largest))
    return replace(stage2, least=least, largest=largest)


def checked_threshold(environment: Environment, most_agents: int) -> int | None:
    """The smallest N from which the candidate of Theorem 1 is an equilibrium for every N up to ``most_agents``; None if it fails there.

    Raises NotSeparating and TooManyConfigurations.
    """
    found = incentives_at(environment, range(LEAST_AGENTS, most_agents + 1))
    failing = [market.agents for market in found if not market.candidate_is_equilibrium]
    last = max(failing, default=LEAST_AGENTS - 1)
    return last + 1 if last < most_agents else None


def any_points(environment: Environment) -> tuple[float, float]:
    """The fewest and the most points that any offers lead to, with the floor applied, whether or
    not a session makes anybody inactive.
    """
    bounds = [points_bounds(environment, active) for active in (environment.active, environment.agents)]
    return min(bound.least for bound in bounds), max(bound.most for bound in bounds)


def _separation(env: Environment, grid: float) -> float:
    offers = stage1_optimum(env).offers
    return float(np.diff(np.sort(offers[:, 1] - offers[:, 0])).min(initial=np.inf) / grid)


def _steepness(env: Environment) -> float:
    value = stage1_optimum(env).value
    costs = [100 * cost.points / value[cost.own] if value[cost.own] > 0 else np.nan for cost in adjacent_costs(env)]
    return float(np.min(costs, initial=np.inf))


def _inactive_points(env: Environment) -> FloatArray:
    """The points that alpha* pays the inactive in every state in which their type can occur."""
    bundles = bundles_at_price(stage1_optimum(env).offers, env.fixed_price, env.endowment)
    points = env.utility.points(bundles[:, 0, None], bundles[:, 1, None], env.utility.weight)
    return np.asarray(points[env.likelihood.T > 0])


def _log_price_sums(env: Environment, rival: Rival, nash: RivalOutcome, chance: FloatArray) -> FloatArray:
    """Sum over configurations of P[sigma | z] ln p, per state (Z,); the Nash outcome is already
    computed.
    """
    counts = nash.configurations
    if not rival.needs_state:
        found = nash if rival is NASH else rival_outcome(env, rival, counts)
        return np.asarray(np.log(found.price) @ chance)
    by_state = [rival_outcome(env, rival, counts, np.full(len(counts), z)).price for z in range(len(env.states))]
    return np.asarray((np.log(np.stack(by_state, axis=1)) * chance).sum(axis=0))
