"""Economies for tests: seeded random ones of all four families, hypothesis strategies, and a few by hand.

``random_economy`` ranges far beyond what anyone would run: weights next to 0 and 1, curvature next to 0 and 1, a unit of one
good worth hundreds of the other, exogenous offers from a ten-thousandth to half of the endowment, 2 to 1,000 active agents.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import strategies as st

from theory.economy.environment import Environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, FAMILIES, LOG_COBB_DOUGLAS, Utility

SOME_FAMILIES = tuple(family if family in (CES, CRRA) else pytest.param(family, marks=pytest.mark.full) for family in FAMILIES)
"""All four families; a small run leaves out the two that are limits of the others."""
Made = TypeVar("Made", Environment, Utility)


@dataclass(frozen=True, eq=False)
class Economy:
    """An environment and type configurations (B, K) of its M active agents."""

    environment: Environment
    configurations: npt.NDArray[np.int64]


def make_environment(
    weight: npt.ArrayLike,
    likelihood: npt.ArrayLike,
    family: str = LOG_COBB_DOUGLAS,
    *,
    prior: npt.ArrayLike | None = None,
    endowment: tuple[float, float] = (10.0, 10.0),
    epsilon: tuple[float, float] = (0.1, 0.1),
    curvature: float | None = None,
    rho: float | None = None,
    scale: float = 1.0,
    shift: float = 0.0,
    agents: int = 12,
    inactive_share: Fraction = Fraction(1, 6),
) -> Environment:
    """An environment from arrays: ``weight`` (K, Z), ``likelihood`` (Z, K). Types are t0, t1, ...; states z0, z1, ..."""
    weight, likelihood = np.array(weight, float), np.array(likelihood, float)
    kinds, states = weight.shape
    if family != LOG_COBB_DOUGLAS and curvature is None:
        curvature = 0.5
    return Environment(
        name="made",
        description="",
        states=tuple(f"z{i}" for i in range(states)),
        types=tuple(f"t{i}" for i in range(kinds)),
        prior=np.full(states, 1 / states) if prior is None else np.array(prior, float),
        likelihood=likelihood,
        endowment_q=endowment[0],
        endowment_r=endowment[1],
        utility=Utility(
            family, weight, scale, shift, None if family == LOG_COBB_DOUGLAS else curvature, (rho or 0.5) if family == CES else None
        ),
        agents=agents,
        inactive_share=inactive_share,
        epsilon_q=epsilon[0],
        epsilon_r=epsilon[1],
    )


def unchecked(made: Made, **fields: object) -> Made:
    """An environment or utility with other ``fields``, whatever they are: the constructors would refuse some of them."""
    other = copy.copy(made)
    for kept in ("endowment", "epsilon"):
        other.__dict__.pop(kept, None)
    for name, value in fields.items():
        object.__setattr__(other, name, value)
    return other


def asymmetric_environment(family: str) -> Environment:
    """Two states, three types, goods of unequal size: nothing in it is symmetric."""
    return make_environment(
        [[0.2, 0.45], [0.55, 0.7], [0.35, 0.85]],
        [[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]],
        family,
        prior=[0.4, 0.6],
        endowment=(3.0, 5.0),
        epsilon=(0.06, 0.25),
        curvature={COBB_DOUGLAS: 0.7, CES: 0.6, CRRA: 2.5}.get(family),
        rho=0.3,
    )


def with_active(environment: Environment, active: int) -> Environment:
    """The environment with M = ``active`` and one inactive agent."""
    return replace(environment, agents=active + 1, inactive_share=Fraction(1, active + 1))


def random_economy(generator: np.random.Generator, family: str | None = None, rows: int = 1) -> Economy:
    """One random economy with ``rows`` type configurations, from moderate to extreme in every parameter."""
    family = str(generator.choice(FAMILIES)) if family is None else family
    kinds, states = int(generator.integers(2, 7)), int(generator.integers(1, 5))
    active = int(np.rint(2 * 500 ** generator.random()))
    if generator.random() < 0.3:
        weight = generator.choice([0.02, 0.1, 0.3, 0.5, 0.9, 0.98], (kinds, states))
    else:
        weight = generator.uniform(0.02, 0.98, (kinds, states))
    endowment = (3.0, 400.0) if generator.random() < 0.1 else tuple(10 ** generator.uniform(-1, 3, 2))
    environment = make_environment(
        weight,
        generator.dirichlet(np.full(kinds, generator.choice([0.5, 2.0])), states),
        family,
        prior=generator.dirichlet(np.full(states, 2.0)),
        endowment=endowment,
        epsilon=tuple(np.array(endowment) * 1e-4 * 5000 ** generator.random(2)),
        curvature=_curvature(generator, family),
        rho=float(generator.choice([generator.uniform(0.01, 0.99), 0.01, 0.99])),
    )
    shares = generator.dirichlet(np.full(kinds, generator.choice([0.2, 1.0, 5.0])), rows)
    configurations = np.array([generator.multinomial(active, row) for row in shares])
    return Economy(with_active(environment, active), configurations)


def _curvature(generator: np.random.Generator, family: str) -> float:
    ordinary = generator.uniform(0.01, 0.99)
    if family == CRRA:
        return float(generator.choice([ordinary, 0.01, 0.99, 1.01, generator.uniform(1.01, 20), 20.0]))
    return float(generator.choice([ordinary, 0.01, 0.99]))


@st.composite
def economies(draw: st.DrawFn, family: str | None = None, most_active: int = 60) -> Economy:
    """Moderate economies with one configuration each, for property tests."""
    chosen = draw(st.sampled_from(FAMILIES)) if family is None else family
    kinds, states = draw(st.integers(2, 4)), draw(st.integers(1, 3))
    share = st.floats(0.05, 0.95)
    weight = draw(st.lists(st.lists(share, min_size=states, max_size=states), min_size=kinds, max_size=kinds))
    likelihood = np.array(draw(st.lists(st.lists(share, min_size=kinds, max_size=kinds), min_size=states, max_size=states)))
    prior = np.array(draw(st.lists(share, min_size=states, max_size=states)))
    endowment = (draw(st.floats(0.5, 50)), draw(st.floats(0.5, 50)))
    counts = draw(st.lists(st.integers(0, most_active // kinds), min_size=kinds, max_size=kinds).filter(lambda n: sum(n) >= 2))
    environment = make_environment(
        weight,
        likelihood / likelihood.sum(axis=1, keepdims=True),
        chosen,
        prior=prior / prior.sum(),
        endowment=endowment,
        epsilon=(endowment[0] * draw(st.floats(1e-3, 0.5)), endowment[1] * draw(st.floats(1e-3, 0.5))),
        curvature=draw(st.floats(1.1, 5) if chosen == CRRA else st.floats(0.1, 0.9)),
        rho=draw(st.floats(0.1, 0.9)),
    )
    return Economy(with_active(environment, sum(counts)), np.array([counts]))


def relabelled(environment: Environment, order: npt.ArrayLike) -> Environment:
    """The same economy with its types listed in another order."""
    order = np.asarray(order)
    return replace(
        environment,
        types=tuple(environment.types[i] for i in order),
        likelihood=environment.likelihood[:, order],
        utility=replace(environment.utility, weight=environment.utility.weight[order]),
    )


def swapped(environment: Environment) -> Environment:
    """The same economy with the names of the two goods exchanged."""
    return replace(
        environment,
        endowment_q=environment.endowment_r,
        endowment_r=environment.endowment_q,
        epsilon_q=environment.epsilon_r,
        epsilon_r=environment.epsilon_q,
        utility=replace(environment.utility, weight=1 - environment.utility.weight),
    )


def in_other_units(environment: Environment, unit_q: float, unit_r: float) -> Environment:
    """The same economy with goods counted in other units: with different units only log Cobb-Douglas keeps its weights."""
    assert environment.utility.family == LOG_COBB_DOUGLAS or unit_q == unit_r
    return replace(
        environment,
        endowment_q=environment.endowment_q * unit_q,
        endowment_r=environment.endowment_r * unit_r,
        epsilon_q=environment.epsilon_q * unit_q,
        epsilon_r=environment.epsilon_r * unit_r,
    )
