"""The range of points: no offers lead out of it, and its ends are reached."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiment.bounds import best_points, points_bounds
from experiment.config import ENVIRONMENTS
from theory.economy.environment import read_environment
from theory.mechanism import bundle_against_totals, bundles_at_price

NAMES = ["mixed_values", "nearly_common", "small_market", "three_types"]
FAMILIES = [("cobb-douglas-log", None, None), ("cobb-douglas", 0.5, None), ("ces", 0.6, 0.4), ("crra", 0.7, None), ("crra", 2.5, None)]


def points(environment, bundles):
    q, r = np.maximum(bundles, 0).reshape(-1, 2).T
    return environment.utility.points(q[:, None, None], r[:, None, None], environment.utility.weight)


def with_family(environment, family, curvature, rho):
    return replace(environment, utility=replace(environment.utility, family=family, curvature=curvature, rho=rho))


def tried(environment, active, steps):
    """The most points on a fine grid of own offers, at the best totals and at the fixed price."""
    env = environment
    share = np.linspace(0, 1, steps)[:, None]
    sells, buys = share * (env.endowment_q, 0.0), share * (0.0, env.endowment_r)
    low, high = active * env.epsilon_q, active * env.epsilon_r + (active - 1) * env.endowment_r
    sold = bundle_against_totals(sells, low, high, env.endowment)
    low, high = active * env.epsilon_r, active * env.epsilon_q + (active - 1) * env.endowment_q
    bought = bundle_against_totals(buys, high, low, env.endowment)
    fixed = bundles_at_price(np.concatenate([sells, buys]), env.fixed_price, env.endowment)
    return points(env, np.concatenate([sold, bought, *([fixed] if active < env.agents else [])])).max()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: f"{family[0]}-{family[1]}")
def test_the_most_points_are_the_maximum_over_a_fine_grid(name, family):
    environment = with_family(read_environment(ENVIRONMENTS / f"{name}.toml"), *family)
    for active in (environment.active, environment.agents):
        best, grid = best_points(environment, active), tried(environment, active, 20_001)
        assert np.isfinite(best)
        assert grid <= best + 1e-9 * abs(best)
        assert best - grid <= 1e-4 * environment.utility.scale


@given(st.lists(st.tuples(st.floats(0, 10), st.booleans()), min_size=3, max_size=3), st.sampled_from(FAMILIES))
def test_no_offers_lead_above_the_most_points(offers, family):
    environment = with_family(read_environment(ENVIRONMENTS / "small_market.toml"), *family)
    pairs = np.array([(b, 0.0) if sell else (0.0, b) for b, sell in offers])
    totals = pairs.sum(axis=0) + 3 * 0.5
    bundles = [*bundles_at_price(pairs, totals[1] / totals[0], [10, 10]), *bundles_at_price(pairs, 1.0, [10, 10])]
    assert points(environment, np.array(bundles)).max() <= best_points(environment, 3) + 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_a_smaller_market_has_a_smaller_maximum(name):
    environment = read_environment(ENVIRONMENTS / f"{name}.toml")
    most = [best_points(environment, active) for active in range(1, environment.agents)]
    assert most == sorted(most)


@pytest.mark.parametrize("name", NAMES)
def test_the_least_points_are_the_floor_where_the_worst_is_below_it(name):
    environment = read_environment(ENVIRONMENTS / f"{name}.toml")
    assert points_bounds(environment, environment.active).least == environment.utility.floor == 0
