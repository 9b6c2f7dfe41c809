"""Shares as whole numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction


def largest_remainders(shares: Sequence[Fraction] | Sequence[float], size: int) -> list[int]:
    """Whole numbers that sum to ``size``: round down, then give what is missing to the largest remainders, the first of equal ones.

    >>> largest_remainders([1.75, 4.5, 3.75], 10)
    [2, 4, 4]
    """
    counts = [math.floor(share) for share in shares]
    by_remainder = sorted(range(len(counts)), key=lambda i: counts[i] - shares[i])
    for i in by_remainder[: size - sum(counts)]:
        counts[i] += 1
    return counts
