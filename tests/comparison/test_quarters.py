"""Parts of a data set by the size of a prediction, and agreement that every part must show."""

import numpy as np
import pandas as pd
import pytest

from comparison.inference.equivalence import equivalence_everywhere, equivalence_test
from comparison.statistics.quarters import in_quarters


def sizes(values):
    return {name: len(rows) for name, rows in in_quarters(pd.DataFrame({"x": np.array(values, float)}), "x")}


def test_quarters_are_equal_where_predictions_differ_and_equal_predictions_stay_together():
    assert list(sizes(range(16)).values()) == [4, 4, 4, 4]
    assert sizes([1, 1, 1, 2, 2, 3, 3, 3]) == {"1.000": 3, "2.000": 2, "3.000": 3}
    assert sizes([1, 1, 1]) == {"1.000": 3}
    assert sizes([]) == {}


def test_a_part_of_less_than_an_eighth_joins_its_smaller_neighbour_and_two_parts_are_left():
    assert sizes([1] * 10 + [2] + [3] * 8 + [4] * 7) == {"1.000": 10, "2.000 to 3.000": 9, "4.000": 7}
    assert sizes([1] * 20 + [2]) == {"1.000": 20, "2.000": 1}


def test_rows_without_a_prediction_are_in_no_part_and_the_order_of_rows_is_of_no_matter():
    rng = np.random.default_rng(1)
    values = rng.integers(0, 9, 60).astype(float)
    assert sizes([*values, np.nan, np.nan]) == sizes(rng.permutation(values))


def test_agreement_everywhere_is_as_strong_as_in_the_weakest_part():
    near, off = np.array([0.01, 0.0, -0.01, 0.005, 0.002, -0.004]), np.array([0.03, 0.02, 0.06, 0.04, 0.03, 0.05])
    found = equivalence_everywhere("q", [("near", near), ("off", off)], 0.05)
    apart = [equivalence_test("", values, 0.05) for values in (near, off)]
    assert found.p_value == max(part.p_value for part in apart)
    assert found.estimate == pytest.approx(off.mean())
    assert (found.low, found.high) == (min(part.low for part in apart), max(part.high for part in apart))
    assert "near: mean" in found.note
    assert "off: mean +0.038" in found.note


def test_opposite_errors_agree_in_their_mean_and_not_everywhere():
    error = np.full(8, 0.3) + np.linspace(-0.01, 0.01, 8)
    assert equivalence_test("", (error - error) / 2, 0.05).p_value < 0.01
    assert equivalence_everywhere("", [("low", error), ("high", -error)], 0.05).p_value == 1


def test_a_part_with_one_unit_leaves_all_untested_and_is_named():
    found = equivalence_everywhere("q", [("low", [0.0, 0.1, 0.0]), ("high", [0.1])], 0.05)
    assert np.isnan(found.p_value)
    assert found.units == 1
    assert found.note == "high: One unit has no spread to compare with; at least two are needed."
    assert equivalence_everywhere("q", [], 0.05).note == "No unit has this number."
