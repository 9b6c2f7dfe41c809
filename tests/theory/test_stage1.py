"""alpha*, eq. (4), and how offers are read, eq. (5)-(7)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import minimize_scalar

from tests.economies import asymmetric_environment, economies, make_environment, relabelled, swapped
from tests.sizes import sized
from theory.economy.utility import FAMILIES, LOG_COBB_DOUGLAS
from theory.equilibrium.stage1 import UNREAD, NotSeparating, intervals, read_type, stage1_optimum, stage1_quantity, stage1_value
from theory.information.beliefs import private_posterior
from theory.mechanism import is_offer

FOUR = make_environment([[0.2], [0.7], [0.45], [0.9]], np.full((1, 4), 0.25))


@given(economies(family=LOG_COBB_DOUGLAS))
@settings(max_examples=sized(small=20, full=100), deadline=None)
def test_log_cobb_douglas_optimum_spends_the_expected_weight_on_q(economy):
    env = economy.environment
    weight = (private_posterior(env) * env.utility.weight).sum(axis=1)
    np.testing.assert_allclose(stage1_optimum(env).q1, 2 * env.endowment_q * weight, rtol=1e-12)


@given(economies())
@settings(max_examples=sized(small=20, full=60), deadline=None)
def test_no_offer_is_worth_more_than_alpha_star(economy):
    env = economy.environment
    optimum = stage1_optimum(env)
    assert is_offer(optimum.offers, env.endowment).all()
    for kind in range(len(env.types)):

        def loss(share, kind=kind):
            q = 2 * env.endowment_q * share
            offers = np.zeros((len(env.types), 2))
            offers[kind] = [max(env.endowment_q - q, 0), max(q - env.endowment_q, 0) * env.fixed_price]
            return -stage1_value(env, offers)[kind]

        found = minimize_scalar(loss, bounds=(1e-9, 1 - 1e-9), method="bounded", options={"xatol": 1e-10})
        assert optimum.value[kind] >= -found.fun - 1e-12 * abs(found.fun)
        assert optimum.value[kind] >= optimum.no_trade[kind]


@pytest.mark.parametrize("family", FAMILIES)
def test_relabelling_and_swapping_carry_over_to_the_optimum(family):
    env = asymmetric_environment(family)
    found, order = stage1_optimum(env), np.array([2, 0, 1])
    np.testing.assert_allclose(stage1_optimum(relabelled(env, order)).offers, found.offers[order], rtol=1e-12)
    np.testing.assert_allclose(stage1_optimum(swapped(env)).offers[:, ::-1], found.offers, rtol=0, atol=1e-11)


def test_intervals_cut_the_range_at_the_midpoints():
    cut = intervals(FOUR)
    np.testing.assert_allclose(stage1_optimum(FOUR).q1, [4, 14, 9, 18], rtol=1e-13)
    np.testing.assert_allclose(cut.lower, [0, 11.5, 6.5, 16], rtol=1e-13)
    np.testing.assert_allclose(cut.upper, [6.5, 16, 11.5, 20], rtol=1e-13)
    np.testing.assert_array_equal(cut.order, [0, 2, 1, 3])


def test_an_interval_holds_its_left_end_and_the_last_one_both():
    cut = intervals(FOUR)
    middle = cut.upper[0]
    read = cut.read([0.0, middle - 1e-9, middle, np.nextafter(middle, 20), 20.0])
    np.testing.assert_array_equal(read, [0, 0, 2, 2, 3])


def test_a_grid_offer_on_a_cut_is_read_as_the_upper_type_whatever_the_rounding():
    for endowment in (1.0, 7.0, 10.0, 12.0, 100.0):
        for tenths in range(1, 10):
            weight = tenths / 20
            env = make_environment([[weight - 0.04], [weight + 0.04]], [[0.5, 0.5]], endowment=(endowment, 3 * endowment))
            np.testing.assert_array_equal(read_type(env, [[(10 - tenths) * endowment / 10, 0.0]]), [1])
            mirrored = make_environment([[0.96 - weight], [1.04 - weight]], [[0.5, 0.5]], endowment=(endowment, 3 * endowment))
            np.testing.assert_array_equal(read_type(mirrored, [[0.0, (10 - tenths) * 3 * endowment / 10]]), [1])


@pytest.mark.parametrize("family", FAMILIES)
def test_where_the_goods_are_symmetric_the_cut_is_the_endowment_and_no_offer_is_the_upper_types(family):
    generator = np.random.default_rng(20120621)
    for _ in range(100):
        low, high, share = generator.uniform(0.02, 0.48), generator.uniform(0.02, 0.98), generator.uniform(0.55, 0.95)
        low = min(low, 0.98 - high)  # the first type wants less of q on average, the second is its mirror image
        endowment = float(generator.choice([1.0, 7.0, 10.0, 12.0, 20.0, 100.0]))
        env = make_environment(
            [[low, high], [1 - high, 1 - low]], [[share, 1 - share], [1 - share, share]], family, endowment=(endowment, endowment)
        )
        np.testing.assert_array_equal(intervals(env).cuts, [endowment])
        np.testing.assert_array_equal(read_type(env, [[0.0, 0.0]]), intervals(env).order[1:])


def test_every_offer_is_read_as_the_type_with_the_nearest_optimum():
    quantity = np.linspace(0, 20, 401)
    offers = np.stack([np.maximum(10 - quantity, 0), np.maximum(quantity - 10, 0)], axis=-1)
    nearest = np.abs(stage1_quantity(FOUR, offers)[:, None] - stage1_optimum(FOUR).q1).argmin(axis=1)
    clear = np.abs(quantity[:, None] - intervals(FOUR).cuts).min(axis=1) > 1e-9
    np.testing.assert_array_equal(read_type(FOUR, offers)[clear], nearest[clear])


def test_alpha_star_is_read_as_the_own_type_and_absence_as_none():
    offers = np.vstack([stage1_optimum(FOUR).offers, [[np.nan, np.nan]]])
    np.testing.assert_array_equal(read_type(FOUR, offers), [0, 1, 2, 3, UNREAD])


def test_one_type_is_read_from_every_offer():
    env = make_environment([[0.4]], [[1.0]])
    np.testing.assert_array_equal(read_type(env, [[0, 0], [10, 0], [0, 10]]), [0, 0, 0])


def test_coinciding_optima_name_the_pair_and_alpha_star_is_still_there():
    env = make_environment([[0.2], [0.6], [0.6]], np.full((1, 3), 1 / 3))
    np.testing.assert_allclose(stage1_optimum(env).q1, [4, 12, 12])
    with pytest.raises(NotSeparating, match=r"^Types t1 and t2 have the same stage-1 optimum"):
        intervals(env)
    with pytest.raises(NotSeparating):
        read_type(env, [[0, 0]])
