"""Tests between treatments: against hand enumeration and SciPy, and what holds whatever the data."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy import stats

from comparison.inference.two_sample import mann_whitney_test, permutation_test

FIRST, SECOND = np.array([0.9, 1.4, 0.7, 1.1, 1.3]), np.array([0.2, 0.8, 0.5, 1.0])


def enumerated_p(first, second):
    pooled, found = np.concatenate([first, second]), []
    for chosen in combinations(range(len(pooled)), len(first)):
        here = np.isin(np.arange(len(pooled)), chosen)
        found.append(stats.ttest_ind(pooled[here], pooled[~here], equal_var=False).statistic)
    found = np.round(found, 9)
    return 2 * min((found >= found[0]).mean(), (found <= found[0]).mean())


def test_the_permutation_p_value_is_twice_the_smaller_tail_of_welchs_t_over_all_ways_to_label_the_units():
    assert permutation_test("", FIRST, SECOND).p_value == pytest.approx(enumerated_p(FIRST, SECOND))


def test_with_equally_many_units_it_is_the_permutation_test_of_the_plain_difference():
    rng = np.random.default_rng(4)
    for _ in range(5):
        first, second = rng.exponential(size=5), rng.exponential(size=5)
        plain = stats.permutation_test((first, second), lambda x, y, axis: x.mean(axis) - y.mean(axis), n_resamples=np.inf)
        assert permutation_test("", first, second).p_value == pytest.approx(plain.pvalue)


@pytest.mark.parametrize("test", [permutation_test, mann_whitney_test])
def test_treatments_that_do_not_overlap_give_the_least_p_value_there_is(test):
    found = test("", [5.0, 6.1, 7.3], [1.0, 2.2, 3.1, 4.5])
    assert found.p_value == pytest.approx(2 / comb(7, 3))
    assert found.least_p == pytest.approx(2 / comb(7, 3))


@pytest.mark.parametrize("test", [permutation_test, mann_whitney_test])
@pytest.mark.parametrize("sizes", [(4, 4), (5, 7), (10, 12)])
def test_the_interval_holds_the_shifts_that_are_not_rejected(test, sizes):
    rng = np.random.default_rng(11)
    first, second = rng.normal(1.0, size=sizes[0]), rng.normal(size=sizes[1])
    found = test("", first, second)
    reach = 1e-4
    assert test("", first - found.low - reach, second).p_value > 0.05
    assert test("", first - found.high + reach, second).p_value > 0.05
    assert test("", first - found.low + reach, second).p_value <= 0.05
    assert test("", first - found.high - reach, second).p_value <= 0.05


@pytest.mark.parametrize("test", [permutation_test, mann_whitney_test])
def test_exchanging_the_treatments_turns_the_sign(test):
    there, back = test("", FIRST, SECOND), test("", SECOND, FIRST)
    assert back.p_value == pytest.approx(there.p_value)
    assert (back.estimate, back.low, back.high) == pytest.approx((-there.estimate, -there.high, -there.low), abs=1e-5)


@pytest.mark.parametrize("test", [permutation_test, mann_whitney_test])
@pytest.mark.parametrize("units", [5, 15])
def test_the_order_of_the_units_does_not_matter(test, units):
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=units), rng.normal(size=units)
    assert test("", first[::-1], second[::-1]) == test("", first, second)


@pytest.mark.parametrize("test", [permutation_test, mann_whitney_test])
def test_treatments_that_are_alike_in_every_unit_cannot_differ(test):
    found = test("", np.ones(4), np.ones(4))
    assert found.p_value == 1.0
    assert found.estimate == 0.0


@pytest.mark.parametrize("test", [permutation_test, mann_whitney_test])
def test_one_unit_in_a_treatment_is_not_tested_and_the_note_says_why(test):
    found = test("", [1.0], [1.0, 2.0, 3.0])
    assert np.isnan(found.p_value)
    assert found.units == 4
    assert "One treatment has 1" in found.note


def test_mann_whitney_is_scipys_exact_one_with_the_median_difference():
    found = mann_whitney_test("", FIRST, SECOND)
    assert found.p_value == stats.mannwhitneyu(FIRST, SECOND, method="exact").pvalue
    assert found.estimate == pytest.approx(np.median(np.subtract.outer(FIRST, SECOND)))


def test_tied_units_are_permuted_instead_of_looked_up():
    first, second = np.array([1.0, 2.0, 2.0, 3.0]), np.array([1.0, 1.0, 0.0, 2.0])
    ranks = stats.rankdata(np.concatenate([first, second]))
    sums = np.array([ranks[list(chosen)].sum() for chosen in combinations(range(8), 4)])
    assert mann_whitney_test("", first, second).p_value == pytest.approx(2 * min((sums >= sums[0]).mean(), (sums <= sums[0]).mean()))


def test_beyond_fifty_units_ranks_are_compared_with_a_normal_distribution_and_the_method_says_so():
    first, second = np.random.default_rng(6).normal(0.2, size=60), np.random.default_rng(7).normal(size=5)
    found = mann_whitney_test("", first, second)
    assert found.p_value == pytest.approx(stats.mannwhitneyu(first, second, method="asymptotic").pvalue)
    assert "normal approximation" in found.method
    assert "exact" in mann_whitney_test("", first[:50], second).method


def test_with_many_units_the_draws_come_close_to_welchs_t():
    rng = np.random.default_rng(3)
    first, second = rng.normal(0.4, 2.0, 30), rng.normal(size=60)
    welch = stats.ttest_ind(first, second, equal_var=False)
    found = permutation_test("", first, second)
    assert found.p_value == pytest.approx(welch.pvalue, abs=0.02)
    assert (found.low, found.high) == pytest.approx(welch.confidence_interval(), abs=0.08)
    assert found.least_p == 2 / 10_000
