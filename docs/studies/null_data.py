"""Data on which a hypothesis holds: units whose rounds depend on each other, with a mean of zero,
symmetric or not.

Every unit has its own effect, and its rounds are autocorrelated (AR(1), 0.3), so rows within a unit
are far from independent. Skewed draws are exponential, less their mean.
"""

from __future__ import annotations

import numpy as np

from theory.economy.arrays import FloatArray

NORMAL, SKEWED_ROUNDS, SKEWED_UNITS = "normal", "skewed rounds", "skewed units"
KINDS = (NORMAL, SKEWED_ROUNDS, SKEWED_UNITS)
"""Which draws are normal: all; the units' effects; none."""
ROUNDS = 12
UNIT_SD = 0.7
CARRIED = 0.3


def panel(kind: str, units: int, rng: np.random.Generator, rounds: int = ROUNDS) -> FloatArray:
    """Numbers (units, rounds) with mean zero: an effect of the unit plus an error of the round that carries over."""
    shocks = _draw(kind != NORMAL, (units, rounds), rng)
    errors = np.empty_like(shocks)
    errors[:, 0] = shocks[:, 0]
    for number in range(1, rounds):
        errors[:, number] = CARRIED * errors[:, number - 1] + np.sqrt(1 - CARRIED**2) * shocks[:, number]
    return errors + UNIT_SD * _draw(kind == SKEWED_UNITS, (units, 1), rng)


def unit_numbers(kind: str, units: int, rng: np.random.Generator) -> FloatArray:
    """One number per unit (units,), the mean over its rounds."""
    return np.asarray(panel(kind, units, rng).mean(axis=1))


def paired_differences(kind: str, units: int, rng: np.random.Generator) -> FloatArray:
    """The difference between two measures of a unit (units,) that are alike in distribution: symmetric whatever they are."""
    common = UNIT_SD * _draw(kind == SKEWED_UNITS, (units, 1), rng)
    return np.asarray(((panel(kind, units, rng) + common) - (panel(kind, units, rng) + common)).mean(axis=1))


def regression(kind: str, units: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Outcome (n,), design (n, 2) of a constant and a regressor, and unit (n,), with slope 1 on average.

    Regressor and error both have an effect of the unit, and the slope differs between units (standard deviation 0.3).
    """
    regressor, error = panel(NORMAL, units, rng), panel(kind, units, rng)
    slope = 1 + 0.3 * rng.standard_normal((units, 1))
    design = np.column_stack([np.ones(regressor.size), regressor.ravel()])
    return (slope * regressor + error).ravel(), design, np.repeat(np.arange(units), ROUNDS)


def gains(kind: str, units: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Gains of units and the gains that were possible, each (units,): their ratio of sums is 0.8
    with many units.
    """
    whole = 5 + rng.exponential(1.0, units)
    return 0.8 * whole + unit_numbers(kind, units, rng), whole


def _draw(skewed: bool, shape: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    return rng.exponential(1.0, shape) - 1 if skewed else rng.standard_normal(shape)
