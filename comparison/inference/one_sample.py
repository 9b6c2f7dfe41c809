"""Exact tests that units are centred on a hypothesis: sign flips of the mean, Wilcoxon's signed
ranks, and the sign test.

Their null hypothesis is that a unit's distance from the hypothesis is as likely to lie above it as
below, at any size (sign flips, signed ranks), or that it is as likely to be positive as negative
(sign test). No distribution is assumed.
"""

from __future__ import annotations

from itertools import product
from math import floor

import numpy as np
import numpy.typing as npt
from scipy import stats

from comparison.inference.inversion import NO_INTERVAL, step_interval, unbounded_note
from comparison.inference.result import LEVEL, MOST_ENUMERATED, MOST_RANKED, RESAMPLES, SEED, TestResult, joined, too_few, untested
from theory.economy.arrays import FloatArray

DIGITS = 12
"""Statistics between -1 and 1 are compared at this many digits, so that arrangements that tie are
treated as ties.
"""


def sign_flip_test(name: str, values: npt.ArrayLike, null: float = 0.0, level: float = LEVEL, seed: int = SEED) -> TestResult:
    """Whether the mean over units, shape (G,), is ``null``, by the 2^G ways to flip the signs of
    the units' distances from it.

    All are enumerated up to 2^13; beyond that 9,999 are drawn. The interval is the inverted test:
    by Hartigan (1969, Journal of the American Statistical Association 64) its ends are order
    statistics of the means of all subsets of the units. A unit exactly at ``null`` counts in the
    mean, but flipping it changes nothing, so it does not lower ``least_p``. nan values are left
    out.
    """
    values, method = present(values), "sign-flip permutation test of the mean"
    if len(values) < 2:
        return untested(name, len(values), method, too_few(len(values)), float(values.mean()) if len(values) else float("nan"))
    moved = int(np.count_nonzero(values - null))
    ends = flip_interval(values, level, seed)
    zeros = f"{len(values) - moved} of {len(values)} units lie exactly at the hypothesis." if moved < len(values) else ""
    return TestResult(
        name=name,
        estimate=float(values.mean()),
        low=ends[0],
        high=ends[1],
        p_value=flip_p_value(values - null, "two-sided", seed),
        least_p=min(1.0, 2 * least_flip_p(moved)),
        units=len(values),
        method=f"{method}, {_enumeration(2**moved)}",
        note=joined(zeros, unbounded_note(ends, level)),
    )


def wilcoxon_test(name: str, values: npt.ArrayLike, null: float = 0.0, level: float | None = LEVEL, seed: int = SEED) -> TestResult:
    """Whether the units, shape (G,), are centred at ``null``, by the ranks of their distances;
    SciPy's test, exact up to 50 units.

    The estimate is the Hodges-Lehmann one, the median of the Walsh averages, and the interval holds
    the hypotheses that the same test does not reject (none is computed if ``level`` is None). A
    unit exactly at ``null`` is dropped, as Wilcoxon did. With ties, the signs of the ranks are
    flipped instead of looking up the distribution.
    """
    values, method = present(values), "Wilcoxon signed-rank test"
    if len(values) < 2:
        return untested(name, len(values), method, too_few(len(values)), float(values.mean()) if len(values) else float("nan"))
    rows, columns = np.triu_indices(len(values))
    walsh = (values[rows] + values[columns]) / 2
    moved = int(np.count_nonzero(values - null))
    ends = NO_INTERVAL if level is None else step_interval(walsh, lambda centre: _wilcoxon_p(values - centre, seed), 1 - level)
    dropped = f"{len(values) - moved} of {len(values)} units lie exactly at the hypothesis and are dropped." if moved < len(values) else ""
    return TestResult(
        name=name,
        estimate=float(np.median(walsh)),
        low=ends[0],
        high=ends[1],
        p_value=_wilcoxon_p(values - null, seed),
        least_p=min(1.0, 2.0 ** (1 - moved)),
        units=len(values),
        method=f"{method}, {ranks_by(len(values), _tied(values - null), 2**moved)}",
        note=joined(dropped, unbounded_note(ends, level)),
    )


def sign_test(name: str, differences: npt.ArrayLike, level: float = LEVEL) -> TestResult:
    """Whether a unit's difference, shape (G,), is as likely positive as negative. The estimate is
    the share of positive ones.

    The interval is Clopper and Pearson's. Differences of zero are undecided and are dropped.
    """
    differences, method = present(differences), "sign test"
    decided = differences[differences != 0]
    dropped = len(differences) - len(decided)
    note = f"{dropped} of {len(differences)} units are undecided and dropped." if dropped else ""
    if len(decided) < 2:
        return untested(name, len(decided), method, joined(note, too_few(len(decided))))
    answer = stats.binomtest(int((decided > 0).sum()), len(decided))
    ends = answer.proportion_ci(level)
    least = 2.0 ** (1 - len(decided))
    return TestResult(name, answer.statistic, ends.low, ends.high, float(answer.pvalue), least, len(decided), f"{method}, exact", note)


def flip_p_value(distances: FloatArray, alternative: str, seed: int = SEED) -> float:
    """The p-value of the sign-flip test that distances (G,) have mean zero; ``alternative`` as
    SciPy names it.

    SciPy's if all flips are listed. If they are drawn, it is read off the draws of
    ``flip_interval``, so that the two never contradict each other: flipping a subset of the units
    gives a larger mean if the subset's mean is negative.
    """
    moved = np.sort(distances[distances != 0])
    if not len(moved):
        return 1.0
    if len(moved) == 1:  # SciPy needs two
        return 0.5 if alternative == ("greater" if moved[0] > 0 else "less") else 1.0
    if 2 ** len(moved) <= MOST_ENUMERATED:
        exact = {"permutation_type": "samples", "vectorized": True, "n_resamples": np.inf}
        return float(stats.permutation_test((moved,), _share, alternative=alternative, **exact).pvalue)
    means = _subset_means(moved, seed)
    tails = {"greater": 1 + int((means <= 0).sum()), "less": 1 + int((means >= 0).sum())}
    tails["two-sided"] = min(2 * min(tails.values()), len(means) + 1)
    return tails[alternative] / (len(means) + 1)


def least_flip_p(units: int) -> float:
    """The least one-sided p-value of a sign-flip test with this many units off the hypothesis."""
    return max(2.0**-units, 1 / (RESAMPLES + 1) if 2**units > MOST_ENUMERATED else 0.0)


def flip_interval(values: FloatArray, level: float = LEVEL, seed: int = SEED) -> tuple[float, float]:
    """The means that the two-sided sign-flip test does not reject at 1 - ``level``; nan if it can
    reject none.

    The one-sided p-value of a mean m is (1 + the number of subset means at most m) / (1 + the
    number of subsets).
    """
    centre = values.mean()
    means = np.sort(_subset_means(values - centre, seed))
    rank = floor((1 - level) / 2 * (len(means) + 1) + 1e-9)
    return NO_INTERVAL if rank == 0 else (float(means[rank - 1] + centre), float(means[-rank] + centre))


def present(values: npt.ArrayLike) -> FloatArray:
    """The numbers that are not nan, shape (G,), sorted, so that no result depends on the order of
    the units, not even with Monte Carlo draws.
    """
    numbers: FloatArray = np.asarray(values, float).ravel()
    return np.sort(numbers[~np.isnan(numbers)])


def _share(values: FloatArray, axis: int = -1) -> FloatArray:
    """The mean as a share of the mean absolute value. Flips do not change the latter, so this
    orders arrangements as the mean does.
    """
    return np.asarray(np.round(values.sum(axis=axis) / np.abs(values).sum(axis=axis), DIGITS))


def _subset_means(values: FloatArray, seed: int) -> FloatArray:
    """The means of all non-empty subsets of the values, or of as many random subsets as there are
    draws.
    """
    units = len(values)
    if 2**units <= MOST_ENUMERATED:
        chosen = np.array(list(product((False, True), repeat=units)))[1:]
    else:
        chosen = _rng(seed).random((RESAMPLES, units)) < 0.5
        chosen[~chosen.any(axis=1)] = True  # once in 2^units: the empty subset has no mean
    return np.asarray(chosen @ values / chosen.sum(axis=1))


def _wilcoxon_p(distances: FloatArray, seed: int) -> float:
    if not distances.any():
        return 1.0
    if len(distances) > MOST_RANKED:
        return float(stats.wilcoxon(distances, method="asymptotic").pvalue)
    method = stats.PermutationMethod(n_resamples=RESAMPLES, rng=_rng(seed)) if _tied(distances) else "exact"
    return float(stats.wilcoxon(distances, method=method).pvalue)


def _tied(distances: FloatArray) -> bool:
    sizes = np.abs(distances[distances != 0])
    return len(np.unique(sizes)) < len(sizes)


def ranks_by(units: int, tied: bool, arrangements: int) -> str:
    """How a test of this many ranked units finds its p-value, in words."""
    if units > MOST_RANKED:
        return "normal approximation"
    return f"{RESAMPLES} draws" if tied and arrangements > RESAMPLES else "exact"


def _enumeration(arrangements: int) -> str:
    return "exact" if arrangements <= MOST_ENUMERATED else f"{RESAMPLES} draws"


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)
