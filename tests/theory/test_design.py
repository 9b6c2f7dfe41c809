"""Assumptions and design figures against hand computation."""

from __future__ import annotations

from math import comb, log

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment, with_active
from theory.checks.assumptions import assumptions
from theory.checks.steepness import adjacent_costs, on_grid, read_on_grid, stage1_far_from_zero, stage1_gain, stage2_gain
from theory.economy.utility import CES, CRRA, LOG_COBB_DOUGLAS
from theory.equilibrium.stage2 import solve_stage2

GRID = 0.2
TWO = make_environment([[0.2], [0.7]], [[0.6, 0.4]], scale=10.0, shift=0.0)


def status(env):
    return {a.name: a for a in assumptions(env)}


def points(weight, q):
    return 10 * (weight * log(q) + (1 - weight) * log(20 - q))


def test_the_gain_over_no_trade_is_that_of_the_closed_form():
    expected = [(points(0.2, 4) - points(0.2, 10)) / points(0.2, 10), (points(0.7, 14) - points(0.7, 10)) / points(0.7, 10)]
    np.testing.assert_allclose(stage1_gain(TWO), expected, rtol=1e-12)


def test_the_cost_of_mimicry_is_that_of_the_closed_form():
    first, second = adjacent_costs(TWO)
    assert (first.own, first.other, second.own, second.other) == (0, 1, 1, 0)
    assert first.points == pytest.approx(points(0.2, 4) - points(0.2, 14), rel=1e-12)
    assert first.of_no_trade == pytest.approx(first.points / points(0.2, 10), rel=1e-12)
    assert second.of_gain == pytest.approx((points(0.7, 14) - points(0.7, 4)) / (points(0.7, 14) - points(0.7, 10)), rel=1e-12)


def test_only_neighbours_in_the_order_of_the_optima_are_compared():
    env = make_environment([[0.2], [0.9], [0.5]], [[0.4, 0.3, 0.3]])
    assert {(c.own, c.other) for c in adjacent_costs(env)} == {(0, 2), (2, 0), (2, 1), (1, 2)}


def test_the_stage_2_gain_is_the_average_over_states_and_configurations():
    env = with_active(make_environment([[0.2, 0.4], [0.6, 0.9]], [[0.7, 0.3], [0.2, 0.8]], prior=[0.3, 0.7], scale=5.0), 3)
    gain = no_trade = far = 0.0
    for z in range(2):
        for n in range(4):
            found = solve_stage2(env, [[n, 3 - n]])
            chance = env.prior[z] * comb(3, n) * env.likelihood[z, 0] ** n * env.likelihood[z, 1] ** (3 - n)
            for kind, count in enumerate([n, 3 - n]):
                if count:
                    kept = env.utility.points(10, 10, env.utility.weight[kind, z])
                    paid = env.utility.points(*found.bundles[0, kind], env.utility.weight[kind, z])
                    gain += chance * count / 3 * (paid - kept)
                    no_trade += chance * count / 3 * kept
                    far += chance * count / 3 * (found.offers[0, kind].max() >= 5 * GRID)
    figures = stage2_gain(env, GRID)
    assert figures.overall == pytest.approx(gain / no_trade, rel=1e-10)
    assert figures.far_from_zero == pytest.approx(far, rel=1e-12)
    assert 0 < figures.far_from_zero < 1
    # the average over types, weighted with what no trade pays each, is the overall gain
    marginal = env.prior @ env.likelihood
    kept = np.array(
        [(env.prior * env.likelihood[:, k]) @ env.utility.points(10, 10, env.utility.weight[k]) / marginal[k] for k in range(2)]
    )
    assert (marginal * kept) @ figures.by_type / (marginal @ kept) == pytest.approx(figures.overall, rel=1e-10)


def test_too_many_configurations_are_not_enumerated():
    env = make_environment(np.full((6, 1), 0.5), np.full((1, 6), 1 / 6), agents=200)
    assert stage2_gain(env, 0.1) is None


def test_offers_are_rounded_within_the_endowment():
    env = make_environment([[0.2], [0.7]], [[0.5, 0.5]], endowment=(1.0, 0.95))
    np.testing.assert_allclose(on_grid(env, [[0.34, 0], [0, 0.95], [1.0, 0]], 0.1), [[0.3, 0], [0, 0.9], [1.0, 0]], atol=1e-15)


def test_a_coarse_grid_blurs_close_optima():
    env = make_environment([[0.52], [0.54]], [[0.5, 0.5]])
    assert read_on_grid(env, 0.1) == (True, True)
    assert read_on_grid(env, 2.0) == (True, False)
    np.testing.assert_allclose(stage1_far_from_zero(env, 0.1), [4, 8], rtol=1e-12)


def test_coinciding_optima_are_read_on_no_grid():
    assert read_on_grid(make_environment([[0.5], [0.5]], [[0.5, 0.5]]), 0.1) == (False, False)


def test_all_assumptions_hold_in_a_well_made_economy():
    assert {a.status for a in assumptions(asymmetric_environment(CES))} == {"held"}


def test_states_that_no_type_tells_apart_fail_informativeness():
    found = status(make_environment([[0.2, 0.3], [0.7, 0.8]], [[0.6, 0.4], [0.6, 0.4]]))
    assert found["informativeness"].status == "failed"
    assert found["informativeness"].number == 0
    assert found["A1"].status == "failed"


def test_a1_can_fail_where_informativeness_holds():
    """Two states with the same probability of one type are distinguished by the others, but not by every bipartition."""
    found = status(make_environment(np.full((3, 2), 0.5), [[0.2, 0.3, 0.5], [0.2, 0.5, 0.3]]))
    assert found["informativeness"].status == "held"
    assert found["informativeness"].number == pytest.approx(0.2)
    assert found["A1"].status == "failed"
    assert "t0" in found["A1"].detail


def test_the_number_of_a1_is_the_least_difference_over_bipartitions():
    found = status(make_environment(np.full((3, 2), 0.5), [[0.2, 0.3, 0.5], [0.3, 0.25, 0.45]]))["A1"]
    assert found.number == pytest.approx(0.05)
    assert found.status == "held"


def test_a1_is_unknown_where_there_are_too_many_bipartitions():
    assert status(make_environment(np.full((17, 2), 0.5), np.full((2, 17), 1 / 17)))["A1"].status == "unknown"


def test_nobody_inactive_fails_the_threat():
    found = status(make_environment([[0.2], [0.7]], [[0.5, 0.5]], agents=5))["someone is inactive"]
    assert (found.status, found.number) == ("failed", 0)


def test_demand_is_monotone_up_to_unit_elasticity_and_not_beyond():
    for curvature, expected in ((0.5, "held"), (0.9, "held"), (2.0, "failed"), (8.0, "failed")):
        env = make_environment([[0.2], [0.7]], [[0.5, 0.5]], CRRA, curvature=curvature)
        assert status(env)["monotone competitive demand"].status == expected
    assert status(TWO)["monotone competitive demand"].status == "held"


def test_the_worst_elasticity_of_log_cobb_douglas_has_a_closed_form():
    # q = w (p + 1)/p and r = (1 - w)(p + 1): elasticities -1/(1+p) and p/(1+p), nearest to 0 at the ends of the price range
    env = make_environment([[0.2], [0.7]], [[0.5, 0.5]], LOG_COBB_DOUGLAS, epsilon=(0.1, 0.3))
    low, high = 0.03 / 1.01, 1.03 / 0.01
    expected = max(-1 / (1 + high), -low / (1 + low))
    assert status(env)["monotone competitive demand"].number == pytest.approx(expected, rel=1e-9)
