"""One stage-2 equilibrium with endowments by role: the theorem's steps in numbers, F itself, and three equilibria beyond the bound."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from tests.economies import make_environment, unchecked
from tests.sizes import sized
from theory.economy.environment import Environment, Role
from theory.economy.utility import CRRA, FAMILIES, LOG_COBB_DOUGLAS
from theory.equilibrium.bracketed_root import log_price_bounds, log_price_excess
from theory.roles.competitive import competitive_by_role, limit_shares
from theory.roles.reduced_game import reduced_by_role
from theory.roles.stage2 import solve_stage2_by_role
from theory.roles.uniqueness import competitive_prices, proved_unique, slope_allowed, slope_bounds, stage2_prices

MIRRORED = (Role("left", 50, 8.0, 2.0), Role("right", 50, 2.0, 8.0))
BOUND = 10.0
"""2 (1 + k^2)/(k - 1)^2 where ratios of endowments differ 16 to 1, so that k = 2."""


def economy_by_role(generator: np.random.Generator, family: str = CRRA, curvature: float = 2.5) -> Environment:
    """A random economy with two or three roles."""
    kinds, states, count = (int(n) for n in generator.integers((2, 1, 2), (5, 4, 4)))
    env = make_environment(
        generator.uniform(0.02, 0.98, (kinds, states)),
        generator.dirichlet(np.ones(kinds), states),
        family,
        curvature=curvature,
        rho=float(generator.uniform(0.05, 0.95)),
        epsilon=tuple(10 ** generator.uniform(-3, 0, 2)),
    )
    return with_roles(env, *(Role(f"r{j}", 4, *(10 ** generator.uniform(-1, 1.5, 2)).tolist()) for j in range(count)))


def with_roles(env: Environment, *roles: Role, price: float = 1.0) -> Environment:
    agents = sum(role.agents for role in roles)
    q, r = (sum(getattr(role, name) * role.agents for role in roles) / agents for name in ("endowment_q", "endowment_r"))
    return replace(env, agents=agents, endowment_q=q, endowment_r=r, roles=roles, stated_price=price)


def test_each_inequality_of_the_proof_holds_in_thousands_of_random_groups():
    generator = np.random.default_rng(11)
    for _ in range(sized(small=1_000, full=5_000)):
        size = int(generator.integers(1, 6))
        angle, cut = generator.uniform(0.02, np.pi / 2 - 0.02, size), generator.uniform(0.02, np.pi / 2 - 0.02)
        kept, kappa, price = generator.uniform(1e-3, 1, size), np.sin(cut) ** 2, np.tan(angle) ** 2
        offer = (1 - kept) / (1 + price * kept)
        rise, phi = kept * (1 + price) / (1 + price * kept) ** 2, price * kept / (1 + price * kept)
        pull = offer * (phi - kappa) / rise
        assert (pull <= np.where(angle > cut, np.sin(angle - cut) ** 2, 0.0) + 1e-12).all()
        theta = np.where(angle > cut, generator.uniform(0.1, 1, size) / np.sin(angle - cut) ** 2, 10 ** generator.uniform(-2, 3, size))
        mass, epsilon = generator.dirichlet(np.ones(size)), 10 ** generator.uniform(-4, 0)
        total = epsilon + mass @ offer
        spare = 1 / (10 ** generator.uniform(0.1, 4) * total / mass.max() + offer)
        each = mass * rise / (theta + rise * spare)
        b, e = (each * (1 + offer * phi * spare) - mass * offer * phi).sum(), total - (each * offer * spare).sum()
        assert e >= epsilon
        assert b / e > -kappa


def test_no_two_roles_are_farther_apart_than_at_the_price_that_mirrors_them():
    k, t = np.exp(np.random.default_rng(12).uniform(0, 3, (2, 10_000)) * np.array([[1.0], [2.0]]))
    largest = (k - 1) ** 2 / (2 * (1 + k**2))
    assert (np.sin((np.arctan(t * k) - np.arctan(t / k)) / 2) ** 2 <= largest + 1e-12).all()
    assert np.sin((np.arctan(k) - np.arctan(1 / k)) / 2) ** 2 == pytest.approx(largest)


def test_f_increases_up_to_the_bound():
    generator = np.random.default_rng(13)
    for _ in range(sized(small=6, full=60)):
        env = economy_by_role(generator)
        allowed = slope_allowed(env)
        env = unchecked(env, utility=replace(env.utility, curvature=float(allowed * generator.uniform(0.5, 1))))
        shape = (len(env.roles), len(env.types))
        counts = generator.integers(0, 8, shape) + (np.arange(shape[1]) == 0)
        size = np.full(1, float(counts.sum()) if generator.random() < 0.8 else inf)
        game = reduced_by_role(env, env.prior[None], counts.reshape(-1, 1) / counts.sum(), size)
        low, high = log_price_bounds(game)
        line = np.linspace(low[0], high[0], sized(small=80, full=150))
        excess = log_price_excess(game.columns(np.zeros(line.size, np.intp)), line)
        assert (np.diff(excess) > -1e-9).all()


@pytest.mark.parametrize(("part", "equilibria"), [(0.99, 1), (1.01, 3)])
def test_the_bound_is_sharp(part, equilibria):
    # sellers of q with x = 1/2 at p = 1, where w/(1 - w) (r/q)^c = 1 at r/q = 1/2, against their mirror image
    env = sharp(part * BOUND)
    assert slope_allowed(env) == pytest.approx(BOUND)
    assert proved_unique(env) == (equilibria == 1)
    counts = [[500_000, 0], [0, 500_000]]
    found = stage2_prices(env, counts)
    assert len(found.prices) == equilibria
    assert found.prices * found.prices[::-1] == pytest.approx(1.0)
    assert found.prices[equilibria // 2] == pytest.approx(1.0)
    game = reduced_by_role(env, np.ones((1, 1)), np.array(counts).reshape(-1, 1) / 1e6, np.full(1, 1e6))
    near = log_price_excess(game.columns(np.zeros(2, np.intp)), np.array([-1e-3, 1e-3]))
    assert (near[1] > near[0]) == (equilibria == 1)


def sharp(curvature: float) -> Environment:
    odds = 2.0**curvature
    env = make_environment([[0.6], [0.4]], [[0.5, 0.5]], CRRA, curvature=curvature, epsilon=(1e-6, 1e-6))
    weight = np.array([[odds / (1 + odds)], [1 / (1 + odds)]])
    return unchecked(with_roles(env, *MIRRORED), utility=unchecked(env.utility, weight=weight))


@pytest.mark.full
def test_each_of_three_equilibria_is_one_and_the_solver_returns_one_of_them():
    env = sharp(1.2 * BOUND)
    counts = [[60, 0], [0, 60]]
    found = stage2_prices(env, counts)
    assert found.status == "scanned"
    assert len(found.prices) == 3
    assert np.abs(found.prices - solve_stage2_by_role(env, [counts]).price).min() < 1e-6


def test_the_price_line_of_the_limit_holds_the_competitive_price():
    generator = np.random.default_rng(14)
    for family in sized(small=(LOG_COBB_DOUGLAS, CRRA), full=FAMILIES):
        env = economy_by_role(generator, family, 0.7 if family != CRRA else 1.7)
        limit, shares = competitive_by_role(env), limit_shares(env)
        for z in range(len(env.states)):
            found = competitive_prices(env, np.eye(len(env.states))[z], shares[z])
            assert found.status == "proved"
            assert found.prices == pytest.approx(limit.price[z : z + 1], rel=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_slopes_lie_within_their_bounds(family):
    generator = np.random.default_rng(15)
    for _ in range(sized(small=10, full=40)):
        env = economy_by_role(generator, family, float(generator.uniform(0.05, 0.95)))
        least, largest = slope_bounds(env.utility)
        ratios = np.tile(generator.uniform(-15, 15, (60, 1)), len(env.types))
        slopes = env.utility.log_mrs(ratios, env.utility.weight[None], generator.dirichlet(np.ones(len(env.states)))).slope
        assert (slopes >= least - 1e-9).all()
        assert (slopes <= largest + 1e-9).all()


def test_endowments_that_are_multiples_of_each_other_bear_any_slope():
    env = with_roles(sharp(40.0), Role("small", 3, 0.1, 0.3), Role("large", 3, 7.0, 21.0))
    assert slope_allowed(env) == inf
    assert len(stage2_prices(env, [[2, 1], [1, 2]]).prices) == 1
