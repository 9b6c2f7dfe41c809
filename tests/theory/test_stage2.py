"""Proposition 1: closed forms, invariances and refusals of the stage-2 equilibrium."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.economies import SOME_FAMILIES, asymmetric_environment, economies, in_other_units, make_environment, relabelled, swapped
from tests.sizes import sized
from tests.theory.independent import best_reply as independent_best_reply
from tests.theory.independent import largest_gap
from theory.economy.environment import read_environment
from theory.economy.utility import CES, CRRA, FAMILIES, LOG_COBB_DOUGLAS
from theory.equilibrium import stage2
from theory.equilibrium.reduced_game import cross
from theory.equilibrium.stage2 import NotSolved, best_reply, solve_stage2
from theory.mechanism import is_offer, market_trade

SAME = {"rtol": 0, "atol": 1e-11}


@given(economies())
@settings(max_examples=sized(small=20, full=100), deadline=None)
def test_offers_are_one_sided_best_replies_to_each_other(economy):
    env, counts = economy.environment, economy.configurations
    found = solve_stage2(env, counts)
    assert is_offer(found.offers[counts > 0], env.endowment).all()
    assert largest_gap(env, counts[0], found.posterior[0], found.offers[0]) <= 1e-9


@given(economies())
@settings(max_examples=sized(small=20, full=50), deadline=None)
def test_price_totals_and_bundles_are_those_of_the_mechanism(economy):
    env, counts = economy.environment, economy.configurations[0]
    found = solve_stage2(env, [counts])
    everybody = np.repeat(found.offers[0], counts, axis=0)
    trade = market_trade(env, everybody)
    assert found.price[0] == pytest.approx(trade.price, rel=1e-12)
    assert (found.total_q[0], found.total_r[0]) == pytest.approx((trade.total_q, trade.total_r), rel=1e-12)
    np.testing.assert_allclose(np.repeat(found.bundles[0], counts, axis=0), trade.bundles, rtol=1e-11)


@given(economies())
@settings(max_examples=sized(small=20, full=50), deadline=None)
def test_relabelling_the_types_relabels_the_offers(economy):
    env, counts = economy.environment, economy.configurations
    order = np.arange(len(env.types))[::-1]
    found, other = solve_stage2(env, counts), solve_stage2(relabelled(env, order), counts[:, order])
    np.testing.assert_allclose(other.offers[:, order] / env.endowment_r, found.offers / env.endowment_r, rtol=0, atol=1e-10)
    assert other.price == pytest.approx(found.price, rel=1e-10)


@given(economies())
@settings(max_examples=sized(small=20, full=50), deadline=None)
def test_swapping_the_goods_inverts_the_price_and_swaps_the_offers(economy):
    env, counts = economy.environment, economy.configurations
    found, other = solve_stage2(env, counts), solve_stage2(swapped(env), counts)
    assert other.price * found.price == pytest.approx(1, rel=1e-10)
    ends = env.endowment
    np.testing.assert_allclose(other.offers[..., ::-1] / ends, found.offers / ends, rtol=0, atol=1e-10)


@given(economies(family=LOG_COBB_DOUGLAS))
@settings(max_examples=sized(small=20, full=30), deadline=None)
def test_offers_scale_with_the_units_of_the_goods(economy):
    env, counts = economy.environment, economy.configurations
    found, other = solve_stage2(env, counts), solve_stage2(in_other_units(env, 7.0, 0.01), counts)
    ends = env.endowment
    np.testing.assert_allclose(other.offers / (ends * [7.0, 0.01]), found.offers / ends, rtol=0, atol=1e-10)
    assert other.price == pytest.approx(found.price * 0.01 / 7, rel=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
def test_everything_twice_as_large_is_offered_twice_over(family):
    env = asymmetric_environment(family)
    found = solve_stage2(env, [[3, 4, 3]])
    other = solve_stage2(in_other_units(env, 2.0, 2.0), [[3, 4, 3]])
    np.testing.assert_allclose(other.offers, 2 * found.offers, rtol=0, atol=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
def test_two_types_that_are_the_same_make_the_same_offer_and_can_be_counted_together(family):
    weight, likelihood = [[0.3, 0.5], [0.6, 0.8]], np.array([[0.6, 0.4], [0.3, 0.7]])
    env = make_environment(weight, likelihood, family)
    split = make_environment(
        [weight[0], weight[1], weight[1]], np.column_stack([likelihood[:, 0], likelihood[:, 1:] / 2, likelihood[:, 1:] / 2]), family
    )
    found, other = solve_stage2(env, [[4, 6]]), solve_stage2(split, [[4, 1, 5]])
    np.testing.assert_allclose(other.offers[0], found.offers[0][[0, 1, 1]], **SAME)


def test_an_agent_alone_faces_the_exogenous_offers_only():
    # log Cobb-Douglas: w/(q-b) = (1-w)/(r + b R/(Q+b)) RQ/(Q+b)^2, a quadratic in b
    env = make_environment([[0.3], [0.5]], [[0.5, 0.5]], epsilon=(1.0, 3.0))
    keen, q, r, eps_q, eps_r = 0.3 / 0.7, 10.0, 10.0, 1.0, 3.0
    a, b, c = keen * (r + eps_r), keen * eps_q * (2 * r + eps_r) + eps_r * eps_q, eps_q * (keen * r * eps_q - eps_r * q)
    root = (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a)
    np.testing.assert_allclose(solve_stage2(env, [[1, 0]]).offers[0, 0], [root, 0.0], rtol=1e-12)


def test_nobody_trades_where_the_price_without_them_is_everybodys_rate_of_substitution():
    env = make_environment([[0.4], [0.4]], [[0.5, 0.5]], epsilon=(0.3, 0.2), endowment=(1.0, 1.0))
    found = solve_stage2(env, [[3, 5]])
    np.testing.assert_allclose(found.offers, 0.0, atol=1e-15)
    assert found.price[0] == pytest.approx(2 / 3, rel=1e-14)


def test_the_gross_substitutes_families_offer_more_of_what_the_others_want():
    env = make_environment([[0.2], [0.8]], [[0.5, 0.5]])
    price = solve_stage2(env, [[9 - n, n + 1] for n in range(9)]).price
    assert (np.diff(price) > 0).all()


def test_a_type_without_agents_has_no_offer_and_no_bundle():
    found = solve_stage2(asymmetric_environment(CES), [[5, 0, 7]])
    assert np.isnan(found.offers[0, 1]).all()
    assert np.isnan(found.bundles[0, 1]).all()
    assert np.isfinite(found.offers[0, [0, 2]]).all()


def test_a_type_without_agents_changes_nothing():
    env = asymmetric_environment(CRRA)
    without = make_environment(
        env.utility.weight[[0, 2]],
        env.likelihood[:, [0, 2]] / env.likelihood[:, [0, 2]].sum(axis=1, keepdims=True),
        CRRA,
        endowment=(3.0, 5.0),
        epsilon=(0.06, 0.25),
        curvature=2.5,
    )
    found, other = solve_stage2(env, [[5, 0, 7]], posterior=[0.3, 0.7]), solve_stage2(without, [[5, 7]], posterior=[0.3, 0.7])
    np.testing.assert_allclose(found.offers[0, [0, 2]], other.offers[0], rtol=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_batch_is_its_single_calls_to_the_last_digit(family):
    env = asymmetric_environment(family)
    counts = np.random.default_rng(1).multinomial(11, [0.3, 0.3, 0.4], 40)
    batch = solve_stage2(env, counts)
    for row in range(len(counts)):
        alone = solve_stage2(env, counts[row : row + 1])
        for field in ("posterior", "price", "total_q", "total_r", "offers", "bundles", "residual"):
            np.testing.assert_array_equal(getattr(alone, field)[0], getattr(batch, field)[row])


@pytest.mark.parametrize("family", FAMILIES)
def test_absent_agents_add_their_exogenous_offers_and_nothing_else(family):
    env = asymmetric_environment(family)
    found = solve_stage2(env, [[2, 2, 2]], active=10)
    total = np.array([2, 2, 2]) @ found.offers[0] + 10 * env.epsilon
    assert (found.total_q[0], found.total_r[0]) == pytest.approx(tuple(total), rel=1e-12)
    for kind in range(3):
        others = total - found.offers[0, kind]
        reply = independent_best_reply(env, kind, found.posterior[0].tolist(), *others.tolist())
        np.testing.assert_allclose(found.offers[0, kind], reply, rtol=0, atol=1e-9)


def test_tastes_next_to_the_corners_are_solved_without_a_warning():
    # at the endowment the rate of substitution is beyond what a floating-point number holds
    env = make_environment([[0.15, 0.5], [0.5, 0.85]], [[0.7, 0.3], [0.3, 0.7]], CRRA, endowment=(1000.0, 0.1), curvature=200.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = solve_stage2(env, [[4, 6]])
    assert found.residual[0] <= 1e-7


@given(economies(), st.integers(0, 2**32 - 1))
@settings(max_examples=sized(small=20, full=60), deadline=None)
def test_each_type_best_replies_with_the_belief_of_its_own(economy, seed):
    env, counts = economy.environment, economy.configurations
    belief = np.random.default_rng(seed).dirichlet(np.ones(len(env.states)), (1, len(env.types)))
    found = solve_stage2(env, counts, posterior=belief)
    assert found.posterior.tolist() == belief.tolist()
    total = np.array([found.total_q[0], found.total_r[0]])
    ends = env.endowment
    for kind in np.flatnonzero(counts[0]):
        offer = found.offers[0, kind]
        reply = independent_best_reply(env, int(kind), belief[0, kind].tolist(), *(total - offer).tolist())
        np.testing.assert_allclose(offer / ends, np.array(reply) / ends, rtol=0, atol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_belief_that_all_types_share_is_the_common_posterior(family):
    env = asymmetric_environment(family)
    counts, belief = [[3, 4, 3], [0, 2, 8]], np.array([[0.3, 0.7], [0.9, 0.1]])
    common, own = solve_stage2(env, counts, posterior=belief), solve_stage2(env, counts, posterior=np.repeat(belief[:, None], 3, axis=1))
    np.testing.assert_array_equal(own.offers, common.offers)


@pytest.mark.parametrize("family", SOME_FAMILIES)
def test_the_bracketing_fallback_keeps_each_types_belief(family, monkeypatch):
    env, counts = asymmetric_environment(family), [[3, 4, 3], [1, 2, 7]]
    belief = np.array([[[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]], [[0.3, 0.7], [0.6, 0.4], [0.0, 1.0]]])
    expected = solve_stage2(env, counts, posterior=belief)

    def half_unsettled(game):
        found = cross(game)
        return type(found)(found.log_price + np.array([0, 1]), found.log_ratio, np.array([True, False]))

    monkeypatch.setattr(stage2, "cross", half_unsettled)
    np.testing.assert_allclose(solve_stage2(env, counts, posterior=belief).offers, expected.offers, rtol=0, atol=1e-10)


def test_where_all_are_absent_the_exogenous_offers_set_the_price():
    found = solve_stage2(asymmetric_environment(CES), [[0, 0, 0]], active=4)
    assert found.price[0] == pytest.approx(0.25 / 0.06, rel=1e-14)
    np.testing.assert_allclose(found.posterior[0], [0.4, 0.6])


@given(economies())
@settings(max_examples=sized(small=20, full=60), deadline=None)
def test_best_replies_maximise_expected_points(economy):
    env, counts = economy.environment, economy.configurations[0]
    belief = np.full(len(env.states), 1 / len(env.states))
    others = counts.sum() * env.epsilon + np.array([0.3 * env.endowment_q, 0.8 * env.endowment_r])
    for kind in range(len(env.types)):
        reply = best_reply(env, kind, belief, *others)
        expected = independent_best_reply(env, kind, belief.tolist(), *others.tolist())
        ends = env.endowment
        np.testing.assert_allclose(reply / ends, np.array(expected) / ends, rtol=0, atol=1e-10)


def test_best_replies_broadcast():
    env = asymmetric_environment(CES)
    belief = np.array([[0.1, 0.9], [0.8, 0.2]])
    table = best_reply(env, np.arange(3)[:, None], belief[None, :, :], 5.0, 60.0)
    assert table.shape == (3, 2, 2)
    for kind in range(3):
        for row in range(2):
            np.testing.assert_array_equal(table[kind, row], best_reply(env, kind, belief[row], 5.0, 60.0))


@pytest.mark.parametrize("family", FAMILIES)
def test_best_replies_found_by_bracketing_alone_are_the_same(family, monkeypatch):
    env = asymmetric_environment(family)
    belief = np.array([[0.1, 0.9], [0.8, 0.2]])
    arguments = (env, np.arange(3)[:, None], belief[None, :, :], 5.0, 6.0)
    expected = best_reply(*arguments)
    monkeypatch.setattr("theory.equilibrium.best_reply.NEWTON_STEPS", 0)
    np.testing.assert_allclose(best_reply(*arguments), expected, **SAME)


@pytest.mark.parametrize("family", SOME_FAMILIES)
def test_the_bracketing_fallback_finds_the_same_equilibrium(family, monkeypatch):
    env, counts = asymmetric_environment(family), [[3, 4, 3], [0, 2, 8], [10, 0, 0]]
    expected = solve_stage2(env, counts)

    def unsettled(game):
        found = cross(game)
        return type(found)(found.log_price + 1, found.log_ratio, np.zeros_like(found.settled))

    monkeypatch.setattr(stage2, "cross", unsettled)
    found = solve_stage2(env, counts)
    np.testing.assert_allclose(found.offers, expected.offers, rtol=0, atol=1e-10)


def test_an_answer_that_is_no_best_reply_to_itself_is_refused(monkeypatch):
    def wrong(game):
        found = cross(game)
        return type(found)(found.log_price, found.log_ratio * 1.001, found.settled)

    monkeypatch.setattr(stage2, "cross", wrong)
    monkeypatch.setattr(stage2, "cross_bracketed", wrong)
    with pytest.raises(NotSolved, match=r"No stage-2 equilibrium was found for the type configuration \[3, 4, 3\]"):
        solve_stage2(asymmetric_environment(LOG_COBB_DOUGLAS), [[3, 4, 3]])


@pytest.mark.parametrize(
    ("counts", "arguments", "sentence"),
    [
        ([[1, 2]], {}, "one column for each of 3 types"),
        ([1, 2], {}, "one column for each of 3 types"),
        ([[1.5, 2, 3]], {}, "whole numbers"),
        ([[-1, 2, 3]], {}, "whole numbers"),
        ([[0, 0, 0]], {}, "at least one agent"),
        ([[1, 2, 3]], {"active": 5}, "more than the 5 active"),
        ([[1, 2, 3]], {"posterior": [0.5, 0.6]}, "sum to 1"),
        ([[1, 2, 3]], {"posterior": [1.0]}, "one column for each of 2 states"),
        ([[1, 2, 3]], {"posterior": [[np.nan, 1.0]]}, "sum to 1"),
        ([[1, 2, 3]], {"posterior": [[[0.5, 0.5], [0.4, 0.6]]]}, "one column for each of 2 states"),
        ([[1, 2, 3]], {"posterior": [[[0.5, 0.5], [0.4, 0.6], [0.5, 0.4]]]}, "sum to 1"),
    ],
)
def test_a_wrong_argument_gets_a_sentence(counts, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        solve_stage2(asymmetric_environment(CES), counts, **arguments)


def test_the_number_of_active_agents_can_differ_from_row_to_row():
    env = read_environment("environments/mixed_values.toml")
    counts, active = np.array([[3, 4], [3, 4], [1, 0]]), np.array([7, 10, 4])
    together = solve_stage2(env, counts, active=active)
    for row in range(3):
        np.testing.assert_allclose(together.price[row], solve_stage2(env, counts[[row]], active=int(active[row])).price[0], rtol=1e-14)
    with pytest.raises(ValueError, match="counts 7 agents, more than the 6 active ones"):
        solve_stage2(env, counts, active=[7, 6, 4])
