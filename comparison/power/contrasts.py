"""What an experiment should show: a number for every market round, and the test of its averages
over independent units.

These are planned tests of ``comparison.hypotheses``, on the same numbers. A contrast of one
treatment asks whether the Nash price is closer to the observed one than a rival's is, in
logarithms: the mean over units is tested for zero by sign flips. A contrast of two treatments asks
whether they differ in the price's distance from Nash, by permutation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from comparison.design.criteria import BENCHMARKS
from comparison.inference.one_sample import sign_flip_test
from comparison.inference.result import TestResult
from comparison.inference.two_sample import permutation_test
from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.equilibrium.rivals import NASH, Rival, rival_outcome
from theory.simulation.market_rounds import Simulation

Statistic = Callable[[Environment, Simulation], FloatArray]
"""A number for each of S market rounds, (S,)."""

DIGITS = 10
"""A unit's numbers are rounded to this many digits, as in the test itself: smaller differences come
from arithmetic.
"""


@dataclass(frozen=True)
class Contrast:
    """A question, and its ``statistic`` per market round, in logarithms of the price.

    ``varies`` is the session setting in which two treatments differ, empty if one treatment is
    compared with theory. The effect is the mean over units, or the first treatment's less the
    second's.
    """

    name: str
    question: str
    statistic: Statistic
    varies: str = ""

    def test(self, *samples: FloatArray) -> TestResult:
        """The test of one number per unit, one array (G,) per treatment."""
        first, *second = (sample.round(DIGITS) for sample in samples)
        return permutation_test(self.name, first, second[0]) if second else sign_flip_test(self.name, first)


def log_prices(environment: Environment, rival: Rival, rounds: Simulation) -> FloatArray:
    """ln of the price that a rival predicts for each market round, (S,); each distinct market is solved once."""
    counts = np.stack([((rounds.types == x) & rounds.active).sum(axis=1) for x in range(len(environment.types))], axis=1)
    return np.asarray(np.log(rival_outcome(environment, rival, counts, rounds.state if rival.needs_state else None).price))


def distance(rival: Rival, environment: Environment, rounds: Simulation) -> FloatArray:
    """|ln p - ln p_m| for a rival m, by market round."""
    return np.asarray(np.abs(np.log(rounds.price) - log_prices(environment, rival, rounds)))


def lead(rival: Rival, environment: Environment, rounds: Simulation) -> FloatArray:
    """By how much Nash is closer to the price than a rival is, by market round."""
    return distance(rival, environment, rounds) - distance(NASH, environment, rounds)


def _over(name: str, rival: Rival) -> Contrast:
    return Contrast(f"nash_over_{name}", f"Is the price closer to Nash than to {name}?", partial(lead, rival))


DIFFER = "Do the treatments differ in the price's distance from Nash"
CONTRASTS = {
    found.name: found
    for found in (
        *(_over(name, rival) for name, rival in BENCHMARKS.items() if rival is not NASH),
        Contrast("announcement", f"{DIFFER}: the histogram announced, or nothing?", partial(distance, NASH), "announcement"),
        Contrast("size", f"{DIFFER}: markets of one size, or of another?", partial(distance, NASH), "market_size"),
    )
}
