"""Whether beta^sigma is the only stage-2 equilibrium, which the paper leaves open: proved, scanned or unknown.

With one endowment for everyone the argument in ``theory.equilibrium.stage2`` needs that eps > 0 and that every type's ln U_q/U_r is an
increasing function of ln(r/q) alone. The four utility families have both, whatever the belief. The slope is checked nevertheless, at
the vertices of the beliefs and over the consumption ratios that can be reached. With endowments by role it must also not be too large,
which only crra can violate: ``theory.roles.uniqueness`` has the bound, and beyond it searches for equilibria on a grid of prices,
configuration by configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from theory.economy.environment import Environment
from theory.roles.uniqueness import proved_unique, slope_allowed

RATIOS = np.linspace(-12.0, 12.0, 241)

Status = Literal["proved", "scanned", "unknown"]


@dataclass(frozen=True)
class Uniqueness:
    """The status, the least and largest slope of ln U_q/U_r in ln(r/q) that was found, and the reason in one sentence."""

    status: Status
    least_slope: float
    largest_slope: float
    reason: str


def uniqueness(environment: Environment) -> Uniqueness:
    """Whether stage 2 of an environment has one equilibrium for every type configuration."""
    ratios = np.tile(RATIOS[:, None] + np.log(environment.endowment_r / environment.endowment_q), len(environment.types))
    states = len(environment.states)
    beliefs = [*np.eye(states), np.full(states, 1 / states)]
    slopes = np.array([environment.utility.log_mrs(ratios, environment.utility.weight[None], belief).slope for belief in beliefs])
    least, largest = float(slopes.min()), float(slopes.max())
    if not least > 0:
        return Uniqueness("unknown", least, largest, "Some type's marginal rate of substitution does not rise with r/q.")
    if not environment.roles:
        reason = "Endowments are the same, epsilon is positive, and every marginal rate of substitution rises with r/q alone."
        return Uniqueness("proved", least, largest, reason)
    allowed = slope_allowed(environment)
    if proved_unique(environment):
        reason = f"Endowments differ by role, and ln U_q/U_r rises in ln(r/q) by at most {largest:.4g}, within the bound of {allowed:.4g}."
        return Uniqueness("proved", least, largest, reason)
    reason = (
        f"Endowments differ by role, and ln U_q/U_r rises in ln(r/q) by {largest:.4g}, beyond the bound of {allowed:.4g}: whether there are"
        " several equilibria can only be looked for, configuration by configuration."
    )
    return Uniqueness("scanned", least, largest, reason)
