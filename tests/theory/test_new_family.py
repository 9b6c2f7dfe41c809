"""A utility family that a formula does not know is refused there: no other family's formula is used for it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.economies import asymmetric_environment, unchecked
from theory.certificates.ball_equations import _Rate
from theory.economy.utility import COBB_DOUGLAS
from theory.efficiency.coefficients import _as_good_as
from theory.roles.uniqueness import slope_bounds
from theory.stage1_incentives.interval_arrays import Range
from theory.stage1_incentives.sensitivity import _tastes, _worth, tastes_by_state

CURVED = asymmetric_environment(COBB_DOUGLAS)
NEW = unchecked(CURVED.utility, family="new")
ENVIRONMENT = unchecked(CURVED, utility=NEW)
ONES = np.ones((1, 2))

FORMULAS = {
    "points": lambda: NEW.points(1.0, 1.0, 0.5),
    "marginal points": lambda: NEW.marginal_points(1.0, 1.0, 0.5),
    "marginal rate": lambda: NEW.marginal_rate(ONES.T / 2, ONES.T / 2),
    "marginal rate in balls": lambda: _Rate(NEW, [0.5], [1.0], 0.0),
    "bundle on a ray": lambda: _as_good_as(NEW, ONES[0], ONES[0], ONES / 2, ONES / 2),
    "slope bounds": lambda: slope_bounds(NEW),
    "slope in a known state": lambda: tastes_by_state(ENVIRONMENT),
    "worth": lambda: _worth(ENVIRONMENT, 0, Range.up_to(1.0), Range.up_to(1.0)),
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_refuses_a_family_that_it_does_not_know(formula):
    with pytest.raises(NotImplementedError, match="The utility family new has no formula for"):
        FORMULAS[formula]()


def test_the_bound_on_foreign_states_refuses_a_family_whose_slope_alone_is_known(monkeypatch):
    slope, levels = tastes_by_state(CURVED)
    monkeypatch.setattr("theory.stage1_incentives.sensitivity.tastes_by_state", lambda _: (slope, levels))
    with pytest.raises(NotImplementedError, match="foreign state"):
        _tastes(ENVIRONMENT, 0, np.ones((2, 3)))
