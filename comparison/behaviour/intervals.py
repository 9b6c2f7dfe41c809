"""Standard errors and intervals from a bootstrap over independent units, and out-of-unit
log-likelihoods.

Units are resampled with replacement, all their offers together; each resample's estimate is one
Newton step away (``comparison.behaviour.estimation``). The recommended interval is the estimate
plus and minus t times the standard deviation over resamples times sqrt(U/(U-1)), with the quantile
of Student's t with U - 1 degrees of freedom, on the scale of estimation. The reason is that
resamples of few units spread too little and that their quantiles are those of a normal
distribution. The percentile interval is given beside it. ``docs/coverage.md`` records how often
each contains the truth.

A parameter that stopped at an end of its range has none of these: resamples that stay at the end
spread too little or not at all, and an interval from their spread would claim a precision that the
data do not have. Nor does a parameter have one if no resample moves it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from comparison.behaviour.choices import Play
from comparison.behaviour.estimation import Fit, unit_likelihood
from theory.economy.arrays import FloatArray

LEVEL = 0.95
NARROWEST = 1e-9
"""An interval no wider than this, on the scale of estimation, shows only that no resample moved the
estimate.
"""


@dataclass(frozen=True, eq=False)
class ParameterIntervals:
    """By parameter (P,): standard errors, recommended and percentile intervals, in the parameter's
    own unit.

    nan with one unit only, at an end of the parameter's range, and if no resample moves the
    estimate.
    """

    standard_error: FloatArray
    low: FloatArray
    high: FloatArray
    percentile_low: FloatArray
    percentile_high: FloatArray


def bootstrap_intervals(fit: Fit, resamples: int, seed: int) -> ParameterIntervals:
    """Intervals at 95 % from this many seeded resamples of the units."""
    units, unknown = len(fit.unit_loglik), np.full(fit.free.shape, np.nan)
    if units < 2:
        return ParameterIntervals(unknown, unknown, unknown, unknown, unknown)
    weights = np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), size=resamples).astype(float)
    drawn = fit.reweighted(weights)
    few = np.sqrt(units / (units - 1))
    spread = few * drawn.std(axis=0, ddof=1) * stats.t.ppf((1 + LEVEL) / 2, units - 1)
    least, most = _clipped(fit, fit.free - spread), _clipped(fit, fit.free + spread)
    tails = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    if not np.isfinite(drawn).all():
        return ParameterIntervals(unknown, unknown, unknown, unknown, unknown)
    found = (few * fit.value(drawn).std(axis=0, ddof=1), fit.value(least), fit.value(most), *fit.value(tails))
    known = ~fit.at_end & (most - least > NARROWEST)
    return ParameterIntervals(*(np.where(known, numbers, np.nan) for numbers in found))


def out_of_unit(fit: Fit, play: Play) -> FloatArray:
    """The log-likelihood of each unit at the estimate from the other units, (U,); nan with one unit
    only.
    """
    units = len(fit.unit_loglik)
    if units < 2:
        return np.full(units, np.nan)
    others = np.ones((units, units)) - np.eye(units)
    likelihood = unit_likelihood(fit.model, play)
    found = np.empty(units)
    for unit, free in enumerate(fit.left_out):
        known = unit_likelihood(fit.model, play, others[unit]) if fit.model.needs_data else likelihood
        found[unit] = known(free)[unit]
    return found


def _clipped(fit: Fit, free: FloatArray) -> FloatArray:
    return np.array([one.clipped(value) for one, value in zip(fit.model.parameters, free.tolist(), strict=True)])
