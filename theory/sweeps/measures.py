"""What a sweep can compute for an environment: named measures, each a list of numbers with the type and the state they refer to.

To add one, write a function like those below and put it into MEASURES.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from theory.certificates.uniqueness import uniqueness
from theory.checks.assumptions import assumptions
from theory.economy.environment import Environment, InvalidEnvironment
from theory.efficiency.expectations import expectations
from theory.efficiency.losses import AUTARKY, PREDICTED, expected_welfare
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.rivals import NASH
from theory.equilibrium.stage1 import NotSeparating, intervals, stage1_optimum
from theory.equilibrium.stage2 import NotSolved
from theory.information.beliefs import ImpossibleConfiguration
from theory.stage1_incentives.slack import incentives
from theory.stage1_incentives.threshold import ThresholdContradiction, threshold

REFUSALS = (InvalidEnvironment, ImpossibleConfiguration, NotSolved, ThresholdContradiction)
"""What a measure may raise if it has no answer for an environment; the message is one sentence."""

STATUS = {"held": 1.0, "failed": 0.0, "unknown": math.nan}


@dataclass(frozen=True)
class Quantity:
    """One number, or nan. ``type`` and ``state`` name what it refers to, and are empty if it refers to neither."""

    name: str
    value: float
    type: str = ""
    state: str = ""


@dataclass(frozen=True)
class Settings:
    """What measures need besides the environment: ``max_agents``, up to which ``threshold`` checks every number."""

    max_agents: int = 500


@dataclass(frozen=True)
class Measure:
    """A ``name``, a ``description`` for people, and the function that measures. It raises nothing but REFUSALS."""

    name: str
    description: str
    quantities: Callable[[Environment, Settings], list[Quantity]]


def _stage1(env: Environment, _: Settings) -> list[Quantity]:
    optimum = stage1_optimum(env)
    try:
        intervals(env)
        separating = 1.0
    except NotSeparating:
        separating = 0.0
    return [
        *_by("q1", optimum.q1, types=env.types),
        *_by("offer_q", optimum.offers[:, 0], types=env.types),
        *_by("offer_r", optimum.offers[:, 1], types=env.types),
        Quantity("separating", separating),
    ]


def _competitive(env: Environment, _: Settings) -> list[Quantity]:
    found = competitive_equilibrium(env)
    return [
        *_by("price", found.price, states=env.states),
        *_by("q", found.bundles[:, :, 0].T, types=env.types, states=env.states),
        *_by("r", found.bundles[:, :, 1].T, types=env.types, states=env.states),
    ]


def _stage2(env: Environment, _: Settings) -> list[Quantity]:
    expected = expectations(env, NASH)
    return [
        *_by("expected_price", expected.price, states=env.states),
        *_by("points_active", expected.active, types=env.types),
        *_by("points_inactive", expected.inactive, types=env.types),
    ]


def _incentives(env: Environment, _: Settings) -> list[Quantity]:
    found = incentives(env)
    return [
        Quantity("largest_gain", found.largest_gain if len(env.types) > 1 else math.nan),
        Quantity("error_bound", found.error_bound),
        Quantity("candidate_is_equilibrium", float(found.candidate_is_equilibrium)),
    ]


def _threshold(env: Environment, settings: Settings) -> list[Quantity]:
    found = threshold(env, settings.max_agents)
    return [
        Quantity("first", _count(found.first)),
        Quantity("threshold", _count(found.threshold)),
        Quantity("proved", float(found.status == "proved")),
        Quantity("bound_from", _count(found.proved_from)),
    ]


def _assumptions(env: Environment, _: Settings) -> list[Quantity]:
    return [Quantity(assumption.name, STATUS[assumption.status]) for assumption in assumptions(env)]


def _uniqueness(env: Environment, _: Settings) -> list[Quantity]:
    found = uniqueness(env)
    return [
        Quantity("proved", float(found.status == "proved")),
        Quantity("least_slope", found.least_slope),
        Quantity("largest_slope", found.largest_slope),
    ]


def _welfare(env: Environment, _: Settings) -> list[Quantity]:
    expected = expected_welfare(env)
    return [
        *(Quantity(_key(name), points) for name, points in zip(PREDICTED, expected.outcomes, strict=True)),
        Quantity(AUTARKY, expected.autarky),
        *(Quantity(f"lost_to_{_key(loss.cause)}", loss.points) for loss in expected.losses),
    ]


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("stage1", "alpha* and q1 of each type; separating 1 or 0", _stage1),
        Measure("competitive", "price and allocation of the competitive equilibrium of each state", _competitive),
        Measure("stage2", "the expected equilibrium price of each state, and points of each type, active and inactive", _stage2),
        Measure("incentives", "the largest gain from a defection, in points; candidate_is_equilibrium 1 or 0", _incentives),
        Measure("threshold", "the first number of agents that passes and the one from which all pass; proved 1 or 0", _threshold),
        Measure("assumptions", "each assumption: 1 held, 0 failed, empty unknown", _assumptions),
        Measure("welfare", "expected points per agent of each outcome from the efficient one on, and what each cause loses", _welfare),
        Measure("uniqueness", "whether stage 2 is proved to have one equilibrium, 1 or 0", _uniqueness),
    )
}

USUAL = ("stage1", "competitive", "stage2", "incentives")
"""What a sweep measures by default: the measures that are quick to compute."""


def _by(name: str, values: npt.ArrayLike, types: Sequence[str] = ("",), states: Sequence[str] = ("",)) -> list[Quantity]:
    """One quantity per type, per state or per both; ``values`` are ordered by type, and within each type by state."""
    places = [(x, z) for x in types for z in states]
    flat = np.asarray(values, float).ravel().tolist()
    return [Quantity(name, value, x, z) for (x, z), value in zip(places, flat, strict=True)]


def _key(name: str) -> str:
    return name.replace(" ", "_")


def _count(agents: int | None) -> float:
    return math.nan if agents is None else float(agents)
