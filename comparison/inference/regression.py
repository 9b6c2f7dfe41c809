"""A coefficient of a regression whose errors depend on each other within a unit: clustered, or by
the wild cluster bootstrap.

Cluster-robust standard errors are statsmodels' and are read against Student's t with G - 1 degrees
of freedom. CR1 is the usual estimate; CR3, the default, is the jackknife over units and errs on the
large side if units are few. Neither is reliable with few or unequal units; ``wild_cluster_test``
is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import statsmodels.api as sm

from comparison.inference.inversion import NO_INTERVAL, smooth_interval, unbounded_note
from comparison.inference.result import LEVEL, RESAMPLES, SEED, TestResult, too_few, untested
from theory.economy.arrays import FloatArray

MOST_FLIPPED = 12
"""Up to this many units, all 2^G sign flips are enumerated."""
WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
"""The sizes of Webb's six weights."""
SMALLEST_RESIDUAL = 1e-10
"""Residuals below this share of the largest outcome are rounding errors."""
CORRECTIONS = {"CR1": "cluster", "CR3": "cluster-crv3"}


def clustered_test(
    name: str,
    outcome: npt.ArrayLike,
    design: npt.ArrayLike,
    units: npt.ArrayLike,
    coefficient: int,
    null: float = 0.0,
    correction: str = "CR3",
    level: float = LEVEL,
) -> TestResult:
    """Whether a coefficient of least squares is ``null``, with standard errors clustered by unit.

    ``outcome`` (n,), ``design`` (n, k) with its constant, ``units`` (n,) any labels, ``coefficient`` a column of the design. Rows
    with a nan are left out.
    """
    rows, method = _Rows.of(outcome, design, units), f"least squares, {correction} clustered by unit, t(G - 1)"
    if rows.trouble:
        return untested(name, rows.count, method, rows.trouble)
    if rows.lie_on(coefficient, null):
        return _on_the_hypothesis(name, null, rows.count, method)
    fit = sm.OLS(rows.outcome, rows.design).fit(cov_type=CORRECTIONS[correction], cov_kwds={"groups": rows.unit}, use_t=True)
    low, high = fit.conf_int(1 - level)[coefficient]
    contrast = np.eye(rows.design.shape[1])[coefficient]
    p_value = float(np.squeeze(fit.t_test((contrast, null)).pvalue))
    return TestResult(name, float(fit.params[coefficient]), float(low), float(high), p_value, 0.0, rows.count, method, "")


def wild_cluster_test(
    name: str,
    outcome: npt.ArrayLike,
    design: npt.ArrayLike,
    units: npt.ArrayLike,
    coefficient: int,
    null: float = 0.0,
    webb: bool = False,
    level: float | None = LEVEL,
    seed: int = SEED,
) -> TestResult:
    """Whether a coefficient of least squares is ``null``, by the wild cluster bootstrap of its t
    statistic with the null imposed.

    Arguments as for ``clustered_test``. Residuals under the null are multiplied by one weight per
    unit, and the CR1 t statistic is computed anew (Cameron, Gelbach and Miller 2008, Review of
    Economics and Statistics 90). Weights are Rademacher's, all 2^G of them up to 12 units and 9,999
    draws beyond, or 9,999 draws of Webb's six. The interval holds the hypotheses not rejected; none
    is computed if ``level`` is None.
    """
    rows, weighted = _Rows.of(outcome, design, units), "Webb's weights" if webb else "sign flips"
    method = f"wild cluster bootstrap-t, {weighted}"
    if rows.trouble:
        return untested(name, rows.count, method, rows.trouble)
    if rows.lie_on(coefficient, null):
        return _on_the_hypothesis(name, null, rows.count, method)
    weights, enumerated = _weights(rows.count, webb, seed)
    statistic = _Studentized.of(rows, coefficient, weights)
    ends = NO_INTERVAL
    if level is not None:
        ends = smooth_interval(statistic.p_value, statistic.estimate, statistic.error, 1 - level)
    flips = 0.0 if webb else 2.0 ** (1 - rows.count)
    return TestResult(
        name=name,
        estimate=statistic.estimate,
        low=ends[0],
        high=ends[1],
        p_value=statistic.p_value(null),
        least_p=flips if enumerated else max(flips, 1 / len(weights)),
        units=rows.count,
        method=f"{method}, {'all' if enumerated else RESAMPLES} draws",
        note=unbounded_note(ends, level),
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows without missing values, in an order that depends only on the rows: outcome (n,), design
    (n, k), unit (n,) of 0 to G - 1.
    """

    outcome: FloatArray
    design: FloatArray
    unit: npt.NDArray[np.intp]

    @classmethod
    def of(cls, outcome: npt.ArrayLike, design: npt.ArrayLike, units: npt.ArrayLike) -> _Rows:
        y, x = np.asarray(outcome, float), np.asarray(design, float)
        _, unit = np.unique(np.asarray(units), return_inverse=True)
        order = np.lexsort((*x.T, y, unit))
        order = order[~np.isnan(np.column_stack([y, x])[order]).any(axis=1)]
        _, kept = np.unique(unit[order], return_inverse=True)
        return cls(y[order], x[order], kept)

    @property
    def count(self) -> int:
        """G, the number of units."""
        return int(self.unit[-1]) + 1 if len(self.unit) else 0

    @property
    def trouble(self) -> str:
        """Why no coefficient can be tested, as a sentence; empty if it can."""
        if self.count < 2:
            return too_few(self.count)
        (count, width), columns = self.design.shape, self.design / np.linalg.norm(self.design, axis=0)
        if count <= width or np.linalg.matrix_rank(columns) < width:
            return f"{count} observations do not tell the design's {width} columns apart."
        products = self.by_unit(columns[:, :, None] * columns[:, None, :])
        if (np.linalg.matrix_rank(products.sum(axis=0) - products, tol=1e-10) < width).any():
            return "Without one of the units the design's columns cannot be told apart: a coefficient rests on that unit alone."
        return ""

    def lie_on(self, coefficient: int, null: float) -> bool:
        """Whether the hypothesis leaves only residuals from rounding."""
        others = np.delete(self.design, coefficient, axis=1)
        left = _residual(self.outcome - null * self.design[:, coefficient], others)
        return bool(np.abs(left).max() <= SMALLEST_RESIDUAL * np.abs(self.outcome).max())

    def by_unit(self, values: FloatArray) -> FloatArray:
        """Sums of rows by unit: (n, ...) to (G, ...)."""
        sums = np.zeros((self.count, *values.shape[1:]))
        np.add.at(sums, self.unit, values)
        return sums


@dataclass(frozen=True, eq=False)
class _Studentized:
    """The bootstrap's t under every hypothesis at once, by draw of the weights: all arrays (R,),
    the first draw all ones.

    Let h be the regressor's residual on the other regressors over the sum of its squares, so that
    h'y is the coefficient b. With the coefficient fixed at b - d the residuals are u = u0 + d u1,
    where u0 are those of least squares and u1 the regressor's on the others. Weights w give the
    bootstrap's coefficient less the fixed one, sum_g w_g h_g'u_g, and the scores of its CR1
    variance, h_g' times the residuals of w u on the design. Both are linear in d, so the variance
    is a quadratic in d: its terms are ``variance``.
    """

    estimate: float
    error: float
    coefficient: tuple[FloatArray, FloatArray]
    variance: tuple[FloatArray, FloatArray, FloatArray]

    @classmethod
    def of(cls, rows: _Rows, coefficient: int, weights: FloatArray) -> _Studentized:
        regressor, others = rows.design[:, coefficient], np.delete(rows.design, coefficient, axis=1)
        partial = _residual(regressor, others)
        influence = partial / (partial @ partial)
        leverage = rows.by_unit(influence[:, None] * rows.design) @ np.linalg.inv(rows.design.T @ rows.design)
        moved, scores = [], []
        for residual in (_residual(rows.outcome, rows.design), partial):
            by_unit = rows.by_unit(influence * residual)
            linear = np.diag(by_unit) - leverage @ rows.by_unit(rows.design * residual[:, None]).T
            moved.append(weights @ by_unit)
            scores.append(weights @ linear.T)
        (at, slope), (units, (count, width)) = scores, (rows.count, rows.design.shape)
        scale = units / (units - 1) * (count - 1) / (count - width)
        terms = (scale * (at**2).sum(axis=1), 2 * scale * (at * slope).sum(axis=1), scale * (slope**2).sum(axis=1))
        return cls(float(influence @ rows.outcome), float(np.sqrt(terms[0][0])), (moved[0], moved[1]), terms)

    def p_value(self, value: float) -> float:
        """The share of draws whose t is as large as the observed one, on either side, with the
        coefficient fixed at ``value``.
        """
        held = self.estimate - value
        coefficient = self.coefficient[0] + held * self.coefficient[1]
        variance = self.variance[0] + held * self.variance[1] + held**2 * self.variance[2]
        size = np.sqrt(coefficient**2 + np.maximum(variance, 0.0))
        bounded = np.abs(np.divide(coefficient, size, out=np.zeros_like(size), where=size > 0))
        return float((bounded >= bounded[0] - 1e-10).mean())


def _on_the_hypothesis(name: str, null: float, units: int, method: str) -> TestResult:
    return TestResult(name, null, null, null, 1.0, 1.0, units, method, "All observations lie on the hypothesis.")


def _weights(units: int, webb: bool, seed: int) -> tuple[FloatArray, bool]:
    """Weights (R, G), with all ones first, and whether they are all possible ones."""
    if not webb and units <= MOST_FLIPPED:
        return np.array(list(product((1.0, -1.0), repeat=units))), True
    rng = np.random.default_rng(seed)
    drawn = rng.choice((-1.0, 1.0), (RESAMPLES, units)) * (rng.choice(WEBB, (RESAMPLES, units)) if webb else 1.0)
    return np.concatenate([np.ones((1, units)), drawn]), False


def _residual(values: FloatArray, regressors: FloatArray) -> FloatArray:
    if not regressors.shape[1]:
        return values
    return np.asarray(values - regressors @ np.linalg.lstsq(regressors, values, rcond=None)[0])
