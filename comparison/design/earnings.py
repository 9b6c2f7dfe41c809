"""Points within bounds: the scale and the shift of the utility, as round numbers, with which
equilibrium pays within the bounds.

Scale and shift change nobody's choice, so they can be set to make payments what a laboratory can
afford.
"""

from __future__ import annotations

import math
from dataclasses import replace

from comparison.design.variation import significant
from theory.economy.environment import Environment

ROOM = 0.98
"""The share of the bounds' width that the scale may use before it is rounded: the rest allows the
shift to be a round number.
"""

LEAST_DIGIT = -6


def within(environment: Environment, least: float, largest: float, lowest: float, highest: float) -> Environment:
    """The environment with a scale and shift that bring points from ``least`` to ``largest``
    between ``lowest`` and ``highest``.

    The scale has two significant digits and is as large as they allow, up to two percent; the shift
    is the roundest number that fits.
    """
    utility = environment.utility
    low, high = ((end - utility.shift) / utility.scale for end in (least, largest))
    scale = (
        utility.scale if math.isclose(low, high, rel_tol=1e-12, abs_tol=1e-12) else _rounded_down(ROOM * (highest - lowest) / (high - low))
    )
    shift = roundest(lowest - scale * low, highest - scale * high)
    return replace(environment, utility=replace(utility, scale=scale, shift=shift))


def roundest(low: float, high: float) -> float:
    """The roundest number between two: a multiple of the largest possible step, which is 1, 2 or 5
    times a power of ten; the middle of the two if there is none.
    """
    top = math.ceil(math.log10(max(abs(low), abs(high), 10.0**LEAST_DIGIT)))
    for digit in range(top, LEAST_DIGIT - 1, -1):
        for leading in (5, 2, 1):
            multiple = math.ceil(low / (leading * 10.0**digit)) * leading
            if multiple * 10.0**digit <= high:
                return float(f"{multiple}e{digit}")
    return (low + high) / 2


def _rounded_down(value: float) -> float:
    """The largest number with two significant digits that is no larger."""
    nearest = significant(value)
    return nearest if nearest <= value else significant(value - 0.9 * 10.0 ** (math.floor(math.log10(value)) - 1))
