"""Exact tests that two treatments give units the same distribution: permutations of the difference in means, and Mann and Whitney's.

The difference in means is divided by its standard error with a variance for each treatment (Welch's). Where the treatments have
equally many units, that orders the arrangements as the difference itself does; where they do not, it keeps the test near its level for
treatments with equal means and unequal spread (Janssen 1997, Statistics and Probability Letters 36), exact as it is for equal ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt
from scipy import stats

from comparison.inference.inversion import UNBOUNDED, FloatArray, smooth_interval, step_interval
from comparison.inference.one_sample import DIGITS, present
from comparison.inference.result import LEVEL, MOST_ENUMERATED, RESAMPLES, SEED, TestResult, too_few, untested


def permutation_test(name: str, first: npt.ArrayLike, second: npt.ArrayLike, level: float = LEVEL, seed: int = SEED) -> TestResult:
    """Whether two treatments' units, shapes (n,) and (m,), have the same mean, by the C(n + m, n) ways to label the units.

    All are enumerated up to 2^13, beyond that 9,999 are drawn. The estimate is the mean of the first less that of the second; the
    interval holds the shifts between the treatments that the same test does not reject. nan values are left out.
    """
    first, second = present(first), present(second)
    method, sizes = "permutation test of the difference in means", (len(first), len(second))
    if min(sizes) < 2:
        return untested(name, sum(sizes), method, _too_few(sizes))
    arrangements = comb(sum(sizes), sizes[0])
    exact = arrangements <= MOST_ENUMERATED
    found = stats.permutation_test(
        (first, second),
        _welch,
        permutation_type="independent",
        vectorized=True,
        n_resamples=np.inf if exact else RESAMPLES,
        rng=np.random.default_rng(seed),
    )
    low, high = _shifts(first, second, 1 - level, seed)
    return TestResult(
        name=name,
        estimate=float(first.mean() - second.mean()),
        low=low,
        high=high,
        p_value=min(1.0, float(found.pvalue)),
        least_p=max(2 / arrangements, 0.0 if exact else 2 / (RESAMPLES + 1)),
        units=sum(sizes),
        method=f"{method}, {'exact' if exact else f'{RESAMPLES} draws'}",
        note=UNBOUNDED if np.isnan(low) or np.isnan(high) else "",
    )


def mann_whitney_test(name: str, first: npt.ArrayLike, second: npt.ArrayLike, level: float = LEVEL, seed: int = SEED) -> TestResult:
    """Whether one treatment's units, shape (n,), tend to lie above the other's, (m,), by ranks; SciPy's exact distribution.

    The estimate is Hodges and Lehmann's, the median of all differences between a unit of the first and one of the second. With ties
    the ranks are permuted instead of looked up.
    """
    first, second = present(first), present(second)
    method, sizes = "Mann-Whitney test", (len(first), len(second))
    if min(sizes) < 2:
        return untested(name, sum(sizes), method, _too_few(sizes))
    differences = np.subtract.outer(first, second).ravel()
    low, high = step_interval(differences, lambda shift: _mann_whitney_p(first - shift, second, seed), 1 - level)
    return TestResult(
        name=name,
        estimate=float(np.median(differences)),
        low=low,
        high=high,
        p_value=_mann_whitney_p(first, second, seed),
        least_p=2 / comb(sum(sizes), sizes[0]),
        units=sum(sizes),
        method=f"{method}, exact",
        note=UNBOUNDED if np.isnan(low) or np.isnan(high) else "",
    )


def _mann_whitney_p(first: FloatArray, second: FloatArray, seed: int) -> float:
    pooled = np.concatenate([first, second])
    tied = len(np.unique(pooled)) < len(pooled)
    method = stats.PermutationMethod(n_resamples=RESAMPLES, rng=np.random.default_rng(seed)) if tied else "exact"
    return min(1.0, float(stats.mannwhitneyu(first, second, method=method).pvalue))


def _welch(first: FloatArray, second: FloatArray, axis: int = -1) -> FloatArray:
    difference = first.mean(axis=axis) - second.mean(axis=axis)
    parts = (np.var(sample, axis=axis, ddof=1) / sample.shape[axis] for sample in (first, second))
    return _bounded(difference, sum(parts))


def _bounded(difference: FloatArray, variance: FloatArray) -> FloatArray:
    """Welch's t as d / sqrt(d^2 + s^2), which rises with it and stays finite where a variance is zero; 0 where both are."""
    size = np.sqrt(difference**2 + variance)
    return np.asarray(np.round(np.divide(difference, size, out=np.zeros_like(size), where=size > 0), DIGITS), float)


@dataclass(frozen=True, eq=False)
class _Labels:
    """Sums over the units that each of R arrangements calls the first treatment, the one observed in front: all (R,).

    ``count`` is how many of them are of the first treatment, ``value``, ``square`` and ``cross`` the sums of the values, of their
    squares, and of the values of those.
    """

    count: FloatArray
    value: FloatArray
    square: FloatArray
    cross: FloatArray


def _shifts(first: FloatArray, second: FloatArray, alpha: float, seed: int) -> tuple[float, float]:
    """The shifts of the first treatment against the second that the permutation test does not reject."""
    centre = np.concatenate([first, second]).mean()
    values, sizes = np.concatenate([first, second]) - centre, (len(first), len(second))
    ours = np.arange(len(values)) < sizes[0]
    chosen = _arrangements(sizes, seed)
    labels = _Labels(*(chosen @ column for column in (ours.astype(float), values, values**2, values * ours)))

    def p_value(shift: float) -> float:
        moved = values - shift * ours
        value = labels.value - shift * labels.count
        square = labels.square - 2 * shift * labels.cross + shift**2 * labels.count
        others, other_squares = moved.sum() - value, (moved**2).sum() - square
        spread = [
            np.maximum(squares - sums**2 / size, 0.0) / (size - 1) / size
            for sums, squares, size in ((value, square, sizes[0]), (others, other_squares, sizes[1]))
        ]
        welch = np.round(_bounded(value / sizes[0] - others / sizes[1], spread[0] + spread[1]), DIGITS - 3)
        return float(2 * min((welch >= welch[0]).mean(), (welch <= welch[0]).mean()))

    estimate = first.mean() - second.mean()
    return smooth_interval(p_value, float(estimate), float(np.ptp(values)), alpha)


def _arrangements(sizes: tuple[int, int], seed: int) -> FloatArray:
    """Which units are called the first treatment, (R, n + m) of 0 and 1, the observed arrangement in front."""
    total = sum(sizes)
    if comb(total, sizes[0]) <= MOST_ENUMERATED:
        chosen = np.array(list(combinations(range(total), sizes[0])))
    else:
        order = np.random.default_rng(seed).random((RESAMPLES, total)).argsort(axis=1)[:, : sizes[0]]
        chosen = np.concatenate([np.arange(sizes[0])[None], order])
    labels = np.zeros((len(chosen), total))
    np.put_along_axis(labels, chosen, 1.0, axis=1)
    return labels


def _too_few(sizes: tuple[int, int]) -> str:
    return f"One treatment has {min(sizes)}: {too_few(min(sizes))}"
