"""Price statistics on three market rounds by hand, and where the Nash price is low or high."""

import math

import numpy as np
import pandas as pd
import pytest

from comparison.statistics.benchmarks import BENCHMARKS
from comparison.statistics.prices import price_deviations, price_part_table, price_table, price_unit_table

NAN = float("nan")


def rounds(observed, **benchmarks):
    """Market rounds of one cell; a benchmark that is not given is unknown."""
    observed = np.array(observed, float)
    prices = {name: np.array(benchmarks.get(name, [NAN] * len(observed)), float) for name in BENCHMARKS}
    return pd.DataFrame(
        {
            "cell": "c",
            "session_code": "s",
            "matching_group": ["1", "1", "2"][: len(observed)],
            "price": observed,
            **{f"price_{name}": price for name, price in prices.items()},
            **{f"log_deviation_{name}": deviation for name, deviation in price_deviations(observed, prices).items()},
        }
    )


def test_relative_deviations_and_smiths_alpha_by_hand():
    frame = rounds([1.0, 2.0, 3.0], nash=[2.0, 2.0, 2.0], competitive=[1.0, 2.0, 4.0])
    table = price_table(frame).set_index("benchmark")
    nash, competitive = table.loc["nash"], table.loc["competitive"]
    assert nash["rad"] == pytest.approx((1 + 0 + 1) / 6)
    assert nash["rd"] == pytest.approx(0)
    assert nash["smith_alpha"] == pytest.approx(100 * math.sqrt(2 / 3) / 2)
    assert nash["mean_log_deviation"] == pytest.approx((math.log(0.5) + math.log(1.5)) / 3)
    assert competitive["rd"] == pytest.approx(-1 / 7)
    assert competitive["rad"] == pytest.approx(1 / 7)
    assert competitive["smith_alpha"] == pytest.approx(100 * math.sqrt(1 / 3) / (7 / 3))
    assert table.loc["autarky", "market_rounds"] == 0
    assert np.isnan(table.loc["autarky", "rad"])


def test_a_unit_has_the_statistics_of_its_own_market_rounds():
    table = price_unit_table(rounds([1.0, 2.0, 3.0], nash=[2.0, 2.0, 2.0])).query("benchmark == 'nash'").set_index("matching_group")
    assert table.loc["1", "rad"] == pytest.approx(1 / 4)
    assert table.loc["1", "rd"] == pytest.approx(-1 / 4)
    assert table.loc["2", "rd"] == pytest.approx(1 / 2)
    assert table.loc["2", "smith_alpha"] == pytest.approx(50)
    assert list(table["market_rounds"]) == [2, 1]


def test_a_market_round_without_one_of_the_prices_counts_in_no_statistic():
    table = price_table(rounds([1.0, NAN, 3.0], nash=[2.0, 5.0, NAN])).set_index("benchmark")
    assert table.loc["nash", "market_rounds"] == 1
    assert table.loc["nash", "rad"] == pytest.approx(0.5)


def test_twice_a_price_is_as_far_as_half_of_it():
    deviations = price_deviations(np.array([1.0]), {"half": np.array([0.5]), "twice": np.array([2.0])})
    assert deviations["half"] == -deviations["twice"]


def test_deviations_that_cancel_over_all_rounds_stand_apart_by_state_and_by_nash_price():
    frame = rounds([1.0, 1.0, 1.0], nash=[0.5, 0.5, 2.0]).assign(state=["low", "low", "high"])
    table = price_part_table(frame).set_index("part")
    assert list(table.index) == ["state high", "state low", "Nash price 0.500", "Nash price 2.000"]
    low, high = table.loc["state low"], table.loc["state high"]
    assert (low["market_rounds"], low["independent_units"], high["independent_units"]) == (2, 1, 1)
    assert (low["mean_nash"], low["mean_price"]) == pytest.approx((0.5, 1.0))
    assert low["mean_log_deviation"] == pytest.approx(math.log(2)) == pytest.approx(-high["mean_log_deviation"])
    assert table.loc["Nash price 0.500"].equals(low.rename("Nash price 0.500"))
