"""Debreu's coefficient, the share of the gains from trade, and the dispersion of rates of substitution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from tests.economies import asymmetric_environment, make_environment, swapped
from theory.economy.utility import FAMILIES
from theory.efficiency.coefficients import NotDecomposed, gains_share, mrs_dispersion, resource_utilisation, utilisation_coefficients
from theory.equilibrium.competitive import competitive_equilibrium_at
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import posterior

COUNTS = [3, 4, 3]
TYPES = np.repeat([0, 1, 2], COUNTS)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_competitive_allocation_wastes_nothing_and_no_trade_does(family):
    env = asymmetric_environment(family)
    belief = posterior(env, [COUNTS])
    held = competitive_equilibrium_at(env, belief, [[0.3, 0.4, 0.3]]).bundles[0][TYPES]
    assert resource_utilisation(env, TYPES, held, belief[0]).coefficient == pytest.approx(1.0, abs=1e-9)
    assert mrs_dispersion(env, TYPES, held, belief[0]) == pytest.approx(0.0, abs=1e-8)
    nothing = np.tile([3.0, 5.0], (10, 1))
    nash = solve_stage2(env, [COUNTS]).bundles[0][TYPES]
    parts = [resource_utilisation(env, TYPES, bundles, belief[0]).coefficient for bundles in (nothing, nash, held)]
    assert parts[0] < parts[1] < parts[2]
    assert mrs_dispersion(env, TYPES, nothing, belief[0]) > mrs_dispersion(env, TYPES, nash, belief[0]) > 0


@pytest.mark.parametrize("family", FAMILIES)
def test_no_smaller_part_of_the_goods_would_do(family):
    env, belief = asymmetric_environment(family), np.array([0.3, 0.7])
    held = np.array([[2.0, 6.0], [3.5, 4.0], [3.0, 5.0]])
    found = resource_utilisation(env, [0, 1, 2], held, belief)
    u = env.utility.expected_points
    wanted = u(held[:, 0], held[:, 1], env.utility.weight, belief)
    assert u(found.bundles[:, 0], found.bundles[:, 1], env.utility.weight, belief) == pytest.approx(wanted, rel=1e-9)
    assert found.bundles.sum(axis=0) == pytest.approx(found.coefficient * held.sum(axis=0), rel=1e-9)
    goods = held.sum(axis=0)

    def as_well_off(x):
        bundles = np.array([[x[0], x[1]], [x[2], x[3]], [x[4] * goods[0] - x[0] - x[2], x[4] * goods[1] - x[1] - x[3]]])
        return u(np.maximum(bundles[:, 0], 1e-9), np.maximum(bundles[:, 1], 1e-9), env.utility.weight, belief) - wanted

    least = minimize(
        lambda x: x[4], [*held[0], *held[1], 1.0], constraints={"type": "ineq", "fun": as_well_off}, options={"ftol": 1e-12, "maxiter": 300}
    )
    assert found.coefficient == pytest.approx(least.fun, abs=1e-6)


def test_two_cobb_douglas_agents_have_a_closed_form():
    # mirror tastes 3/4 and 1/4 with equal endowments: each keeps sqrt(3)/2 of the goods at the rate 1
    env = make_environment([[0.75], [0.25]], [[0.5, 0.5]])
    found = resource_utilisation(env, [0, 1], [[10.0, 10.0], [10.0, 10.0]], [1.0])
    wanted = 2 * np.exp(-(0.75 * np.log(1.5) + 0.25 * np.log(0.5))) / 2
    assert found.coefficient == pytest.approx(wanted, rel=1e-12)
    assert found.price == pytest.approx(1.0, rel=1e-9)


def test_swapping_replicating_and_rescaling_change_nothing():
    env, belief = asymmetric_environment("ces"), [0.6, 0.4]
    held = np.array([[2.0, 6.0], [3.5, 4.0], [3.0, 5.0]])
    part = resource_utilisation(env, [0, 1, 2], held, belief).coefficient
    assert resource_utilisation(swapped(env), [0, 1, 2], held[:, ::-1], belief).coefficient == pytest.approx(part, rel=1e-10)
    assert resource_utilisation(env, [0, 1, 2] * 3, np.tile(held, (3, 1)), belief).coefficient == pytest.approx(part, rel=1e-10)
    assert resource_utilisation(env, [0, 1, 2], 7 * held, belief).coefficient == pytest.approx(part, rel=1e-10)


def test_who_holds_one_good_only_under_log_utility_needs_nothing():
    env = asymmetric_environment("cobb-douglas-log")
    found = resource_utilisation(env, [0, 1, 2], [[0.0, 9.0], [4.0, 3.0], [5.0, 3.0]], [0.5, 0.5])
    assert found.bundles[0].tolist() == [0.0, 0.0]
    assert found.coefficient < 1
    assert resource_utilisation(env, [0, 1], [[0.0, 9.0], [4.0, 0.0]], [0.5, 0.5]).coefficient == 0.0
    assert mrs_dispersion(env, [0, 1], [[0.0, 9.0], [4.0, 1.0]], [0.5, 0.5]) == np.inf
    with pytest.raises(NotDecomposed, match="must be positive"):
        resource_utilisation(env, [0, 1], [[0.0, 9.0], [0.0, 3.0]], [0.5, 0.5])


def test_the_share_of_the_gains_is_what_is_won_over_what_could_be():
    assert gains_share([3.0, 4.0], [2.0, 2.0], [4.0, 4.0]) == pytest.approx(0.75)
    assert gains_share([6.0, 4.0], [2.0, 2.0], [4.0, 4.0]) == pytest.approx(1.5)
    assert np.isnan(gains_share([2.0], [2.0], [2.0]))


@pytest.mark.parametrize("family", FAMILIES)
def test_many_groups_at_once_have_the_coefficients_of_each_alone(family):
    rng = np.random.default_rng(11)
    env = make_environment([[0.2, 0.5], [0.6, 0.8]], [[0.7, 0.3], [0.3, 0.7]], family)
    group = np.array([0, 1, 0, 2, 2, 1, 3, 3, 0])
    kinds, bundles = rng.integers(0, 2, 9), rng.uniform(1, 20, (9, 2))
    bundles[[6, 7], 0] = 0.0  # nobody of the last group holds any q
    belief = np.array([[1.0, 0.0], [0.3, 0.7], [0.0, 1.0], [0.5, 0.5]])
    found = utilisation_coefficients(env, group, kinds, bundles, belief)
    for place in range(3):
        here = group == place
        alone = resource_utilisation(env, kinds[here], bundles[here], belief[place]).coefficient
        assert found[place] == pytest.approx(alone, rel=1e-12)
    assert np.isnan(found[3])
