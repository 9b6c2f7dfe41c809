"""Confidence intervals for estimates over units, by resampling whole units.

The percentile bootstrap is the usual interval, and too short if units are few. In that case take
the sign-flip interval for a mean (``one_sample.sign_flip_test``) and the jackknife's t for any
other estimate; docs/calibration.md has their coverage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from comparison.inference.one_sample import present
from comparison.inference.result import LEVEL, RESAMPLES, SEED
from theory.economy.arrays import FloatArray


@dataclass(frozen=True)
class Interval:
    """A confidence interval at ``level``, nan if it cannot be computed, and the method."""

    low: float
    high: float
    level: float
    units: int
    method: str


def percentile_interval(
    values: npt.ArrayLike, statistic: Callable[..., FloatArray] = np.mean, level: float = LEVEL, seed: int = SEED
) -> Interval:
    """SciPy's percentile bootstrap over units (G,) of a statistic that takes an axis."""
    values, method = present(values), "percentile bootstrap over units"
    if len(values) < 2:
        return Interval(np.nan, np.nan, level, len(values), method)
    found = stats.bootstrap(
        (values,), statistic, confidence_level=level, n_resamples=RESAMPLES, method="percentile", vectorized=True, rng=_rng(seed)
    ).confidence_interval
    return Interval(float(found.low), float(found.high), level, len(values), method)


def studentized_interval(values: npt.ArrayLike, level: float = LEVEL, seed: int = SEED) -> Interval:
    """The bootstrap-t interval of the mean over units (G,): quantiles of (mean* - mean) / error*,
    over resampled units.

    Resamples that repeat a single unit have no error and are left out.
    """
    values, method = present(values), "bootstrap-t over units"
    units = len(values)
    if units < 2:
        return Interval(np.nan, np.nan, level, units, method)
    drawn = values[_rng(seed).integers(units, size=(RESAMPLES, units))]
    errors = drawn.std(axis=1, ddof=1)
    spread = errors > 1e-9 * values.std(ddof=1)
    if not spread.any():
        return Interval(float(values.mean()), float(values.mean()), level, units, method)
    ratio = (drawn[spread].mean(axis=1) - values.mean()) / errors[spread]
    tail = (1 - level) / 2
    low, high = values.mean() - np.quantile(ratio, [1 - tail, tail]) * values.std(ddof=1)
    return Interval(float(low), float(high), level, units, method)


def jackknife_interval(estimate: float, without: npt.ArrayLike, level: float = LEVEL) -> Interval:
    """The interval of any estimate from the same estimate without each unit in turn, ``without``
    (G,): Student's t with G - 1.

    The standard error is that of Tukey's jackknife around the estimate, sqrt((G - 1) / G * sum
    (without - estimate)^2). A unit without which nothing can be estimated (nan) is left out.
    """
    left_out, method = present(without), "jackknife over units, t(G - 1)"
    units = len(left_out)
    if units < 2:
        return Interval(np.nan, np.nan, level, units, method)
    error = np.sqrt((units - 1) / units * ((left_out - estimate) ** 2).sum())
    reach = float(stats.t.ppf((1 + level) / 2, units - 1) * error)
    return Interval(estimate - reach, estimate + reach, level, units, method)


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)
