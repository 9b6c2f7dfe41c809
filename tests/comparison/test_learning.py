"""Asymptotes: exact where the data follow the curve, and the regression on dummies where they do not."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from comparison.learning import MEASURES, asymptote
from tests.synthetic import alpha_star, noisy, play


def panel(values, units):
    """Observations of units (rows of ``values``) over rounds 1, 2, ..."""
    rounds = np.tile(np.arange(1, values.shape[1] + 1), len(values))
    groups = np.repeat([str(unit) for unit in range(units)], values.shape[1])
    return pd.DataFrame({"session_code": "s", "matching_group": groups, "paid_round": rounds, "y": values.ravel()})


def test_data_on_the_curve_have_its_start_and_its_limit_exactly():
    t = np.arange(1, 9)
    starts = np.array([[2.0], [4.0], [-3.0]])
    found = asymptote(panel(starts / t + 5 * (t - 1) / t, 3), "y")
    assert found.asymptote == pytest.approx(5)
    assert found.mean_start == pytest.approx(1)
    assert found.standard_error == pytest.approx(0, abs=1e-12)
    assert (found.observations, found.independent_units) == (24, 3)


def test_the_estimate_is_that_of_the_regression_on_all_dummies_with_the_sandwich_by_hand():
    rng = np.random.default_rng(5)
    units, t = 6, np.arange(1, 11)
    values = rng.normal(1, 1, (units, 1)) / t + 2 * (t - 1) / t + rng.normal(0, 0.3, (units, 10)) + rng.normal(0, 0.3, (units, 1))
    found = asymptote(panel(values, units), "y")
    dummies = np.kron(np.eye(units), (1 / t)[:, None])
    design = np.column_stack([dummies, np.tile((t - 1) / t, units)])
    full, *_ = np.linalg.lstsq(design, values.ravel(), rcond=None)
    assert found.asymptote == pytest.approx(full[-1])
    assert found.mean_start == pytest.approx(full[:-1].mean())
    residual = (values.ravel() - design @ full).reshape(units, -1)
    left = (design[:, -1] - dummies @ np.linalg.lstsq(dummies, design[:, -1], rcond=None)[0]).reshape(units, -1)
    meat = ((left * residual).sum(axis=1) ** 2).sum() * units / (units - 1)
    assert found.standard_error == pytest.approx(np.sqrt(meat) / (left**2).sum())
    half = stats.t.ppf(0.975, units - 1) * found.standard_error
    assert (found.low, found.high) == pytest.approx((found.asymptote - half, found.asymptote + half))


def test_one_round_has_no_asymptote_and_one_unit_no_standard_error():
    one_round = asymptote(panel(np.array([[1.0], [2.0]]), 2), "y")
    assert np.isnan([one_round.asymptote, one_round.standard_error, one_round.mean_start]).all()
    one_unit = asymptote(panel(np.array([[1.0, 2.0, 2.5]]), 1), "y")
    assert np.isfinite(one_unit.asymptote)
    assert np.isnan([one_unit.standard_error, one_unit.low, one_unit.high]).all()
    assert asymptote(panel(np.empty((0, 1)), 0), "y").observations == 0


def test_errors_that_halve_every_round_go_to_their_limit(compare):
    def learning(seat):
        return noisy(alpha_star, max(40 >> seat.round_number, 1))(seat)

    table = compare(play(participants=24, rounds=8, first=learning, matching="random")).tables.asymptotes
    assert set(table["measure"]) == set(MEASURES)
    row = table.set_index("measure").loc["abs_stage1_deviation"]
    assert row["independent_units"] == 1
    assert row["asymptote"] < row["mean_start"] / 3
