"""Slips in the paper that can be shown: each test states the correction, and that the printed version fails."""

from __future__ import annotations

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment
from theory.economy.utility import COBB_DOUGLAS, CRRA, FAMILIES
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import posterior
from theory.mechanism import bundle_against_totals


def test_lemma_1_case_i_pays_the_offer_with_the_other_sign():
    # printed: r(b'') - r-bar = b''_r; the agent who offers b''_r of good r has that much less of it
    others, two_sided = (3.0, 5.0), np.array([0.5, 2.0])
    gamma = (two_sided[1] * others[0] - two_sided[0] * others[1]) / (others[1] + two_sided[1])
    one_sided = np.array([0.0, others[1] * gamma / (others[0] - gamma)])
    assert gamma > 0
    wanted, given = (bundle_against_totals(b, *others, [10.0, 10.0]) for b in (two_sided, one_sided))
    assert given == pytest.approx(wanted, rel=1e-14)
    assert given[1] - 10.0 == pytest.approx(-one_sided[1], rel=1e-14)


@pytest.mark.parametrize("family", FAMILIES)
def test_market_clearing_by_sides_adds_what_the_sellers_keep(family):
    # printed before eq. (20): eps_r/p + sum over X+ of mu (q - q-bar) MINUS sum over X- of mu (q - q-bar) = eps_q
    env = asymmetric_environment(family)
    limit = competitive_equilibrium(env)
    excess = limit.bundles[:, :, 0] - env.endowment_q
    bought = (env.likelihood * np.maximum(excess, 0)).sum(axis=1)
    sold = (env.likelihood * np.minimum(excess, 0)).sum(axis=1)
    assert env.epsilon_r / limit.price + bought + sold == pytest.approx(env.epsilon_q, rel=1e-9)
    assert (np.abs(env.epsilon_r / limit.price + bought - sold - env.epsilon_q) > 0.1).all()


def test_proposition_2_needs_that_nobody_has_a_type_that_the_state_excludes():
    # sigma/M tends to mu_z although one agent has a type that z excludes: Bayes' rule then puts 0 on z at every M
    env = make_environment([[0.2, 0.6], [0.7, 0.3], [0.4, 0.5]], [[0.6, 0.4, 0.0], [0.3, 0.4, 0.3]])
    limit = competitive_equilibrium(env).offers[0]
    for active in (1_000, 100_000):
        counts = [[int(0.6 * active), active - int(0.6 * active) - 1, 1]]
        assert posterior(env, counts)[0, 0] == 0.0
        assert np.abs(solve_stage2(env, counts).offers[0, :2] - limit[:2]).max() > 0.1
        held = solve_stage2(env, counts, posterior=[1.0, 0.0]).offers[0, :2]
        assert np.abs(held - limit[:2]).max() < 30 / active


@pytest.mark.parametrize(("family", "separable"), [(CRRA, True), (COBB_DOUGLAS, False)])
def test_the_separable_form_in_two_proofs_is_not_the_general_one(family, separable):
    # the ends of the proofs of Proposition 2 and Claim 2 maximise u(q; x, z) + w(r): no cross derivative, as not all families
    env = asymmetric_environment(family)
    u = env.utility.points
    step, weight = 1e-3, env.utility.weight[0, 0]
    cross = (u(3 + step, 4 + step, weight) - u(3 + step, 4, weight) - u(3, 4 + step, weight) + u(3, 4, weight)) / step**2
    assert (abs(cross) < 1e-6) == separable
