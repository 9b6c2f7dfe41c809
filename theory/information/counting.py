"""From chances to counts: whole numbers in given proportions that add up, and draws from a distribution by uniform lots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt


def largest_remainders(shares: Sequence[float] | Sequence[Fraction], total: int, error: float = 0.0) -> list[int]:
    """Whole numbers that sum to ``total``: shares rounded down, then one more for the largest remainders, the first of equal ones.

    A share that lies below a whole number by no more than ``error`` counts as that number.
    """
    counts = [math.floor(share + error) if error else math.floor(share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda place: counts[place] - shares[place])
    for place in by_remainder[: total - sum(counts)]:
        counts[place] += 1
    return counts


def picked(probabilities: npt.ArrayLike, lots: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """The index that each uniform lot from [0, 1) draws from a distribution."""
    cumulated = np.cumsum(probabilities)
    return np.asarray(np.searchsorted(cumulated / cumulated[-1], lots, side="right"))
