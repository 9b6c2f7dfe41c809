"""Tests that units centre on a hypothesis: against hand enumeration and SciPy, and what holds whatever the data."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from comparison.inference.one_sample import flip_interval, flip_p_value, sign_flip_test, sign_test, wilcoxon_test
from tests.sizes import sized

UNITS = np.array([0.31, -0.12, 0.55, 0.07, 0.42, 0.18])


def enumerated_p(distances):
    sums = np.array([np.dot(signs, distances) for signs in product((1, -1), repeat=len(distances))])
    return float((np.abs(sums) >= abs(distances.sum()) - 1e-12).mean())


@pytest.mark.parametrize("null", [0.0, 0.1, 0.235, 0.6])
def test_the_sign_flip_p_value_is_the_share_of_all_flips_whose_mean_is_as_far_from_the_hypothesis(null):
    assert sign_flip_test("", UNITS, null).p_value == pytest.approx(enumerated_p(UNITS - null), abs=1e-12)


def test_units_that_all_lie_on_one_side_give_the_least_p_value_there_is():
    found = sign_flip_test("", np.abs(UNITS))
    assert found.p_value == found.least_p == 2 / 2**6
    assert sign_flip_test("", [1.0, 2.0, 3.0, 4.0]).least_p == 0.125


@pytest.mark.parametrize("test", [sign_flip_test, wilcoxon_test])
def test_the_interval_holds_exactly_the_hypotheses_that_are_not_rejected(test):
    rng = np.random.default_rng(5)
    for units in (6, 7, 9, 20):
        values = rng.exponential(size=units)
        found = test("", values)
        reach = 1e-6
        assert test("", values, found.low + reach).p_value > 0.05
        assert test("", values, found.high - reach).p_value > 0.05
        assert test("", values, found.low - reach).p_value <= 0.05
        assert test("", values, found.high + reach).p_value <= 0.05


@pytest.mark.parametrize("test", [sign_flip_test, wilcoxon_test, sign_test])
@pytest.mark.parametrize("units", [6, 20])
def test_the_order_of_the_units_does_not_matter(test, units):
    values = np.random.default_rng(2).normal(0.3, size=units)
    assert test("", values[::-1]) == test("", values)


@pytest.mark.parametrize("test", [sign_flip_test, wilcoxon_test])
def test_turning_every_sign_turns_the_interval_and_keeps_the_p_value(test):
    there, back = test("", UNITS), test("", -UNITS)
    assert back.p_value == pytest.approx(there.p_value)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert back.estimate == pytest.approx(-there.estimate)


def test_beyond_the_enumerated_flips_the_draws_come_close_to_the_t_test_of_normal_data():
    values = np.random.default_rng(8).normal(0.3, size=40)
    found = sign_flip_test("", values)
    assert found.p_value == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=0.01)
    assert (found.low, found.high) == pytest.approx(stats.ttest_1samp(values, 0).confidence_interval(), abs=0.03)
    assert found.least_p == 2 / 10_000
    assert "9999 draws" in found.method


def test_a_unit_exactly_at_the_hypothesis_makes_the_least_p_value_no_smaller():
    found = sign_flip_test("", [0.0, 0.0, 1.0, 2.0, 3.0])
    assert found.least_p == found.p_value == 2 / 2**3
    assert found.estimate == pytest.approx(1.2)
    assert "2 of 5 units" in found.note


@pytest.mark.parametrize("test", [sign_flip_test, wilcoxon_test])
@pytest.mark.parametrize("units", [6, 60])
def test_units_that_all_lie_at_the_hypothesis_cannot_contradict_it(test, units):
    found = test("", np.full(units, 0.2), 0.2)
    assert found.p_value == found.least_p == 1.0
    assert found.estimate == pytest.approx(0.2)
    assert f"{units} of {units}" in found.note


def test_with_four_units_there_is_no_interval_and_the_note_says_so():
    found = sign_flip_test("", [0.1, 0.2, 0.3, 0.4])
    assert np.isnan(found.low)
    assert np.isnan(found.high)
    assert "no interval" in found.note


@pytest.mark.parametrize("test", [sign_flip_test, wilcoxon_test, sign_test])
@pytest.mark.parametrize("values", [[], [0.4], [np.nan, 0.4]])
def test_less_than_two_units_are_not_tested_and_the_note_says_why(test, values):
    found = test("", values)
    assert np.isnan(found.p_value)
    assert np.isnan(found.least_p)
    assert found.units == np.count_nonzero(~np.isnan(values))
    assert found.note


@pytest.mark.parametrize("test", [sign_flip_test, wilcoxon_test, sign_test])
def test_a_unit_without_a_number_is_left_out(test):
    assert test("", [*UNITS, np.nan]) == test("", UNITS)


def test_one_sided_p_values_of_a_flip_test_count_the_flips_on_their_side():
    sums = np.array([np.dot(signs, UNITS) for signs in product((1, -1), repeat=6)])
    assert flip_p_value(UNITS, "greater") == pytest.approx((sums >= UNITS.sum() - 1e-12).mean())
    assert flip_p_value(UNITS, "less") == pytest.approx((sums <= UNITS.sum() + 1e-12).mean())


@pytest.mark.parametrize(("unit", "on_its_side", "other"), [(0.3, "greater", "less"), (-0.3, "less", "greater")])
def test_one_unit_off_the_hypothesis_has_two_flips(unit, on_its_side, other):
    assert flip_p_value(np.array([0.0, unit, 0.0]), on_its_side) == 0.5
    assert flip_p_value(np.array([0.0, unit, 0.0]), other) == 1.0
    assert sign_flip_test("", [0.0, unit, 0.0]).p_value == 1.0


def test_hartigans_interval_is_two_order_statistics_of_the_subset_means():
    means = sorted(UNITS[list(chosen)].mean() for chosen in map(np.array, product((False, True), repeat=6)) if any(chosen))
    assert flip_interval(UNITS, 0.95) == pytest.approx((means[0], means[-1]))
    assert flip_interval(UNITS, 0.90) == pytest.approx((means[2], means[-3]))


def test_wilcoxon_is_scipys_exact_one_with_the_median_of_the_walsh_averages():
    found = wilcoxon_test("", UNITS)
    assert found.p_value == stats.wilcoxon(UNITS, method="exact").pvalue
    assert found.least_p == 2 / 2**6
    walsh = [(UNITS[i] + UNITS[j]) / 2 for i in range(6) for j in range(i, 6)]
    assert found.estimate == pytest.approx(np.median(walsh))


def test_tied_ranks_are_flipped_instead_of_looked_up():
    values = np.array([1.0, 1.0, 2.0, 3.0, -1.0, 4.0])
    ranks = stats.rankdata(np.abs(values))
    assert wilcoxon_test("", values).p_value == pytest.approx(enumerated_p(ranks * np.sign(values)))


def test_beyond_fifty_units_ranks_are_compared_with_a_normal_distribution_and_the_method_says_so():
    values = np.random.default_rng(6).normal(0.2, size=60)
    found = wilcoxon_test("", values)
    assert found.p_value == pytest.approx(stats.wilcoxon(values, method="asymptotic").pvalue)
    assert "normal approximation" in found.method
    assert "exact" in wilcoxon_test("", values[:50]).method
    assert "draws" in wilcoxon_test("", values[:50].round(1), level=sized(small=None, full=0.05)).method  # an interval takes seconds


def test_the_sign_test_is_the_binomial_test_of_the_decided_units():
    found = sign_test("", [1, 2, 0, 3, -1, 0.5])
    assert found.p_value == pytest.approx(stats.binomtest(4, 5).pvalue)
    assert (found.estimate, found.least_p, found.units) == (0.8, 2 / 2**5, 5)
    assert "1 of 6 units" in found.note
