"""The result of a test: an estimate, an interval, a p-value, and the least p-value that this many
units could have given.
"""

from __future__ import annotations

from dataclasses import dataclass

LEVEL = 0.95
"""The confidence level of intervals."""
SEED = 20120
"""The seed of Monte Carlo draws if none is given."""
RESAMPLES = 9_999
"""The number of Monte Carlo draws if not everything is enumerated; with the observed arrangement
they make 10,000.
"""
MOST_RANKED = 50
"""The largest sample, in units, for which the distribution of its ranks is computed exactly;
SciPy's own limit for Wilcoxon's test.
"""
MOST_ENUMERATED = 2**13
"""The most arrangements that are enumerated."""


@dataclass(frozen=True)
class TestResult:
    """A test of one hypothesis.

    ``low`` and ``high`` bound a confidence interval of the estimate, nan if none can be computed.
    ``least_p`` is the least p-value attainable with this many units: a test whose ``least_p`` is
    above 5 % cannot reject at 5 % whatever the data. ``units`` is the number of independent units
    that gave a number. ``note`` holds anything else that a reader must know, and may be empty; if
    nothing can be tested, ``p_value`` and ``least_p`` are nan and the note says why.
    """

    __test__ = False  # else pytest would take a class with this name for tests

    name: str
    estimate: float
    low: float
    high: float
    p_value: float
    least_p: float
    units: int
    method: str
    note: str


def untested(name: str, units: int, method: str, note: str, estimate: float = float("nan")) -> TestResult:
    """The result if nothing can be tested, with the reason as its note."""
    nan = float("nan")
    return TestResult(name, estimate, nan, nan, nan, nan, units, method, note)


def too_few(units: int) -> str:
    """Why one unit or none cannot be tested, as a sentence."""
    return "No unit has this number." if units == 0 else "One unit has no spread to compare with; at least two are needed."


def joined(*notes: str) -> str:
    """The non-empty notes as one text."""
    return " ".join(note for note in notes if note)
