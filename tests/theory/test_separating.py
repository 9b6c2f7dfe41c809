"""s2* of eq. (7)-(10), on the path, after defections, and with agents who made no offer."""

from __future__ import annotations

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment, with_active
from tests.theory.independent import best_reply as independent_best_reply
from theory.economy.environment import read_environment
from theory.economy.utility import CES, FAMILIES
from theory.equilibrium.separating import announced_offer, announced_offers, offers_as_read
from theory.equilibrium.stage1 import NotSeparating, read_type, stage1_optimum
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import ImpossibleConfiguration, posterior
from theory.mechanism import histogram

TYPES = np.array([0, 0, 0, 1, 1, 2, 2, 2])


def market(family=CES):
    env = with_active(asymmetric_environment(family), len(TYPES))
    return env, stage1_optimum(env).offers[TYPES].copy()


@pytest.mark.parametrize("family", FAMILIES)
def test_where_nobody_defects_all_play_the_equilibrium_of_the_true_types(family):
    env, offers = market(family)
    beta = solve_stage2(env, [[3, 2, 3]]).offers[0]
    np.testing.assert_array_equal(announced_offers(env, TYPES, offers), beta[TYPES])


def test_only_the_interval_of_an_offer_matters():
    env, offers = market()
    nudged = offers * 0.99
    np.testing.assert_array_equal(announced_offers(env, TYPES, nudged), announced_offers(env, TYPES, offers))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_defector_best_replies_with_the_own_type_to_those_whom_it_misled(family):
    env, offers = market(family)
    alpha = stage1_optimum(env).offers
    # agent 0, of type 0, offers like type 2: the others believe in 2, 2, 4 of the types
    offers[0] = alpha[2]
    found = announced_offers(env, TYPES, offers)
    beta = solve_stage2(env, [[2, 2, 4]]).offers[0]
    np.testing.assert_array_equal(found[1:], beta[TYPES[1:]])
    # eq. (10): its own sigma* is the truth, the others play beta of sigma', in which it stands as type 2
    others = np.array([2, 2, 3]) @ beta + 8 * env.epsilon
    expected = independent_best_reply(env, 0, posterior(env, [[3, 2, 3]])[0].tolist(), *others.tolist())
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-9)


def test_a_lone_agent_of_its_type_who_defects_needs_no_beta_of_its_own_type():
    env, _ = market()
    alpha = stage1_optimum(env).offers
    types, offers = np.array([0, 1, 1, 2]), alpha[[1, 1, 1, 2]]
    found = announced_offers(env, types, offers)
    beta = solve_stage2(env, [[0, 3, 1]]).offers[0]
    others = 2 * beta[1] + beta[2] + 4 * env.epsilon
    expected = independent_best_reply(env, 0, posterior(env, [[1, 2, 1]])[0].tolist(), *others.tolist())
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-9)
    assert np.isfinite(found).all()


def test_defectors_of_several_kinds_each_believe_that_only_they_defected():
    env, _ = market()
    alpha = stage1_optimum(env).offers
    read = np.array([0, 1, 2, 1, 1, 0, 2, 2])
    found = announced_offers(env, TYPES, alpha[read])
    sigma = np.bincount(read, minlength=3)
    beta = solve_stage2(env, [sigma]).offers[0]
    for agent, (own, seen) in enumerate(zip(TYPES, read, strict=True)):
        believed = sigma.copy()
        believed[seen] -= 1
        others = believed @ beta + 8 * env.epsilon
        believed[own] += 1
        expected = independent_best_reply(env, int(own), posterior(env, [believed])[0].tolist(), *others.tolist())
        np.testing.assert_allclose(found[agent], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("absent", [[], [5], [0, 4], list(range(8))])
def test_one_agent_needs_only_the_own_offer_and_the_histogram(absent):
    env, offers = market()
    offers[2] = stage1_optimum(env).offers[1]
    offers[absent] = np.nan
    announcement = histogram(offers[~np.isnan(offers[:, 0])])
    together = announced_offers(env, TYPES, offers)
    for agent, own in enumerate(TYPES):
        np.testing.assert_allclose(announced_offer(env, int(own), offers[agent], announcement), together[agent], rtol=1e-13)


def test_absent_agents_count_in_the_exogenous_offers_and_are_expected_to_offer_nothing():
    env, offers = market()
    offers[5:] = np.nan
    found = announced_offers(env, TYPES, offers)
    beta = solve_stage2(env, [[3, 2, 0]], active=8).offers[0]
    np.testing.assert_array_equal(found[:5], beta[TYPES[:5]])
    others = np.array([3, 2]) @ beta[:2] + 8 * env.epsilon
    expected = independent_best_reply(env, 2, posterior(env, [[3, 2, 1]])[0].tolist(), *others.tolist())
    np.testing.assert_allclose(found[5:], np.tile(expected, (3, 1)), rtol=0, atol=1e-9)


def test_an_offer_that_the_histogram_lacks_is_refused():
    env, offers = market()
    with pytest.raises(ValueError, match="does not hold the agent's own offer"):
        announced_offer(env, 0, offers[0], histogram(offers[5:]))


def test_announced_types_that_no_state_allows_together_are_refused():
    env = make_environment([[0.3, 0.3], [0.7, 0.7]], [[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ImpossibleConfiguration):
        announced_offers(env, [0, 0, 0], stage1_optimum(env).offers[[0, 0, 1]])


def test_without_separation_nothing_can_be_read():
    env = make_environment([[0.5], [0.5]], [[0.5, 0.5]])
    with pytest.raises(NotSeparating):
        announced_offers(env, [0, 1], [[0, 0], [0, 0]])


def test_many_markets_at_once_are_each_market_alone():
    env, rng = read_environment("environments/three_types.toml"), np.random.default_rng(3)
    sizes = [10, 12, 0, 10, 7, 10]
    own = [rng.integers(0, 3, size) for size in sizes]
    first = [stage1_optimum(env).offers[rng.integers(0, 3, size)] for size in sizes]
    first[4][:2] = np.nan
    read = [read_type(env, offers) for offers in first]
    market = np.repeat(np.arange(6), sizes)
    found = offers_as_read(env, np.concatenate(own), np.concatenate(read), market, sizes)
    for place in np.flatnonzero(sizes):
        np.testing.assert_allclose(found[market == place], announced_offers(env, own[place], first[place]), atol=1e-12)
