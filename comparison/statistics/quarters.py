"""Parts of a data set in which a prediction is low or high: agreement is tested in each of them, so
that errors do not cancel.

Subjects who react too little to news make prices too high where the prediction is low and too low
where it is high. The mean over all market rounds hides that, and so does the mean at a state if
types can mislead. Parts are quarters by the predicted value itself, which nature's draws determine
and no subject can change. Equal predictions are never split. If that leaves a part with less than
an eighth of the rows, it joins the smaller of its neighbours; so if few values occur there are
fewer parts, but at least two.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from theory.economy.arrays import FloatArray, IntArray

QUARTERS = (0.25, 0.5, 0.75)
SMALLEST, FEWEST = 1 / 8, 2
DIGITS = 9
"""Predictions that are equal when rounded to this many digits count as equal."""


def in_quarters(rows: pd.DataFrame, prediction: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """The rows by quarter of the column ``prediction``, lowest first, each with the range of its predictions as words.

    Rows without a prediction are in no part.
    """
    known = rows[rows[prediction].notna()]
    values = known[prediction].to_numpy(float).round(DIGITS)
    if not len(values):
        return
    ends = np.unique([*np.quantile(values, QUARTERS, method="inverted_cdf"), values.max()])
    while len(ends) > FEWEST and (sizes := _sizes(values, ends)).min() < SMALLEST * len(values):
        ends = np.delete(ends, _joined(sizes))
    part = np.searchsorted(ends, values, side="left")
    for number in range(len(ends)):
        here = part == number
        yield spanned(values[here].min(), values[here].max()), known[here]


def _sizes(values: FloatArray, ends: FloatArray) -> IntArray:
    """How many values lie in each of the parts that end at ``ends``, a part holding its end."""
    return np.bincount(np.searchsorted(ends, values, side="left"), minlength=len(ends))


def _joined(sizes: IntArray) -> int:
    """Which end to drop so that the smallest part joins the smaller of its neighbours."""
    place = int(sizes.argmin())
    if place == 0:
        return 0
    return place - 1 if place == len(sizes) - 1 or sizes[place - 1] <= sizes[place + 1] else place


def spanned(least: float, most: float) -> str:
    """A range of predictions as words, with three decimals."""
    one, other = (f"{value + 0.0:.3f}".replace("-", "\u2212") for value in (least, most))
    return one if one == other else f"{one} to {other}"
