"""Chances as natural frequencies, "70 of 100": whole numbers, which people reason with better than
with probabilities (Gigerenzer and Hoffrage 1995). Every page that shows a chance in this way takes
it from here.

One rule, so that numbers can be compared across pages. The prior and the likelihoods of all types
share one base: the smallest of 100, 1000 and 10 000 in which all of them are whole numbers. If
there is none, it is the smallest base in which nothing possible becomes 0 and nothing uncertain
becomes the whole, and numbers are rounded so that each distribution still adds up (largest
remainders). The posteriors of the types share a base in the same way. It is not smaller than the
first, because the posteriors follow from the other numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from experiment.config import SessionSettings
from experiment.settings_cache import once_per_settings
from theory.information.counting import largest_remainders

BASES = (100, 1000, 10_000)
ROUNDING_ERROR = Fraction(1, 10**9)
"""How far, in counts, a number may be from a whole number and still count as that number: the error
of floats.
"""


@dataclass(frozen=True)
class Counts:
    """A distribution as whole numbers that add up to ``base``; ``rounded`` says for each whether it
    is not exact.
    """

    base: int
    counts: tuple[int, ...]
    rounded: tuple[bool, ...]

    @property
    def exact(self) -> bool:
        return not any(self.rounded)


@dataclass(frozen=True)
class NaturalFrequencies:
    """Of ``base`` markets, how many are in each state (``prior``); of ``base`` participants in a state, how many are of each
    type (``likelihood``, by state); of participants of a type, how many are in each state (``posterior``, by type)."""

    base: int
    prior: Counts
    likelihood: tuple[Counts, ...]
    posterior: tuple[Counts, ...]


@once_per_settings
def natural_frequencies(settings: SessionSettings) -> NaturalFrequencies:
    """The chances of a session's environment, as subjects read them on every page."""
    env = settings.environment
    prior, likelihood = _exact(env.prior), [_exact(row) for row in env.likelihood]
    joint = [[chance * row[x] for chance, row in zip(prior, likelihood, strict=True)] for x in range(len(env.types))]
    posterior = [_normalised(row) for row in joint]
    base = _base([prior, *likelihood], BASES)
    posterior_base = _base(posterior, [candidate for candidate in BASES if candidate >= base])
    return NaturalFrequencies(
        base=base,
        prior=_counts(prior, base),
        likelihood=tuple(_counts(row, base) for row in likelihood),
        posterior=tuple(_counts(row, posterior_base) for row in posterior),
    )


def _exact(probabilities: Iterable[float]) -> list[Fraction]:
    """The exact decimals of the file, which floats only approximate."""
    return _normalised([Fraction(repr(float(p))) for p in probabilities])


def _normalised(weights: Sequence[Fraction]) -> list[Fraction]:
    """Weights divided by their sum; a type that occurs in no state keeps zeros, since nothing
    follows from it.
    """
    total = sum(weights, Fraction(0))
    return [weight / total if total else weight for weight in weights]


def _base(distributions: Sequence[Sequence[Fraction]], bases: Sequence[int]) -> int:
    """The smallest base that is exact for all distributions; or else the smallest that keeps what
    is possible above 0 and what is uncertain below the whole; or else the largest.
    """
    for base in bases:
        if all(_counts(chances, base).exact for chances in distributions):
            return base
    for base in bases:
        counted = [
            (chance, count) for chances in distributions for chance, count in zip(chances, _counts(chances, base).counts, strict=True)
        ]
        if all(0 < count < base for chance, count in counted if 0 < chance < 1):
            return base
    return bases[-1]


def _counts(chances: Sequence[Fraction], base: int) -> Counts:
    shares = [_whole(chance * base) for chance in chances]
    counts = largest_remainders(shares, math.floor(sum(shares, Fraction(1, 2))))
    return Counts(base, tuple(counts), tuple(count != share for count, share in zip(counts, shares, strict=True)))


def _whole(share: Fraction) -> Fraction:
    """The nearest whole number if a share differs from it by no more than the error of a float,
    else the share.
    """
    nearest = Fraction(round(share))
    return nearest if abs(share - nearest) <= ROUNDING_ERROR else share
