"""Many tests at once: Holm's p-values, which keep the chance of any false rejection at the level."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from statsmodels.stats.multitest import multipletests

from theory.economy.arrays import FloatArray


def holm(p_values: npt.ArrayLike) -> FloatArray:
    """Holm's p-values of a family of tests, shape kept; a test without a p-value (nan) does not
    belong to the family and stays nan.
    """
    numbers = np.asarray(p_values, float)
    tested = ~np.isnan(numbers)
    adjusted = np.full(numbers.shape, np.nan)
    if tested.any():
        adjusted[tested] = multipletests(numbers[tested], method="holm")[1]
    return adjusted
