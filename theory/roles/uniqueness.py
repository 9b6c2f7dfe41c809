r"""Whether stage 2 has one equilibrium where endowments differ by role: proved up to a sharp bound on elasticities, else sought.

An equilibrium is a zero of F(ln p) = ln p - ln T_r + ln T_q, which is at most 0 at the paper's lower bound on the price and at least 0
at the upper one (``theory.roles.reduced_game``). Let theta be the slope of a type's ln U_q/U_r in ln(r/q).

**Theorem.** Let k be the fourth root of the ratio of the largest q-bar_j/r-bar_j to the smallest. If theta > 0 and
theta <= 2 (1 + k^2)/(k - 1)^2 for all types and ratios, F increases: stage 2 has one equilibrium, whatever the configuration, the belief,
M and eps > 0, and so has its limit. So theta <= 2 suffices for any endowments, and any theta where all are multiples of each other.

Proof, in the notation of ``theory.equilibrium.stage2`` for groups instead of types: offers in own endowments, m = (sigma/M) w, D = 1/(M
T/w - b), P the price of the good offered between own endowments. As there F' = 1 + B_q/E_q + B_r/E_r, T - eps = sum of m b, e D = m
theta', and E >= eps. For kappa > 0 the terms of B + kappa E collect to

    B + kappa E = kappa eps + sum of m/(theta + b_a D) (b_a - theta b (phi - kappa)).

Put x = e^-a, P = tan^2 A and kappa = sin^2 K with both angles between 0 and 90 degrees. As b_a/b = x (1 + P)/((1 - x)(1 + P x)) and
phi = P x/(1 + P x),

    b (phi - kappa)/b_a = (1 - x)(sin^2 A cos^2 K - cos^2 A sin^2 K/x),

which is at most 0 where A <= K, and otherwise at most sin^2(A - K), its value at x = tan K/tan A. So B/E > -sin^2 K on the side of q
if theta sin^2(A - K) <= 1 for the sellers with A > K. A seller of r has the price 1/P, the angle 90 - A; with kappa = cos^2 K it follows
alike that B/E > -cos^2 K on the side of r if theta sin^2(K - A) <= 1 for the sellers with A < K. Then F' > 1 - sin^2 K - cos^2 K = 0.
Halfway between the least and the largest A is a K that does it where theta sin^2(half their distance) <= 1. With
tan^2 A = p q-bar_j/r-bar_j the distance is largest at the p that makes the two tangents k and 1/k; there the sine squared of its half is
(k - 1)^2/(2 (1 + k^2)). QED.

The bound is sharp. Let half of the agents sell q from one of two mirrored roles, and half sell r from the other, all with x = 1/k at
p = 1: there B + kappa E is kappa eps + (1/theta) (sum of m b_a) (1 - theta sin^2) as M grows. As soon as theta is beyond the bound, F' < 0
for small eps, and there are three equilibria. Of the four families only crra has theta > 1. Beyond the bound F is evaluated on a grid of
prices, and every change of sign is followed to a zero: each is an equilibrium; that there are no others is observed, not proved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, LOG_COBB_DOUGLAS, Utility, no_formula
from theory.equilibrium.bracketed_root import log_price_bounds, log_price_excess, roots
from theory.information.beliefs import posterior as bayes_posterior
from theory.roles.reduced_game import ReducedByRole, largest_endowment, reduced_by_role
from theory.roles.stage2 import counted_by_role
from theory.roles.views import role_endowments

PRICES_SCANNED = 400
SAME_RATIO = 1e-15
"""Ratios of endowments that differ by no more than this are equal up to the rounding of the quotients."""

Status = Literal["proved", "scanned"]


@dataclass(frozen=True, eq=False)
class EquilibriumPrices:
    """The prices (E,) of all equilibria, ascending, and how it is known that there are no more: ``proved`` or ``scanned``."""

    prices: FloatArray
    status: Status


def stage2_prices(environment: Environment, configuration: npt.ArrayLike, posterior: npt.ArrayLike | None = None) -> EquilibriumPrices:
    """All stage-2 equilibria of one configuration (J, K). ``posterior`` (Z,) replaces Bayes' rule."""
    counts = counted_by_role(environment, np.asarray(configuration)[None])
    belief = bayes_posterior(environment, counts.sum(axis=1)) if posterior is None else np.asarray(posterior, float)[None]
    size = counts.sum(axis=(1, 2)).astype(float)
    return _prices(environment, reduced_by_role(environment, belief, counts.reshape(1, -1).T / size, size))


def competitive_prices(environment: Environment, posterior: npt.ArrayLike, shares: npt.ArrayLike) -> EquilibriumPrices:
    """All competitive equilibria where everybody holds ``posterior`` (Z,), with ``shares`` (J, K) of roles and types."""
    weight = np.asarray(shares, float).reshape(-1, 1)
    return _prices(environment, reduced_by_role(environment, np.asarray(posterior, float)[None], weight, np.full(1, np.inf)))


def slope_bounds(utility: Utility) -> tuple[float, float]:
    """The least and the largest slope theta that ln U_q/U_r can have in ln(r/q), at any ratio and under any belief.

    It is 1 for log Cobb-Douglas and c for crra. For Cobb-Douglas it is 1, and for ces 1 - rho, plus the difference in the mean of a number
    tilt_z over states between the shares of the states in U_q and in U_r. The shares in U_q lean towards states of larger w_z; tilt_z
    falls in w_z and lies between 0 and c for Cobb-Douglas, and is (c - rho) times such a number between 0 and 1 for ces. So the difference
    lies between -c and 0, and between 0 and rho - c.
    """
    c, rho = utility.curvature or 0.0, utility.rho or 0.0
    if utility.family == LOG_COBB_DOUGLAS:
        return 1.0, 1.0
    if utility.family == CRRA:
        return c, c
    if utility.family not in (COBB_DOUGLAS, CES):
        raise no_formula(utility, "the range of its slope")
    ends = (1 - c, 1.0) if utility.family == COBB_DOUGLAS else (1 - c, 1 - rho)
    return min(ends), max(ends)


def slope_allowed(environment: Environment) -> float:
    """2 (1 + k^2)/(k - 1)^2, up to which one equilibrium is proved; infinite where endowments are multiples of each other."""
    endowment = role_endowments(environment)
    ratio = endowment[:, 0] / endowment[:, 1]
    if ratio.max() <= ratio.min() * (1 + SAME_RATIO):
        return math.inf
    root = (ratio.max() / ratio.min()) ** 0.25
    return float(2 * (1 + root**2) / (root - 1) ** 2)


def proved_unique(environment: Environment) -> bool:
    """Whether the theorem applies to every configuration of an environment."""
    least, largest = slope_bounds(environment.utility)
    return least > 0 and largest <= slope_allowed(environment) and environment.epsilon.min() > 0


def _prices(env: Environment, game: ReducedByRole) -> EquilibriumPrices:
    proved = proved_unique(env)
    low, high = log_price_bounds(game)
    edges, turns = np.linspace(low[0], high[0], 2 if proved else PRICES_SCANNED), np.zeros(1, np.intp)
    if not proved:
        above = log_price_excess(game.columns(np.zeros(len(edges), np.intp)), edges) > 0
        above[[0, -1]] = False, True  # the bounds imply this, even if rounding hides a zero on one of them
        turns = np.flatnonzero(above[1:] != above[:-1])
    same = game.columns(np.zeros(len(turns), np.intp))
    log_prices = roots(
        lambda price, rows: log_price_excess(same.columns(rows), price), edges[turns], edges[turns + 1], np.arange(len(turns))
    )
    unit_q, unit_r = largest_endowment(env)
    return EquilibriumPrices(np.asarray(np.exp(log_prices) * unit_r / unit_q), "proved" if proved else "scanned")
