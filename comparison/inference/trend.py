"""Tests of a trend: Page's over rounds within each unit, and Jonckheere and Terpstra's over ordered
treatments.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import factorial, prod

import numpy as np
import numpy.typing as npt
from scipy import stats

from comparison.inference.one_sample import present
from comparison.inference.result import MOST_ENUMERATED, RESAMPLES, SEED, TestResult, joined, too_few, untested
from theory.economy.arrays import FloatArray


def page_test(name: str, table: npt.ArrayLike) -> TestResult:
    """Whether a number rises or falls over periods, by Page's L from SciPy; rows are units, columns
    are periods in order, (G, periods).

    The estimate is the mean over units of Spearman's correlation of the number with the period.
    Two-sided: twice the smaller of the p-values of a rise and of a fall. Rows with a nan are left
    out. Its null hypothesis is that within a unit every order of the periods is equally likely.
    Autocorrelated numbers violate it, so average over blocks of rounds first.
    """
    numbers, method = np.asarray(table, float), "Page's trend test"
    numbers = numbers[~np.isnan(numbers).any(axis=1)]
    units, periods = numbers.shape
    if periods < 3:
        return untested(name, units, method, f"A trend needs at least three periods; there are {periods}.")
    if units < 2:
        return untested(name, units, method, too_few(units))
    rise, fall = stats.page_trend_test(numbers), stats.page_trend_test(-numbers)
    correlation = 12 * rise.statistic / (units * periods * (periods**2 - 1)) - 3 * (periods + 1) / (periods - 1)
    tied = any(len(np.unique(row)) < periods for row in numbers)
    return TestResult(
        name=name,
        estimate=float(correlation),
        low=float("nan"),
        high=float("nan"),
        p_value=min(1.0, 2 * float(min(rise.pvalue, fall.pvalue))),
        least_p=float(np.exp(np.log(2) - units * np.log(float(factorial(periods))))),
        units=units,
        method=f"{method}, {rise.method}",
        note="Some numbers tie, which makes the p-value larger than it would be." if tied else "",
    )


def jonckheere_test(name: str, samples: Sequence[npt.ArrayLike], seed: int = SEED) -> TestResult:
    """Whether units rise or fall over treatments in a stated order, one sample (n_t,) each, by
    permuting the treatments of the units.

    The estimate is the share of pairs of units from two treatments in which the later treatment has
    the larger number, ties counting half: one half without a trend.
    """
    numbers, method = [present(sample) for sample in samples], "Jonckheere-Terpstra test"
    sizes = [len(sample) for sample in numbers]
    if len(sizes) < 2 or min(sizes) < 2:
        few = too_few(min(sizes, default=0))
        return untested(name, sum(sizes), method, joined("A trend over treatments needs two treatments with two units each.", few))
    arrangements = factorial(sum(sizes)) // prod(factorial(size) for size in sizes)
    exact = arrangements <= MOST_ENUMERATED
    draws = np.inf if exact else RESAMPLES
    found = stats.permutation_test(numbers, _rising_share, vectorized=True, n_resamples=draws, rng=np.random.default_rng(seed))
    return TestResult(
        name=name,
        estimate=float(found.statistic),
        low=float("nan"),
        high=float("nan"),
        p_value=min(1.0, float(found.pvalue)),
        least_p=max(2 / arrangements, 0.0 if exact else 2 / (RESAMPLES + 1)),
        units=sum(sizes),
        method=f"{method}, {'exact' if exact else f'{RESAMPLES} draws'}",
        note="",
    )


def _rising_share(*samples: FloatArray, axis: int = -1) -> FloatArray:
    pairs = [(np.moveaxis(a, axis, -1)[..., :, None], np.moveaxis(b, axis, -1)[..., None, :]) for a, b in combinations(samples, 2)]
    rising = sum((b > a).sum(axis=(-2, -1)) + 0.5 * (b == a).sum(axis=(-2, -1)) for a, b in pairs)
    return np.asarray(rising / sum(a.shape[-2] * b.shape[-1] for a, b in pairs))
