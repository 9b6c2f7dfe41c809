"""The agents' own competitive equilibrium, without exogenous offers: closed forms, invariants, efficiency."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment, random_economy, relabelled, swapped
from tests.theory.independent import marginal_utilities
from theory.economy.utility import FAMILIES, LOG_COBB_DOUGLAS
from theory.efficiency.coefficients import mrs_dispersion, resource_utilisation
from theory.equilibrium import closed_economy as module
from theory.equilibrium.closed_economy import closed_economy
from theory.equilibrium.competitive import competitive_equilibrium_at
from theory.equilibrium.stage2 import NotSolved
from theory.information.beliefs import posterior

COUNTS = np.array([[3, 4, 3], [1, 0, 5], [7, 2, 1]])


def test_log_cobb_douglas_has_its_closed_form():
    env = asymmetric_environment(LOG_COBB_DOUGLAS)
    belief = posterior(env, COUNTS)
    on_q = np.einsum("bk,kz,bz->b", COUNTS / COUNTS.sum(axis=1, keepdims=True), env.utility.weight, belief)
    price = on_q * env.endowment_r / ((1 - on_q) * env.endowment_q)
    assert closed_economy(env, COUNTS, belief).price == pytest.approx(price, rel=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_everybody_is_at_the_price_and_the_goods_are_shared_out(family):
    generator = np.random.default_rng(20)
    for _ in range(25):
        economy = random_economy(generator, family)
        env, counts = economy.environment, economy.configurations
        belief = generator.dirichlet(np.ones(len(env.states)))
        found = closed_economy(env, counts, belief)
        held = counts[0] @ found.bundles[0] / counts.sum()
        np.testing.assert_allclose(held, [env.endowment_q, env.endowment_r], rtol=1e-9)
        if abs(np.log(found.price[0] / env.endowment_ratio)) > 12:
            continue  # what so small an offer buys has too few digits
        for kind, (q, r) in enumerate(found.bundles[0]):
            assert found.price[0] * q + r == pytest.approx(found.price[0] * env.endowment_q + env.endowment_r, rel=1e-9)
            if min(q / env.endowment_q, r / env.endowment_r) > 1e-6:
                in_q, in_r = marginal_utilities(env, kind, belief.tolist(), q, r)
                assert np.log(in_q / in_r) == pytest.approx(np.log(found.price[0]), abs=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_wasted(family):
    env = asymmetric_environment(family)
    belief = posterior(env, COUNTS)
    found = closed_economy(env, COUNTS, belief)
    for row, counts in enumerate(COUNTS):
        here = np.flatnonzero(counts)
        bundles = found.bundles[row, here]
        assert resource_utilisation(env, here, bundles, belief[row], counts[here]).coefficient == pytest.approx(1.0, abs=1e-10)
        assert mrs_dispersion(env, here, bundles, belief[row], counts[here]) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_it_is_what_lemma_2_comes_to_as_the_exogenous_offers_vanish(family):
    env = asymmetric_environment(family)
    belief, shares = np.tile([0.3, 0.7], (3, 1)), COUNTS / COUNTS.sum(axis=1, keepdims=True)
    alone = closed_economy(env, COUNTS, belief)
    gaps = []
    for part in (1e-3, 1e-5):
        near = competitive_equilibrium_at(replace(env, epsilon_q=part * 3.0, epsilon_r=2 * part * 5.0), belief, shares)
        gaps.append(np.abs(near.price / alone.price - 1).max())
    assert 0 < gaps[0] < 1e-2
    assert gaps[1] == pytest.approx(gaps[0] / 100, rel=0.05)


@pytest.mark.parametrize("family", FAMILIES)
def test_relabelling_swapping_and_replicating_carry_over(family):
    env, order, belief = asymmetric_environment(family), np.array([2, 0, 1]), [0.4, 0.6]
    found = closed_economy(env, COUNTS, belief)
    other = closed_economy(relabelled(env, order), COUNTS[:, order], belief)
    np.testing.assert_allclose(other.bundles, found.bundles[:, order], rtol=1e-9)
    np.testing.assert_allclose(closed_economy(swapped(env), COUNTS, belief).price * found.price, 1.0, rtol=1e-10)
    np.testing.assert_allclose(closed_economy(env, 7 * COUNTS, belief).bundles, found.bundles, rtol=1e-10)


def test_where_nobody_differs_nobody_trades():
    env = make_environment([[0.6, 0.6], [0.6, 0.6]], [[0.5, 0.5], [0.2, 0.8]])
    found = closed_economy(env, [[3, 4]], [0.5, 0.5])
    assert found.price[0] == pytest.approx(1.5, rel=1e-12)
    np.testing.assert_allclose(found.bundles[0], 10.0, rtol=1e-12)


def test_a_market_that_does_not_clear_is_no_answer(monkeypatch):
    env = asymmetric_environment(LOG_COBB_DOUGLAS)
    honest = module.price_taking_offers
    monkeypatch.setattr(module, "price_taking_offers", lambda rate, price: honest(rate, price) * 0.99)
    monkeypatch.setattr(module, "CLEARED", -1.0)
    with pytest.raises(NotSolved, match="left over"):
        closed_economy(env, COUNTS, [0.3, 0.7])
