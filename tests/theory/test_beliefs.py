"""Bayes' rule from type configurations, with likelihoods of zero and with a thousand signals."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings

from tests.economies import economies, make_environment, relabelled
from tests.sizes import sized
from theory.information.beliefs import (
    ImpossibleConfiguration,
    configuration_probabilities,
    configuration_text,
    is_possible,
    posterior,
    private_posterior,
)
from theory.information.enumeration import all_configurations

TWO = make_environment([[0.3, 0.6], [0.4, 0.7]], [[0.7, 0.3], [0.3, 0.7]], prior=[0.25, 0.75])


def test_posterior_is_prior_times_likelihood():
    weight = np.array([0.25 * 0.7**3 * 0.3, 0.75 * 0.3**3 * 0.7])
    np.testing.assert_allclose(posterior(TWO, [[3, 1]])[0], weight / weight.sum(), rtol=1e-14)


def test_opposite_signals_of_equal_strength_cancel():
    np.testing.assert_allclose(posterior(TWO, [[5, 5], [0, 0]]), [[0.25, 0.75], [0.25, 0.75]], rtol=1e-13)


def test_a_thousand_signals_do_not_underflow():
    found = posterior(TWO, [[1000, 0], [0, 1000], [5000, 5000]])
    np.testing.assert_allclose(found, [[1, 0], [0, 1], [0.25, 0.75]], atol=1e-12)


def test_private_posterior_is_the_posterior_from_the_own_type_alone():
    np.testing.assert_allclose(private_posterior(TWO)[0], [0.25 * 0.7 / 0.4, 0.75 * 0.3 / 0.4], rtol=1e-14)


@given(economies())
@settings(max_examples=sized(small=20, full=50), deadline=None)
def test_beliefs_are_a_martingale(economy):
    """Averaged over what the types may be, the posterior is the prior."""
    env = economy.environment
    configurations = all_configurations(3, len(env.types))
    chance = configuration_probabilities(env, configurations) @ env.prior
    np.testing.assert_allclose(chance @ posterior(env, configurations), env.prior, rtol=1e-12)
    np.testing.assert_allclose((env.prior @ env.likelihood) @ private_posterior(env), env.prior, rtol=1e-12)


@given(economies())
@settings(max_examples=sized(small=20, full=30), deadline=None)
def test_relabelling_the_types_changes_no_belief(economy):
    env, order = economy.environment, np.arange(len(economy.environment.types))[::-1]
    found = posterior(env, economy.configurations)
    np.testing.assert_allclose(posterior(relabelled(env, order), economy.configurations[:, order]), found, rtol=1e-10, atol=1e-14)


def test_one_agent_of_a_type_impossible_in_a_state_rules_the_state_out_and_none_says_nothing():
    env = make_environment([[0.3, 0.6], [0.4, 0.7]], [[0.5, 0.5], [1.0, 0.0]])
    np.testing.assert_allclose(posterior(env, [[2, 1], [2, 0]]), [[1, 0], [0.2, 0.8]], rtol=1e-14)


def test_types_that_no_state_allows_together_are_refused_by_name():
    env = make_environment([[0.3, 0.6], [0.4, 0.7]], [[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ImpossibleConfiguration, match=r"^The types t0=2, t1=1 have probability zero in every state"):
        posterior(env, [[1, 0], [2, 1]])


def test_configurations_of_the_wrong_width_are_refused():
    with pytest.raises(ValueError, match="one column for each of 2 types"):
        posterior(TWO, [[1, 2, 3]])


@pytest.mark.parametrize(("agents", "kinds"), [(1, 1), (4, 1), (5, 2), (6, 3), (3, 5)])
def test_all_configurations_are_all_and_different(agents, kinds):
    found = all_configurations(agents, kinds)
    assert found.shape == (comb(agents + kinds - 1, kinds - 1), kinds)
    assert (found.sum(axis=1) == agents).all()
    assert (found >= 0).all()
    assert len(np.unique(found, axis=0)) == len(found)


@pytest.mark.parametrize("likelihood", [[[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]], [[0.7, 0.3, 0.0], [0.0, 0.3, 0.7]]])
def test_the_probabilities_of_all_configurations_sum_to_one(likelihood):
    env = make_environment(np.full((3, 2), 0.5), likelihood)
    total = configuration_probabilities(env, all_configurations(40, 3)).sum(axis=0)
    np.testing.assert_allclose(total, 1, rtol=1e-12)


def test_configuration_probabilities_are_multinomial():
    np.testing.assert_allclose(configuration_probabilities(TWO, [[2, 1]])[0], [3 * 0.7**2 * 0.3, 3 * 0.3**2 * 0.7], rtol=1e-13)


def test_a_configuration_is_written_with_the_names_of_the_types():
    assert configuration_text(TWO, [7, 3]) == "t0=7, t1=3"


def test_types_are_possible_together_iff_bayes_rule_speaks():
    env = make_environment([[0.2, 0.3], [0.5, 0.6], [0.7, 0.8]], [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]])
    counts = np.array([[1, 1, 0], [0, 2, 1], [1, 0, 1], [0, 0, 0], [0, 3, 0]])
    np.testing.assert_array_equal(is_possible(env, counts), [True, True, False, True, True])
    for row, possible in zip(counts, is_possible(env, counts), strict=True):
        if possible:
            assert posterior(env, row[None, :]).sum() == pytest.approx(1)
        else:
            with pytest.raises(ImpossibleConfiguration):
                posterior(env, row[None, :])
