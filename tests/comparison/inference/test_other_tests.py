"""Trends, equivalence, many tests at once, and intervals from resampling units."""

from math import factorial

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from comparison.inference.equivalence import equivalence_test
from comparison.inference.intervals import jackknife_interval, percentile_interval, studentized_interval
from comparison.inference.multiple import holm
from comparison.inference.one_sample import flip_p_value
from comparison.inference.trend import jonckheere_test, page_test

UNITS = np.array([0.31, -0.12, 0.55, 0.07, 0.42, 0.18, 0.22])


def test_page_is_scipys_test_of_the_better_direction_doubled():
    table = np.random.default_rng(4).normal(size=(5, 4)) - np.arange(4)
    assert page_test("", table).p_value == pytest.approx(2 * stats.page_trend_test(-table).pvalue)
    assert page_test("", -table).p_value == pytest.approx(page_test("", table).p_value)


def test_pages_estimate_is_the_mean_rank_correlation_with_the_period():
    table = np.random.default_rng(5).normal(size=(6, 5))
    expected = np.mean([stats.spearmanr(row, np.arange(5)).statistic for row in table])
    assert page_test("", table).estimate == pytest.approx(expected)


def test_a_rise_in_every_unit_gives_pages_least_p_value():
    found = page_test("", np.tile(np.arange(3.0), (4, 1)))
    assert found.estimate == pytest.approx(1.0)
    assert found.p_value == pytest.approx(found.least_p)
    assert found.least_p == pytest.approx(2 / factorial(3) ** 4)


def test_page_needs_two_units_and_three_periods():
    assert "three periods" in page_test("", np.ones((5, 2))).note
    assert "One unit" in page_test("", [[1.0, 2.0, 3.0], [1.0, np.nan, 3.0]]).note


def test_jonckheere_of_two_treatments_is_the_permuted_mann_whitney_statistic():
    first, second = UNITS[:3], UNITS[3:] + 0.2
    found = jonckheere_test("", [first, second])
    assert found.estimate == pytest.approx(stats.mannwhitneyu(second, first).statistic / 12)
    assert found.p_value == pytest.approx(stats.mannwhitneyu(second, first, method="exact").pvalue)


def test_treatments_in_order_give_jonckheeres_least_p_value_and_in_reverse_the_same():
    samples = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    found, back = jonckheere_test("", samples), jonckheere_test("", samples[::-1])
    assert found.p_value == back.p_value == found.least_p == pytest.approx(2 / 90)
    assert (found.estimate, back.estimate) == (1.0, 0.0)


def test_jonckheere_counts_a_tie_as_half():
    assert jonckheere_test("", [[1.0, 2.0], [2.0, 3.0]]).estimate == 3.5 / 4


def test_jonckheere_needs_two_units_in_each_treatment():
    assert np.isnan(jonckheere_test("", [[1.0], [2.0, 3.0]]).p_value)


def test_equivalence_takes_the_larger_of_the_two_one_sided_p_values():
    found = equivalence_test("", UNITS, 0.5)
    assert found.p_value == max(flip_p_value(UNITS + 0.5, "greater"), flip_p_value(UNITS - 0.5, "less"))
    assert found.least_p == 1 / 2**7
    assert "at -0.5" in found.note
    assert "at 0.5" in found.note


def test_equivalence_by_t_is_statsmodels_own():
    found = equivalence_test("", UNITS, 0.3, null=0.1, exact=False)
    assert found.p_value == pytest.approx(DescrStatsW(UNITS).ttost_mean(-0.2, 0.4)[0])


@pytest.mark.parametrize("exact", [True, False])
def test_equivalence_is_claimed_where_the_ninety_per_cent_interval_lies_within_the_margins(exact):
    for margin in np.linspace(0.2, 0.6, 41):
        found = equivalence_test("", UNITS, margin, exact=exact)
        assert (found.p_value <= 0.05) == (found.low > -margin and found.high < margin)


def test_equivalence_wants_a_margin_above_zero_and_two_units():
    with pytest.raises(ValueError, match="above zero"):
        equivalence_test("", UNITS, 0.0)
    assert np.isnan(equivalence_test("", UNITS[:1], 1.0).p_value)


def test_holm_by_hand_and_tests_without_a_p_value_are_not_counted():
    np.testing.assert_allclose(holm([0.01, np.nan, 0.04, 0.03]), [0.03, np.nan, 0.06, 0.06])
    assert np.isnan(holm([np.nan])).all()


def test_the_jackknife_of_a_mean_is_students_interval():
    without = [np.delete(UNITS, unit).mean() for unit in range(7)]
    found = jackknife_interval(UNITS.mean(), without)
    assert (found.low, found.high) == pytest.approx(stats.ttest_1samp(UNITS, 0).confidence_interval())


def test_the_bootstrap_t_interval_of_normal_units_is_about_students():
    values = np.random.default_rng(6).normal(size=200)
    found = studentized_interval(values)
    assert (found.low, found.high) == pytest.approx(stats.ttest_1samp(values, 0).confidence_interval(), abs=0.02)


def test_the_bootstrap_t_interval_reaches_further_on_the_side_of_the_long_tail():
    skewed = np.array([0.1, 0.2, 0.3, 0.5, 0.9, 1.7, 3.5, 6.0])
    found = studentized_interval(skewed)
    assert found.high - skewed.mean() > skewed.mean() - found.low


def test_few_units_make_the_bootstrap_t_longer_than_the_percentile_interval():
    short, long = percentile_interval(UNITS), studentized_interval(UNITS)
    assert long.low < short.low
    assert long.high > short.high


@pytest.mark.parametrize("interval", [percentile_interval, studentized_interval])
def test_resampled_intervals_move_with_the_units_and_do_not_depend_on_their_order(interval):
    here, there = interval(UNITS), interval(UNITS[::-1] + 3.0)
    assert (there.low, there.high) == pytest.approx((here.low + 3, here.high + 3))
    assert np.isnan(interval(UNITS[:1]).low)
