"""Power: how often the test rejects, for every number of units, in experiments that are simulated
from scratch.

An effect may be stated on the scale of the contrast's statistic. Then the units' numbers from the
model are all shifted so that their mean (or the difference between the treatments) is the effect.
So the model determines how much units vary, and the experimenter how large a difference is worth
finding. An effect of zero is the hypothesis itself, which an exact test rejects no more often than
its level. Or the effect is the model's own, and nothing is shifted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import joblib
import numpy as np
from tqdm import tqdm

from comparison.power.contrasts import Contrast
from comparison.power.subjects import Treatment, played
from theory.economy.arrays import FloatArray

AT_A_TIME = 50
"""Replications that one task runs."""


@dataclass(frozen=True)
class Plan:
    """How power is computed: numbers of ``units`` per treatment, replications, ``level`` of the test, power ``wanted``, and the seed."""

    units: tuple[int, ...]
    replications: int
    level: float
    wanted: float
    seed: int


@dataclass(frozen=True, eq=False)
class Curve:
    """Power by number of units for one effect.

    ``effect`` is None if it is the model's own; ``size`` is its value, stated or from the model;
    ``power``, its Monte Carlo ``error`` and ``least_p`` the least p-value attainable, all (units,).
    """

    effect: float | None
    size: float
    units: tuple[int, ...]
    power: FloatArray
    error: FloatArray
    least_p: FloatArray

    def enough(self, wanted: float) -> int | None:
        """The smallest number of units from which power is sufficient at all larger numbers
        examined; None if the largest is too few.
        """
        short = np.flatnonzero(self.power < wanted)
        place = int(short[-1]) + 1 if len(short) else 0
        return self.units[place] if place < len(self.units) else None


@dataclass(frozen=True, eq=False)
class Power:
    """The answer: a curve for each effect, and by treatment the mean and the standard deviation of
    units in the model.
    """

    contrast: Contrast
    treatments: tuple[Treatment, ...]
    plan: Plan
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    curves: tuple[Curve, ...]


def power(contrast: Contrast, treatments: Sequence[Treatment], effects: Sequence[float | None], plan: Plan, jobs: int = 1) -> Power:
    """Power for every effect and number of units; the same seed gives the same numbers, with any
    number of ``jobs``.

    Every replication has its own units; the smaller numbers use the first of them, and all effects
    use the same ones.
    """
    samples = [_pool(contrast, treatment, plan, number) for number, treatment in enumerate(treatments)]
    means = tuple(float(sample.mean()) for sample in samples)
    tasks = [(moved(samples, effect), units, part) for effect in effects for units in plan.units for part in _parts(plan)]
    done = joblib.Parallel(n_jobs=jobs, return_as="generator")(
        joblib.delayed(_p_values)(
            contrast,
            [sample[part, :units] for sample in shifted],
        )
        for shifted, units, part in tasks
    )
    p_values = list(tqdm(done, total=len(tasks), desc="testing", unit=" tasks", disable=None, leave=False))
    each = np.concatenate(p_values).reshape(len(effects), len(plan.units), plan.replications, 2)
    own = means[0] - (means[1] if len(means) > 1 else 0.0)
    curves = tuple(_curve(effect, own if effect is None else effect, plan, found) for effect, found in zip(effects, each, strict=True))
    spreads = tuple(float(sample.std(ddof=1)) for sample in samples)
    return Power(contrast, tuple(treatments), plan, means, spreads, curves)


def moved(samples: Sequence[FloatArray], effect: float | None) -> list[FloatArray]:
    """The units' numbers with the effect as their mean, or as the first treatment's mean less the
    second's; None leaves them unchanged.
    """
    if effect is None:
        return list(samples)
    first, *rest = samples
    target = effect + (float(rest[0].mean()) if rest else 0.0)
    return [first - first.mean() + target, *rest]


def _pool(contrast: Contrast, treatment: Treatment, plan: Plan, number: int) -> FloatArray:
    """One number per unit, (replications, largest number of units)."""
    largest, env = max(plan.units), treatment.settings.environment
    found = played(treatment, plan.replications * largest, [plan.seed, number], lambda rounds: contrast.statistic(env, rounds))
    return found.reshape(plan.replications, largest)


def _parts(plan: Plan) -> list[slice]:
    return [slice(start, min(start + AT_A_TIME, plan.replications)) for start in range(0, plan.replications, AT_A_TIME)]


def _p_values(contrast: Contrast, samples: Sequence[FloatArray]) -> FloatArray:
    """The p-value and the least p-value of each replication, (R, 2); a replication that cannot be
    tested does not reject.
    """
    results = [contrast.test(*rows) for rows in zip(*samples, strict=True)]
    return np.array([(result.p_value, result.least_p) for result in results])


def _curve(effect: float | None, size: float, plan: Plan, found: FloatArray) -> Curve:
    share = (found[..., 0] <= plan.level * (1 + 1e-12)).mean(axis=1)
    error = np.sqrt(share * (1 - share) / plan.replications)
    return Curve(effect, size, plan.units, share, error, np.asarray(np.nanmin(found[..., 1], axis=1)))
