"""What a test answers: an estimate, an interval, a p-value, and the least p-value that so many units could have given."""

from __future__ import annotations

from dataclasses import dataclass

LEVEL = 0.95
"""The confidence level of intervals."""
SEED = 20120
"""The seed of Monte Carlo draws where none is given."""
RESAMPLES = 9_999
"""Monte Carlo draws where not everything is enumerated; with the observed arrangement they make 10,000."""
MOST_RANKED = 50
"""The most units of a sample for which the distribution of its ranks is computed exactly; SciPy's own limit for Wilcoxon's."""
MOST_ENUMERATED = 2**13
"""The most arrangements that are enumerated."""


@dataclass(frozen=True)
class TestResult:
    """A test of one hypothesis.

    ``low`` and ``high`` bound a confidence interval of the estimate, nan where none can be had. ``least_p`` is the least p-value
    attainable with so many units: a test whose ``least_p`` is above 5 % cannot reject at 5 % whatever the data. ``units`` is the
    number of independent units that gave a number. ``note`` says what a reader must know, and is empty otherwise; where nothing
    can be tested, ``p_value`` and ``least_p`` are nan and the note says why.
    """

    __test__ = False  # pytest would take a class of this name for tests

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
    """The result where nothing can be tested, with the reason as its note."""
    nan = float("nan")
    return TestResult(name, estimate, nan, nan, nan, nan, units, method, note)


def too_few(units: int) -> str:
    """Why one unit or none cannot be tested, as a sentence."""
    return "No unit has this number." if units == 0 else "One unit has no spread to compare with; at least two are wanted."


def joined(*notes: str) -> str:
    """The notes that say something, as one text."""
    return " ".join(note for note in notes if note)
