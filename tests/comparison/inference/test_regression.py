"""Clustered regressions: against statsmodels by hand, a jackknife by refitting, and a wild bootstrap written the slow way."""

from itertools import product

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from comparison.inference.one_sample import sign_flip_test
from comparison.inference.regression import clustered_test, wild_cluster_test
from docs.studies.null_data import regression


def example(units=6, kind="skewed rounds", seed=3):
    return regression(kind, units, np.random.default_rng(seed))


def slow_t(outcome, design, units, coefficient, held):
    fit = sm.OLS(outcome, design).fit(cov_type="cluster", cov_kwds={"groups": units}, use_t=True)
    return (fit.params[coefficient] - held) / fit.bse[coefficient]


def slow_wild_p(outcome, design, units, coefficient, held):
    others = np.delete(design, coefficient, axis=1)
    restricted = sm.OLS(outcome - held * design[:, coefficient], others).fit()
    fitted, left = outcome - restricted.resid, restricted.resid
    observed, extreme = abs(slow_t(outcome, design, units, coefficient, held)), []
    for signs in product((1.0, -1.0), repeat=len(np.unique(units))):
        drawn = fitted + np.array(signs)[units] * left
        extreme.append(abs(slow_t(drawn, design, units, coefficient, held)) >= observed * (1 - 1e-9))
    return np.mean(extreme)


@pytest.mark.parametrize("held", [1.0, 0.6, 1.3])
@pytest.mark.parametrize("units", [4, 6])
def test_the_wild_p_value_equals_refitting_every_flipped_sample(units, held):
    data = example(units)
    assert wild_cluster_test("", *data, 1, held).p_value == pytest.approx(slow_wild_p(*data, 1, held))


def test_for_the_constant_alone_and_units_of_equal_size_the_wild_bootstrap_is_the_sign_flip_test():
    outcome, _, units = example(7)
    found = wild_cluster_test("", outcome, np.ones((len(outcome), 1)), units, 0)
    flips = sign_flip_test("", outcome.reshape(7, -1).mean(axis=1))
    assert found.p_value == pytest.approx(flips.p_value)
    assert (found.estimate, found.low, found.high) == pytest.approx((flips.estimate, flips.low, flips.high), abs=1e-5)


@pytest.mark.parametrize("webb", [False, True])
def test_the_wild_interval_holds_the_slopes_that_are_not_rejected(webb):
    data = example(8)
    found = wild_cluster_test("", *data, 1, webb=webb)
    reach = 1e-4
    assert wild_cluster_test("", *data, 1, found.low + reach, webb).p_value > 0.05
    assert wild_cluster_test("", *data, 1, found.high - reach, webb).p_value > 0.05
    assert wild_cluster_test("", *data, 1, found.low - reach, webb).p_value <= 0.05
    assert wild_cluster_test("", *data, 1, found.high + reach, webb).p_value <= 0.05


def test_the_least_p_value_of_the_wild_bootstrap_is_two_of_all_flips():
    assert wild_cluster_test("", *example(6), 1).least_p == 2 / 2**6
    assert wild_cluster_test("", *example(6), 1, null=40.0).p_value == 2 / 2**6
    assert wild_cluster_test("", *example(6), 1, webb=True).least_p == 1 / 10_000
    assert wild_cluster_test("", *example(20), 1).least_p == 1 / 10_000


def test_with_many_units_the_wild_bootstrap_agrees_with_students_t():
    data = example(40, "normal")
    wild, usual = wild_cluster_test("", *data, 1, 1.05), clustered_test("", *data, 1, 1.05, "CR1")
    assert wild.p_value == pytest.approx(usual.p_value, abs=0.03)
    assert (wild.low, wild.high) == pytest.approx((usual.low, usual.high), abs=0.03)


def test_cr3_is_the_jackknife_over_units_against_students_t_with_units_less_one():
    outcome, design, units = example(6)
    found = clustered_test("", outcome, design, units, 1, null=0.9)
    estimate = np.linalg.lstsq(design, outcome, rcond=None)[0][1]
    without = [np.linalg.lstsq(design[units != unit], outcome[units != unit], rcond=None)[0][1] for unit in range(6)]
    error = np.sqrt(5 / 6 * ((np.array(without) - estimate) ** 2).sum())
    reach = stats.t.ppf(0.975, 5) * error
    assert (found.estimate, found.low, found.high) == pytest.approx((estimate, estimate - reach, estimate + reach))
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(estimate - 0.9) / error, 5))


def test_cr1_is_statsmodels_own():
    outcome, design, units = example(6)
    fit = sm.OLS(outcome, design).fit(cov_type="cluster", cov_kwds={"groups": units}, use_t=True)
    found = clustered_test("", outcome, design, units, 1, correction="CR1")
    assert found.p_value == pytest.approx(fit.pvalues[1])
    assert (found.low, found.high) == pytest.approx(tuple(fit.conf_int()[1]))


@pytest.mark.parametrize("test", [clustered_test, wild_cluster_test])
@pytest.mark.parametrize("units", [7, 15])
def test_the_order_of_rows_and_the_names_of_units_do_not_matter(test, units):
    outcome, design, unit = example(units)
    order = np.random.default_rng(9).permutation(len(outcome))
    names = np.array([f"unit {number:02d}" for number in unit])
    assert test("", outcome[order], design[order], names[order], 1) == test("", outcome, design, unit, 1)


@pytest.mark.parametrize("test", [clustered_test, wild_cluster_test])
def test_rows_with_a_gap_are_left_out(test):
    outcome, design, unit = example(8)
    gap = outcome.copy()
    gap[unit == 7] = np.nan
    kept = unit < 7
    assert test("", gap, design, unit, 1) == test("", outcome[kept], design[kept], unit[kept], 1)


@pytest.mark.parametrize("test", [clustered_test, wild_cluster_test])
def test_what_cannot_be_estimated_is_not_tested_and_the_note_says_why(test):
    outcome, design, unit = example()
    one_unit = test("", outcome, design, np.zeros(len(outcome)), 1)
    constant = test("", outcome, np.ones_like(design), unit, 1)
    treated_once = test("", outcome, np.column_stack([np.ones(len(unit)), unit == 2]), unit, 1)
    assert all(np.isnan(found.p_value) for found in (one_unit, constant, treated_once))
    assert "One unit" in one_unit.note
    assert "columns apart" in constant.note
    assert "that unit alone" in treated_once.note


@pytest.mark.parametrize("test", [clustered_test, wild_cluster_test])
def test_observations_that_lie_on_the_hypothesis_cannot_contradict_it(test):
    _, design, unit = example()
    found = test("", design[:, 1] * 1.0, design, unit, 1, 1.0)
    assert found.p_value == found.least_p == 1.0
    assert "lie on the hypothesis" in found.note
