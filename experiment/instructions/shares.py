"""Natural frequencies: probabilities as whole numbers "of 100", which people reason with better than with chances."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

WHOLES = (100, 1000)
LARGEST_WHOLE = 10_000


@dataclass(frozen=True)
class Frequencies:
    """Probabilities as ``counts`` that add up to ``whole``; ``exact`` where nothing was rounded."""

    whole: int
    counts: tuple[int, ...]
    exact: bool


def frequencies(probabilities: Sequence[float]) -> Frequencies:
    """Probabilities that sum to 1 as counts: exactly of 100 or 1000 where that can be, else rounded, the sum kept.

    Rounded counts are of 100, or of the first greater whole in which nothing that is possible becomes 0.
    """
    for whole in WHOLES:
        nearest = [round(p * whole) for p in probabilities]
        if sum(nearest) == whole and all(math.isclose(p * whole, n, abs_tol=1e-9) for p, n in zip(probabilities, nearest, strict=True)):
            return Frequencies(whole, tuple(nearest), exact=True)
    for whole in (*WHOLES, LARGEST_WHOLE):
        counts = _largest_remainders(probabilities, whole)
        if all(n > 0 for n, p in zip(counts, probabilities, strict=True) if p > 0):
            break
    return Frequencies(whole, counts, exact=False)


def _largest_remainders(probabilities: Sequence[float], whole: int) -> tuple[int, ...]:
    """Round down, then give what is missing to those who lost most."""
    exact = [Fraction(p) * whole for p in probabilities]
    counts = [math.floor(share) for share in exact]
    by_loss = sorted(range(len(exact)), key=lambda i: counts[i] - exact[i])
    for i in by_loss[: whole - sum(counts)]:
        counts[i] += 1
    return tuple(counts)
