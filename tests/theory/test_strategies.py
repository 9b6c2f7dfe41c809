"""Profiles of strategies for many market rounds at once: the same as one market at a time, and never outside O."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment
from theory.economy.utility import CES, CRRA, FAMILIES
from theory.equilibrium.rivals import AUTARKY, COMPETITIVE_PRIVATE, LIMIT_STATE, NASH, NASH_STATE, all_rivals, rival_outcome
from theory.equilibrium.separating import announced_offers, second_stage
from theory.equilibrium.stage1 import NotSeparating, read_type, stage1_optimum
from theory.equilibrium.stage2 import solve_stage2
from theory.mechanism import active_after_draw, is_offer
from theory.simulation.market_rounds import simulate
from theory.simulation.strategies import (
    FirstStage,
    Profile,
    candidate_offers,
    defector_profile,
    equilibrium_profile,
    noisy_profile,
    rival_profile,
)

GENERATOR = np.random.default_rng(0)
"""For strategies that do not look at it."""


def begun_at_random(env, sessions: int, seed: int = 3) -> FirstStage:
    """Stage-1 offers anywhere in O: most agents are read as another type."""
    generator = np.random.default_rng(seed)
    shape = (sessions, env.agents)
    side = generator.integers(0, 2, (*shape, 1)) == [0, 1]
    offers = generator.random((*shape, 1)) * side * [env.endowment_q, env.endowment_r]
    active = active_after_draw(generator.random(shape), env.active)
    return FirstStage(env, generator.integers(0, len(env.states), sessions), generator.integers(0, len(env.types), shape), active, offers)


@pytest.mark.parametrize("family", FAMILIES)
def test_s2_star_of_many_markets_is_s2_star_of_each_whoever_defected(family):
    env = asymmetric_environment(family)
    begun = begun_at_random(env, 40)
    offers = candidate_offers(GENERATOR, begun)
    defectors = 0
    for s in range(40):
        active = begun.active[s]
        alone = announced_offers(env, begun.types[s, active], begun.offers[s, active])
        np.testing.assert_allclose(offers[s, active], alone, rtol=0, atol=1e-9)
        defectors += (read_type(env, begun.offers[s, active]) != begun.types[s, active]).sum()
    assert defectors > 100


def test_on_the_path_of_the_candidate_everybody_offers_beta_of_the_true_types():
    env = asymmetric_environment(CES)
    found = simulate(env, equilibrium_profile(env), 50, 4)
    for s in range(50):
        np.testing.assert_array_equal(found.stage1[s], stage1_optimum(env).offers[found.types[s]])
        active, types = found.active[s], found.types[s]
        beta = solve_stage2(env, [np.bincount(types[active], minlength=3)]).offers[0]
        np.testing.assert_allclose(found.stage2[s, active], beta[types[active]], rtol=0, atol=1e-12)


def test_only_the_defector_of_the_type_offers_something_else_and_the_others_believe_it():
    env = asymmetric_environment(CRRA)
    optimum = stage1_optimum(env).offers
    usual = simulate(env, equilibrium_profile(env), 300, 4)
    found = simulate(env, defector_profile(env, 1, optimum[2], agent=5), 300, 4)
    changed = (found.stage1 != usual.stage1).any(axis=2)
    np.testing.assert_array_equal(np.flatnonzero(changed.any(axis=0)), [5])
    np.testing.assert_array_equal(changed[:, 5], found.types[:, 5] == 1)
    for s in np.flatnonzero(changed[:, 5] & found.active[:, 5])[:20]:
        others = np.bincount(np.delete(found.types[s], 5)[np.delete(found.active[s], 5)], minlength=3)
        expected = second_stage(env, 1, 2, others)
        np.testing.assert_allclose(found.stage2[s, 5], expected.offer, rtol=0, atol=1e-10)
        np.testing.assert_allclose(found.bundles[s, 5], expected.bundle, rtol=1e-10)
        honest = np.flatnonzero(found.active[s] & (np.arange(env.agents) != 5))
        beta = solve_stage2(env, expected.others_believe[None]).offers[0]
        np.testing.assert_allclose(found.stage2[s, honest], beta[found.types[s, honest]], rtol=0, atol=1e-10)


def test_a_defector_read_as_an_impossible_type_leads_to_the_belief_of_the_least_trembles():
    # a type that excludes the first state, read from an agent among others of a type that excludes the second
    env = make_environment([[0.2, 0.4], [0.5, 0.6], [0.7, 0.9]], [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]])
    found = simulate(env, defector_profile(env, 1, stage1_optimum(env).offers[2]), 400, 2)
    counts = np.stack([np.bincount(types[active], minlength=3) for types, active in zip(found.types, found.active, strict=True)])
    odd = np.flatnonzero((found.types[:, 0] == 1) & found.active[:, 0] & (counts[:, 0] > 0))
    assert odd.size > 10
    for s in odd[:10]:
        expected = second_stage(env, 1, 2, counts[s] - [0, 1, 0])
        np.testing.assert_allclose(found.stage2[s, 0], expected.offer, rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.bundles[s, 0], expected.bundle, rtol=1e-9)


@pytest.mark.parametrize("rival", all_rivals(0.3), ids=lambda rival: rival.name)
def test_a_rivals_offers_are_those_that_it_predicts_at_the_true_types(rival):
    env = asymmetric_environment(CES)
    found = simulate(env, rival_profile(env, rival), 30, 6)
    for s in range(30):
        active = found.active[s]
        types = found.types[s, active]
        predicted = rival_outcome(env, rival, [np.bincount(types, minlength=3)], found.state[s])
        np.testing.assert_allclose(found.stage2[s, active], predicted.offers[0, types], rtol=0, atol=1e-12)
        np.testing.assert_array_equal(found.stage1[s], stage1_optimum(env).offers[found.types[s]])
        if rival is not LIMIT_STATE:
            assert found.price[s] == pytest.approx(predicted.price[0], rel=1e-12)
            np.testing.assert_allclose(found.bundles[s, active], predicted.bundles[0, types], rtol=1e-11)


@pytest.mark.parametrize("family", FAMILIES)
def test_noise_stays_within_o_and_has_its_spread(family):
    env = asymmetric_environment(family)
    profile = Profile(np.zeros((3, 2)), rival_profile(env, AUTARKY).stage2)
    found = simulate(env, noisy_profile(env, profile, 0.02, 0.05), 2000, 7)
    for offers, spread in ((found.stage1.reshape(-1, 2), 0.02), (found.stage2[found.active], 0.05)):
        assert is_offer(offers, env.endowment).all()
        net = offers[:, 0] / env.endowment_q - offers[:, 1] / env.endowment_r
        assert net.mean() == pytest.approx(0.0, abs=4 * spread / np.sqrt(net.size))
        assert net.std() == pytest.approx(spread, rel=4 / np.sqrt(2 * net.size))
    wild = simulate(env, noisy_profile(env, equilibrium_profile(env), 3.0, 3.0), 50, 7)
    assert is_offer(wild.stage1, env.endowment).all()
    assert ((wild.stage2[wild.active] == [env.endowment_q, env.endowment_r]).any(axis=1)).any()


def test_no_noise_changes_nothing():
    env = asymmetric_environment(CES)
    usual, found = simulate(env, equilibrium_profile(env), 40, 1), simulate(env, noisy_profile(env, equilibrium_profile(env)), 40, 1)
    np.testing.assert_allclose(found.bundles, usual.bundles, rtol=1e-13)


def test_who_does_not_read_offers_can_be_simulated_where_they_tell_nothing():
    env = replace(asymmetric_environment(CES))
    alike = make_environment([[0.3, 0.6], [0.6, 0.3]], [[0.5, 0.5], [0.5, 0.5]])
    for rival in (NASH, NASH_STATE, COMPETITIVE_PRIVATE):
        assert np.isfinite(simulate(alike, rival_profile(alike, rival), 5, 1).price).all()
    with pytest.raises(NotSeparating):
        simulate(alike, equilibrium_profile(alike), 5, 1)
    assert np.isfinite(simulate(env, equilibrium_profile(env), 5, 1).price).all()
