"""Exact tests that units have the same distribution in two treatments: permutations of the
difference in means, and Mann and Whitney's test.

The difference in means is divided by its standard error with a variance for each treatment
(Welch's). If the treatments have equally many units, that orders the arrangements as the difference
itself does. If they do not, it keeps the test near its level for treatments with equal means and
unequal spread (Janssen 1997, Statistics and Probability Letters 36), and the test stays exact for
equal distributions.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt
from scipy import stats

from comparison.inference.inversion import NO_INTERVAL, smooth_interval, step_interval, unbounded_note
from comparison.inference.one_sample import DIGITS, present, ranks_by
from comparison.inference.result import LEVEL, MOST_ENUMERATED, MOST_RANKED, RESAMPLES, SEED, TestResult, joined, too_few, untested
from theory.economy.arrays import FloatArray


def permutation_test(name: str, first: npt.ArrayLike, second: npt.ArrayLike, level: float | None = LEVEL, seed: int = SEED) -> TestResult:
    """Whether two treatments' units, shapes (n,) and (m,), have the same mean, by the C(n + m, n)
    ways to label the units.

    All are enumerated up to 2^13; beyond that 9,999 are drawn. The estimate is the mean of the
    first less that of the second; the interval holds the shifts between the treatments that the
    same test does not reject (none is computed if ``level`` is None). nan values are left out.
    """
    first, second = present(first), present(second)
    method, sizes = "permutation test of the difference in means", (len(first), len(second))
    if min(sizes) < 2:
        return untested(name, sum(sizes), method, _too_few(sizes))
    arrangements = comb(sum(sizes), sizes[0])
    exact = arrangements <= MOST_ENUMERATED
    labels = _Labels.of(first, second, seed)
    estimate, spread = float(first.mean() - second.mean()), float(np.ptp(np.concatenate([first, second])))
    ends = NO_INTERVAL if level is None else smooth_interval(labels.p_value, estimate, spread, 1 - level)
    if exact:
        listed = {"permutation_type": "independent", "vectorized": True, "n_resamples": np.inf}
        p_value = float(stats.permutation_test((first, second), _welch, **listed).pvalue)
    else:
        p_value = labels.p_value(0.0)
    return TestResult(
        name=name,
        estimate=estimate,
        low=ends[0],
        high=ends[1],
        p_value=min(1.0, p_value),
        least_p=max(2 / arrangements, 0.0 if exact else 2 / (RESAMPLES + 1)),
        units=sum(sizes),
        method=f"{method}, {'exact' if exact else f'{RESAMPLES} draws'}",
        note=joined(f"{sizes[0]} and {sizes[1]} units.", unbounded_note(ends, level)),
    )


def mann_whitney_test(name: str, first: npt.ArrayLike, second: npt.ArrayLike, level: float | None = LEVEL, seed: int = SEED) -> TestResult:
    """Whether one treatment's units, shape (n,), tend to lie above the other's, (m,), by ranks;
    SciPy's test, exact up to 50 units each.

    The estimate is Hodges and Lehmann's, the median of all differences between a unit of the first
    and one of the second. With ties, the ranks are permuted instead of looking up the distribution.
    """
    first, second = present(first), present(second)
    method, sizes = "Mann-Whitney test", (len(first), len(second))
    if min(sizes) < 2:
        return untested(name, sum(sizes), method, _too_few(sizes))
    differences = np.subtract.outer(first, second).ravel()
    ends = NO_INTERVAL
    if level is not None:
        ends = step_interval(differences, lambda shift: _mann_whitney_p(first - shift, second, seed), 1 - level)
    return TestResult(
        name=name,
        estimate=float(np.median(differences)),
        low=ends[0],
        high=ends[1],
        p_value=_mann_whitney_p(first, second, seed),
        least_p=2 / comb(sum(sizes), sizes[0]),
        units=sum(sizes),
        method=f"{method}, {ranks_by(max(sizes), _tied(first, second), comb(sum(sizes), sizes[0]))}",
        note=joined(f"{sizes[0]} and {sizes[1]} units.", unbounded_note(ends, level)),
    )


def _mann_whitney_p(first: FloatArray, second: FloatArray, seed: int) -> float:
    if max(len(first), len(second)) > MOST_RANKED:
        return min(1.0, float(stats.mannwhitneyu(first, second, method="asymptotic").pvalue))
    method = stats.PermutationMethod(n_resamples=RESAMPLES, rng=np.random.default_rng(seed)) if _tied(first, second) else "exact"
    return min(1.0, float(stats.mannwhitneyu(first, second, method=method).pvalue))


def _tied(first: FloatArray, second: FloatArray) -> bool:
    pooled = np.concatenate([first, second])
    return len(np.unique(pooled)) < len(pooled)


def _welch(first: FloatArray, second: FloatArray, axis: int = -1) -> FloatArray:
    difference = first.mean(axis=axis) - second.mean(axis=axis)
    parts = (np.var(sample, axis=axis, ddof=1) / sample.shape[axis] for sample in (first, second))
    return _bounded(difference, sum(parts))


def _bounded(difference: FloatArray, variance: FloatArray) -> FloatArray:
    """Welch's t as d / sqrt(d^2 + s^2), which rises with it and stays finite if the variance is
    zero; 0 if d is zero, too.
    """
    size = np.sqrt(difference**2 + variance)
    return np.asarray(np.round(np.divide(difference, size, out=np.zeros_like(size), where=size > 0), DIGITS), float)


@dataclass(frozen=True, eq=False)
class _Labels:
    """The sums under every arrangement of the units, with the observed arrangement first.

    ``values`` (n + m,) are centred, ``ours`` says which of them belong to the first treatment, and
    ``sizes`` are the treatments' numbers of units. For the units that each of R arrangements calls
    the first treatment, ``count`` is how many of them are, and ``value``, ``square`` and ``cross``
    are the sums of the values, of their squares, and of the values of those: all (R,). A shift of
    the first treatment is linear and quadratic in them, so every shift is tested on the same
    arrangements.
    """

    values: FloatArray
    ours: FloatArray
    sizes: tuple[int, int]
    count: FloatArray
    value: FloatArray
    square: FloatArray
    cross: FloatArray

    @classmethod
    def of(cls, first: FloatArray, second: FloatArray, seed: int) -> _Labels:
        pooled, sizes = np.concatenate([first, second]), (len(first), len(second))
        values, ours = pooled - pooled.mean(), np.repeat([1.0, 0.0], sizes)
        chosen = _arrangements(sizes, seed)
        return cls(values, ours, sizes, chosen @ ours, chosen @ values, chosen @ values**2, chosen @ (values * ours))

    def p_value(self, shift: float) -> float:
        """The two-sided p-value of the hypothesis that the first treatment is the second, shifted."""
        moved = self.values - shift * self.ours
        value = self.value - shift * self.count
        square = self.square - 2 * shift * self.cross + shift**2 * self.count
        others, other_squares = moved.sum() - value, (moved**2).sum() - square
        spread = [
            np.maximum(squares - sums**2 / size, 0.0) / (size - 1) / size
            for sums, squares, size in ((value, square, self.sizes[0]), (others, other_squares, self.sizes[1]))
        ]
        welch = np.round(_bounded(value / self.sizes[0] - others / self.sizes[1], spread[0] + spread[1]), DIGITS - 3)
        return float(2 * min((welch >= welch[0]).mean(), (welch <= welch[0]).mean()))


def _arrangements(sizes: tuple[int, int], seed: int) -> FloatArray:
    """Which units are called the first treatment, (R, n + m) of 0 and 1, with the observed
    arrangement first.
    """
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
