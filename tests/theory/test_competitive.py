"""Lemma 2 and Proposition 2: the competitive equilibrium, and the rate at which stage 2 approaches it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from tests.economies import asymmetric_environment, economies, random_economy, relabelled, swapped
from tests.sizes import sized
from tests.theory.independent import marginal_utilities
from theory.economy.utility import CRRA, FAMILIES, LOG_COBB_DOUGLAS
from theory.equilibrium import competitive
from theory.equilibrium.competitive import competitive_equilibrium, competitive_equilibrium_at
from theory.equilibrium.reduced_game import cross
from theory.equilibrium.stage2 import NotSolved, solve_stage2


@given(economies(family=LOG_COBB_DOUGLAS))
@settings(max_examples=sized(small=20, full=200), deadline=None)
def test_log_cobb_douglas_price_has_its_closed_form(economy):
    env = economy.environment
    mu, w = env.likelihood, env.utility.weight.T
    price = ((mu * w).sum(1) * env.endowment_r + env.epsilon_r) / ((mu * (1 - w)).sum(1) * env.endowment_q + env.epsilon_q)
    np.testing.assert_allclose(competitive_equilibrium(env).price, price, rtol=1e-12)


@given(economies())
@settings(max_examples=sized(small=20, full=100), deadline=None)
def test_markets_clear_budgets_bind_and_rates_of_substitution_equal_the_price(economy):
    env = economy.environment
    found = competitive_equilibrium(env)
    for z in range(len(env.states)):
        price, bundles = found.price[z], found.bundles[z]
        # eq. (19) and the budget
        cleared = env.epsilon_r / price + env.likelihood[z] @ bundles[:, 0]
        assert cleared == pytest.approx(env.endowment_q + env.epsilon_q, rel=1e-10)
        np.testing.assert_allclose(bundles @ [price, 1.0], price * env.endowment_q + env.endowment_r, rtol=1e-10)
        for kind, (q, r) in enumerate(bundles):
            # what is left of a good after an offer of nearly all of it is a difference with few digits
            digits_lost = max(env.endowment_q / q if q > 0 else np.inf, env.endowment_r / r if r > 0 else np.inf)
            if digits_lost < 1e9:
                in_q, in_r = marginal_utilities(env, kind, np.eye(len(env.states))[z].tolist(), q, r)
                assert in_q / in_r == pytest.approx(price, rel=1e-10 + 1e-14 * digits_lost)


def test_every_random_economy_has_its_competitive_equilibrium():
    generator = np.random.default_rng(2)
    for index in range(1000):
        env = random_economy(generator, FAMILIES[index % 4]).environment
        found = competitive_equilibrium(env)
        assert (found.residual <= 1e-10 * max(env.endowment_q, env.endowment_r)).all()
        totals = (env.likelihood[:, :, None] * found.offers).sum(axis=1) + env.epsilon
        np.testing.assert_allclose(found.price, totals[:, 1] / totals[:, 0], rtol=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
def test_offers_are_what_the_allocation_gives_up_as_in_lemma_2(family):
    env = asymmetric_environment(family)
    found = competitive_equilibrium(env)
    np.testing.assert_allclose(found.offers, np.maximum(np.array([3.0, 5.0]) - found.bundles, 0), rtol=0, atol=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("state", [0, 1])
def test_stage_2_approaches_the_competitive_equilibrium_at_rate_one_over_m(family, state):
    env = asymmetric_environment(family)
    limit = competitive_equilibrium(env)
    posterior = np.eye(2)[state]
    scaled = {}
    for active in (10_000, 100_000):
        found = solve_stage2(env, [np.rint(env.likelihood[state] * active)], posterior=posterior)
        errors = np.abs(found.offers[0] - limit.offers[state]).max(axis=0)
        scaled[active] = active * np.append(errors, abs(found.price[0] - limit.price[state]))
    assert (scaled[10_000] > 1e-3).all()
    np.testing.assert_allclose(scaled[100_000], scaled[10_000], rtol=0.01)


@pytest.mark.parametrize("family", FAMILIES)
def test_relabelling_and_swapping_carry_over_to_the_limit(family):
    env = asymmetric_environment(family)
    found = competitive_equilibrium(env)
    order = np.array([2, 0, 1])
    np.testing.assert_allclose(competitive_equilibrium(relabelled(env, order)).offers, found.offers[:, order], rtol=1e-11)
    np.testing.assert_allclose(competitive_equilibrium(swapped(env)).price, 1 / found.price, rtol=1e-11)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_equilibrium_moves_continuously_with_epsilon(family):
    env = asymmetric_environment(family)
    near = replace(env, epsilon_q=env.epsilon_q * (1 + 1e-7), epsilon_r=env.epsilon_r * (1 - 1e-7))
    np.testing.assert_allclose(competitive_equilibrium(near).price, competitive_equilibrium(env).price, rtol=1e-6)


def test_one_equilibrium_where_demand_is_not_monotone():
    """Excess demand of L^z(epsilon) changes sign once, although single demands bend backwards (crra, c > 1)."""
    env = asymmetric_environment(CRRA)
    weight, share = env.utility.weight[:, 0], env.likelihood[0]
    price = np.exp(np.linspace(np.log(1e-3), np.log(1e4), 20_000))
    # q from r/q = (p (1-w)/w)^(1/c) and the budget
    ratio = (price[:, None] * (1 - weight) / weight) ** (1 / 2.5)
    demand = (price[:, None] * 3.0 + 5.0) / (price[:, None] + ratio)
    assert (np.diff(demand, axis=0) > 0).any()
    excess = env.epsilon_r / price + demand @ share - 3.0 - env.epsilon_q
    crossing = np.flatnonzero(np.diff(np.sign(excess)))
    assert len(crossing) == 1
    assert price[crossing[0]] <= competitive_equilibrium(env).price[0] <= price[crossing[0] + 1]


@pytest.mark.parametrize("family", FAMILIES)
def test_posteriors_and_shares_can_be_given(family):
    env = asymmetric_environment(family)
    by_state = competitive_equilibrium(env)
    np.testing.assert_array_equal(competitive_equilibrium_at(env, [1, 0], env.likelihood[0]).price, by_state.price[:1])
    between = competitive_equilibrium_at(env, [[0.5, 0.5]], [[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])
    assert between.price.shape == (2,)
    # a type without agents takes the price, and does not move it
    assert np.isfinite(between.offers).all()
    alone = competitive_equilibrium_at(env, [[0.5, 0.5]], [[0.0, 0.5, 0.5]])
    np.testing.assert_allclose(alone.price, between.price[:1], rtol=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_price_takers_with_beliefs_of_their_own_clear_the_market_at_their_rates_of_substitution(family):
    env = asymmetric_environment(family)
    belief, shares = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]), np.array([0.2, 0.5, 0.3])
    found = competitive_equilibrium_at(env, belief[None], [shares, [0.6, 0.1, 0.3]])
    assert found.price.shape == (2,)
    price, bundles = found.price[0], found.bundles[0]
    assert env.epsilon_r / price + shares @ bundles[:, 0] == pytest.approx(env.endowment_q + env.epsilon_q, rel=1e-11)
    np.testing.assert_allclose(bundles @ [price, 1.0], price * env.endowment_q + env.endowment_r, rtol=1e-11)
    for kind, (q, r) in enumerate(bundles):
        in_q, in_r = marginal_utilities(env, kind, belief[kind].tolist(), q, r)
        assert in_q / in_r == pytest.approx(price, rel=1e-9)


@pytest.mark.parametrize("posterior", [[0.2, 0.3, 0.5], [[[0.5, 0.5]]], [[[1.0], [1.0], [1.0]]]])
def test_posteriors_of_another_economy_are_refused(posterior):
    with pytest.raises(ValueError, match="a posterior needs 2 states and shares need 3 types"):
        competitive_equilibrium_at(asymmetric_environment(CRRA), posterior, [0.5, 0.2, 0.3])


def test_shares_that_do_not_sum_to_one_are_refused():
    with pytest.raises(ValueError, match="sum to 1"):
        competitive_equilibrium_at(asymmetric_environment(CRRA), [1, 0], [0.5, 0.5, 0.5])


def test_prices_that_do_not_clear_are_refused(monkeypatch):
    def wrong(game):
        found = cross(game)
        return type(found)(found.log_price + 1e-6, found.log_ratio, found.settled)

    monkeypatch.setattr(competitive, "cross", wrong)
    monkeypatch.setattr(competitive, "cross_bracketed", wrong)
    with pytest.raises(NotSolved, match="No competitive equilibrium"):
        competitive_equilibrium(asymmetric_environment(CRRA))
