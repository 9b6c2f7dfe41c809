"""A confidence interval as the set of hypotheses that a test does not reject."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from math import isnan

import numpy as np

from theory.economy.arrays import FloatArray

NO_INTERVAL = (float("nan"), float("nan"))
UNBOUNDED = "With so few units no hypothesis can be rejected at the interval's level, so there is no interval."
TOLERANCE = 1e-6
"""The precision of an interval's end, as a share of its distance from the estimate."""


def unbounded_note(interval: tuple[float, float], level: float | None) -> str:
    """The note if an interval was requested and has an unbounded end; empty otherwise."""
    return UNBOUNDED if level is not None and any(map(isnan, interval)) else ""


def step_interval(steps: FloatArray, p_value: Callable[[float], float], alpha: float) -> tuple[float, float]:
    """The interval of a p-value that changes at ``steps`` only, rises up to their middle and falls
    from there.

    It is evaluated between neighbouring steps, about 2 log2(number of steps) times. An end that no
    step bounds is nan.
    """
    steps = np.unique(steps)
    return _lower_end(steps, p_value, alpha), -_lower_end(-steps[::-1], lambda value: p_value(-value), alpha)


def smooth_interval(p_value: Callable[[float], float], estimate: float, scale: float, alpha: float) -> tuple[float, float]:
    """The interval around an estimate that is not itself rejected. Each end is found by doubling
    ``scale`` and then bisecting.

    An end further away than 2**20 scales is nan.
    """
    if not scale > 0:
        return estimate, estimate
    low = _end(lambda distance: p_value(estimate - distance), scale, alpha)
    high = _end(lambda distance: p_value(estimate + distance), scale, alpha)
    return estimate - low, estimate + high


def _lower_end(steps: FloatArray, p_value: Callable[[float], float], alpha: float) -> float:
    places = np.concatenate([[steps[0] - 1.0], (steps[1:] + steps[:-1]) / 2])[: len(steps) // 2 + 1]
    first = bisect_left(range(len(places)), True, key=lambda index: p_value(float(places[index])) > alpha)
    return float("nan") if first == 0 else float(steps[first - 1])


def _end(p_value: Callable[[float], float], scale: float, alpha: float) -> float:
    inside, outside = 0.0, scale
    while p_value(outside) > alpha:
        inside, outside = outside, 2 * outside
        if outside > 2.0**20 * scale:
            return float("nan")
    while outside - inside > TOLERANCE * outside:
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if p_value(middle) > alpha else (inside, middle)
    return outside
