"""The four utility families against their definitions and against finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.economies import economies
from tests.sizes import sized
from tests.theory.independent import marginal_utilities
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, FAMILIES, LOG_COBB_DOUGLAS, Utility

WEIGHT = np.array([[0.3, 0.6]])


def utility(family, **fields):
    curvature = None if family == LOG_COBB_DOUGLAS else fields.pop("curvature", 0.5)
    return Utility(family, WEIGHT, curvature=curvature, rho=fields.pop("rho", 0.4) if family == CES else None, **fields)


@pytest.mark.parametrize(
    ("made", "points"),
    [
        (utility(LOG_COBB_DOUGLAS), 0.3 * np.log(2) + 0.7 * np.log(5)),
        (utility(COBB_DOUGLAS), (2**0.3 * 5**0.7) ** 0.5),
        (utility(CES), (0.3 * 2**0.4 + 0.7 * 5**0.4) ** (0.5 / 0.4)),
        (utility(CRRA, curvature=3.0), (0.3 * 2**-2 + 0.7 * 5**-2) / -2),
        (utility(LOG_COBB_DOUGLAS, scale=60.0, shift=-110.0), 60 * (0.3 * np.log(2) + 0.7 * np.log(5)) - 110),
    ],
)
def test_points_are_as_defined(made, points):
    assert made.points(2, 5, 0.3) == pytest.approx(points, rel=1e-14)


def test_a_missing_good_is_worth_minus_infinity_only_where_the_family_says_so():
    assert utility(LOG_COBB_DOUGLAS).points(0, 5, 0.3) == -np.inf
    assert utility(CRRA, curvature=2.0).points(0, 5, 0.3) == -np.inf
    assert utility(CRRA, curvature=0.5).points(0, 5, 0.3) > -np.inf
    assert utility(COBB_DOUGLAS).points(0, 5, 0.3) == 0


def test_a_state_of_probability_zero_adds_nothing_to_expected_points():
    made = utility(LOG_COBB_DOUGLAS)
    assert made.expected_points(2, 5, WEIGHT[0], [1, 0]) == made.points(2, 5, 0.3)
    assert made.expected_points(0, 5, np.array([1e-300, 0.5]), [0, 1]) == -np.inf


@given(economies(), st.floats(-4, 4))
@settings(max_examples=sized(small=20, full=100), deadline=None)
def test_log_mrs_is_the_ratio_of_marginal_utilities_and_its_slope_their_derivative(economy, log_ratio):
    env = economy.environment
    belief = env.prior
    for kind in range(len(env.types)):
        weight = env.utility.weight[kind]
        found = env.utility.log_mrs(log_ratio, weight, belief)
        in_q, in_r = marginal_utilities(env, kind, belief.tolist(), 1.0, float(np.exp(log_ratio)))
        assert found.value == pytest.approx(np.log(in_q / in_r), abs=1e-10)
        step = 1e-5
        ahead, behind = (env.utility.log_mrs(log_ratio + d, weight, belief).value for d in (step, -step))
        assert found.slope == pytest.approx((ahead - behind) / (2 * step), rel=1e-5, abs=1e-7)
        assert found.slope > 0


@given(economies(), st.floats(0.1, 10), st.floats(0.1, 10))
@settings(max_examples=sized(small=20, full=60), deadline=None)
def test_marginal_utilities_are_the_derivatives_of_points(economy, q, r):
    """This ties the derivatives that the best replies of the tests rest on to the points paid."""
    env, step = economy.environment, 1e-6
    belief, weight = env.prior, env.utility.weight[0]
    by_q = env.utility.expected_points([q + step, q - step], r, weight, belief)
    by_r = env.utility.expected_points(q, [r + step, r - step], weight, belief)
    in_q, in_r = marginal_utilities(env, 0, belief.tolist(), q, r)
    assert (by_q[0] - by_q[1]) / (by_r[0] - by_r[1]) == pytest.approx(in_q / in_r, rel=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_curve_in_units_of_the_endowment_is_the_same_curve(family):
    made = utility(family)
    belief = np.array([0.2, 0.8])
    ratio = np.linspace(-3, 3, 7)
    plain, slope = made.marginal_rate(WEIGHT[0][:, None], belief[:, None])(ratio + np.log(7.0))
    unit, unit_slope = made.marginal_rate(WEIGHT[0][:, None], belief[:, None], 7.0)(ratio)
    np.testing.assert_allclose(unit, plain - np.log(7.0), rtol=0, atol=1e-13)
    np.testing.assert_allclose(unit_slope, slope, rtol=0, atol=1e-13)
