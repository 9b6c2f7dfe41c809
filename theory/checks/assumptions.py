"""The paper's assumptions about an environment: each is held, failed or unknown, with the number that decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from theory.economy.environment import Environment
from theory.equilibrium.best_reply import price_taking_offers
from theory.equilibrium.stage1 import COINCIDE, stage1_optimum

SAME_PROBABILITY = 1e-12
"""Probabilities that differ by less count as equal."""

MOST_TYPES_FOR_A1 = 16
PRICES_SCANNED = 400

Status = Literal["held", "failed", "unknown"]


@dataclass(frozen=True)
class Assumption:
    """One assumption: its name, whether it holds, the number that decides (None where there is none), and a sentence."""

    name: str
    status: Status
    number: float | None
    detail: str


def assumptions(environment: Environment) -> tuple[Assumption, ...]:
    """All assumptions of the paper that an environment can fail."""
    return (
        informativeness(environment),
        _monotone_demand(environment),
        separation(environment),
        someone_inactive(environment),
        exogenous_offers(environment),
        a1(environment),
        interior_optima(environment),
    )


def informativeness(environment: Environment) -> Assumption:
    """Section 2.1: states differ in the distribution of types. The number is the least difference between two states."""
    gaps = {(a, b): float(np.abs(environment.likelihood[a] - environment.likelihood[b]).max()) for a, b in _pairs(len(environment.states))}
    if not gaps:
        return Assumption("informativeness", "held", None, "there is only one state")
    (a, b), gap = min(gaps.items(), key=lambda item: item[1])
    detail = f"{environment.states[a]} and {environment.states[b]} differ by {gap:.3g} in the probability of some type"
    if gap <= SAME_PROBABILITY:
        detail += "; the paper merges such states (section 2.1), and the competitive equilibrium at one of them is no limit of the game's"
    return Assumption("informativeness", _held(gap > SAME_PROBABILITY), gap, detail)


def _monotone_demand(env: Environment) -> Assumption:
    epsilon_q, epsilon_r = (env.epsilon / env.endowment).tolist()
    found = demand_is_monotone(env, epsilon_r / (1 + epsilon_q), (1 + epsilon_r) / epsilon_q)
    if found.status == "held":
        return found
    remains = "equal endowments and homothetic utility still leave one equilibrium, at stage 2 and in the limit"
    return replace(found, detail=f"{found.detail}; {remains}")


def demand_is_monotone(env: Environment, lowest: float, highest: float) -> Assumption:
    """Section 2.1: with the state known, demand for a good from the endowment falls in its price, at all prices that can occur.

    The prices run from ``lowest`` to ``highest``, in units of r-bar/q-bar. With budget share a of q and theta the slope of ln U_q/U_r in
    ln(r/q), the elasticities in the price of q are p/(1+p) - a - (1-a)/theta for q and p/(1+p) - a + a/theta for r. The number is the
    worst: it must be negative.
    """
    price = np.exp(np.linspace(np.log(lowest), np.log(highest), PRICES_SCANNED))
    weight = np.repeat(env.utility.weight.ravel(), PRICES_SCANNED)
    prices = np.tile(price, env.utility.weight.size)
    rate = env.utility.marginal_rate(weight[None, :], np.ones((1, weight.size)), env.endowment_ratio)
    offers = price_taking_offers(rate, prices)
    q, r = 1 - offers[0] + offers[1] / prices, 1 - offers[1] + prices * offers[0]
    with np.errstate(divide="ignore"):
        _, slope = rate(np.clip(np.log(r) - np.log(q), -700, 700))
    share, market = prices * q / (1 + prices), prices / (1 + prices)
    worst = float(np.maximum(market - share - (1 - share) / slope, -(market - share + share / slope)).max())
    detail = f"the demand elasticity nearest to the wrong sign is {worst:.3g}, over all prices that can occur"
    return Assumption("monotone competitive demand", _held(worst < 0), worst, detail)


def separation(env: Environment) -> Assumption:
    """Theorem 1: the stage-1 optima differ. The number is the smallest gap in q1, in goods."""
    optimum = stage1_optimum(env)
    if len(env.types) == 1:
        return Assumption("separation", "held", None, "there is only one type")
    ranked = optimum.q1[optimum.order]
    place = int(np.diff(ranked).argmin())
    gap = float(ranked[place + 1] - ranked[place])
    names = [env.types[i] for i in optimum.order[place : place + 2]]
    detail = f"the optima of {names[0]} and {names[1]} are {gap:.4g} of good q apart"
    return Assumption("separation", _held(gap > COINCIDE * env.endowment_q), gap, detail)


def someone_inactive(env: Environment) -> Assumption:
    """Section 2.2: the threat of being inactive. The number is N - M."""
    count = env.agents - env.active
    detail = f"{count} of {env.agents} agents become inactive"
    return Assumption("someone is inactive", _held(count > 0), float(count), detail)


def exogenous_offers(env: Environment) -> Assumption:
    """Section 2.2: epsilon is positive. The number is the least part of an endowment."""
    least = float((env.epsilon / env.endowment).min())
    return Assumption("exogenous offers are positive", _held(least > 0), least, f"at least {least:.3g} of the endowment per agent")


def a1(env: Environment) -> Assumption:
    """A1 of section 3.3: every bipartition of the types tells every two states apart. The number is the least difference."""
    if len(env.types) > MOST_TYPES_FOR_A1:
        return Assumption("A1", "unknown", None, f"not checked for more than {MOST_TYPES_FOR_A1} types")
    gaps = [
        (abs(float((env.likelihood[a, list(part)] - env.likelihood[b, list(part)]).sum())), part, a, b)
        for part in _bipartitions(len(env.types))
        for a, b in _pairs(len(env.states))
    ]
    if not gaps:
        return Assumption("A1", "held", None, "there are no two states or no two types")
    gap, part, a, b = min(gaps)
    group = " or ".join(env.types[i] for i in part)
    detail = f"{env.states[a]} and {env.states[b]} differ by {gap:.3g} in the probability of {group}"
    return Assumption("A1", _held(gap > SAME_PROBABILITY), gap, detail)


def interior_optima(env: Environment) -> Assumption:
    """Inada conditions hold in all families; the number is the least part of an endowment that a stage-1 optimum leaves."""
    ends = env.endowment
    least = float((1 - stage1_optimum(env).offers / ends).min())
    detail = f"Inada conditions hold in this family; alpha* keeps at least {least:.3g} of each endowment"
    return Assumption("interior optima", _held(least > COINCIDE), least, detail)


def _held(condition: bool) -> Status:
    return "held" if condition else "failed"


def _pairs(count: int) -> list[tuple[int, int]]:
    return list(combinations(range(count), 2))


def _bipartitions(kinds: int) -> Iterator[tuple[int, ...]]:
    """One side of each: the subsets without the last type."""
    for size in range(1, kinds):
        yield from combinations(range(kinds - 1), size)
