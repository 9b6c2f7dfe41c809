"""One number per independent unit."""

import numpy as np
import pandas as pd
import pytest

from comparison.inference.units import unit_means, unit_ratios


def frame():
    rng = np.random.default_rng(0)
    rows = [(session, group, *rng.normal(size=2)) for session in ("s1", "s2") for group in ("1", "2") for _ in range(7)]
    return pd.DataFrame(rows, columns=["session_code", "matching_group", "part", "whole"])


def test_a_unit_is_a_matching_group_of_a_session():
    assert list(unit_means(frame(), "part").index) == [("s1", "1"), ("s1", "2"), ("s2", "1"), ("s2", "2")]


def test_the_unit_number_is_the_mean_of_its_observations_and_gaps_are_left_out():
    table = frame()
    table.loc[[0, 1], "part"] = np.nan
    assert unit_means(table, "part")["s1", "1"] == pytest.approx(table["part"][2:7].mean())


def test_a_unit_without_observations_has_no_number():
    table = frame()
    table.loc[table["session_code"] == "s2", "part"] = np.nan
    assert len(unit_means(table, "part")) == 2
    assert unit_means(table.iloc[:0], "part").empty


def test_the_order_of_the_rows_does_not_matter_to_the_last_bit():
    table = frame()
    mixed = table.sample(frac=1.0, random_state=3)
    pd.testing.assert_series_equal(unit_means(mixed, "part"), unit_means(table, "part"), check_exact=True)
    pd.testing.assert_series_equal(unit_ratios(mixed, "part", "whole"), unit_ratios(table, "part", "whole"), check_exact=True)


def test_a_ratio_is_that_of_the_sums_over_rows_that_have_both():
    table = frame().assign(whole=2.0)
    table.loc[0, "whole"] = np.nan
    assert unit_ratios(table, "part", "whole")["s1", "1"] == pytest.approx(table["part"][1:7].sum() / 12)


def test_a_unit_that_had_nothing_to_gain_has_no_ratio():
    table = frame().assign(whole=1.0)
    table.loc[table["session_code"] == "s1", "whole"] = 0.0
    assert list(unit_ratios(table, "part", "whole").index) == [("s2", "1"), ("s2", "2")]
