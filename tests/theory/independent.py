"""Best replies from eq. (14)-(16) and the utility functions as written down, one agent at a time, by SciPy's brentq.

Nothing of ``theory`` but the parameters goes in: the solver is compared with this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq

from theory.economy.environment import Environment
from theory.economy.utility import CES, COBB_DOUGLAS, LOG_COBB_DOUGLAS


def marginal_utilities(env: Environment, kind: int, belief: Sequence[float], q: float, r: float) -> tuple[float, float]:
    """(U_q, U_r) at a bundle, up to a positive factor common to both, by differentiating each family by hand.

    The factor keeps large powers in range; it is the same in all states.
    """
    utility, in_q, in_r = env.utility, 0.0, 0.0
    c = utility.curvature or 0.0
    for weight, chance in zip(env.utility.weight[kind].tolist(), belief, strict=True):
        if chance == 0:
            continue
        if utility.family == LOG_COBB_DOUGLAS:
            u_q, u_r = weight / q, (1 - weight) / r
        elif utility.family == COBB_DOUGLAS:
            # c w (q^w r^(1-w))^c / q, divided by q^c
            level = (r / q) ** (c * (1 - weight))
            u_q, u_r = weight / q * level, (1 - weight) / r * level
        elif utility.family == CES:
            # c w q^(rho-1) (w q^rho + (1-w) r^rho)^(c/rho-1), divided by the larger of q and r to the power c - rho
            rho, top = utility.rho or 0.0, max(q, r)
            level = (weight * (q / top) ** rho + (1 - weight) * (r / top) ** rho) ** (c / rho - 1)
            u_q, u_r = weight * (q / top) ** (rho - 1) * level, (1 - weight) * (r / top) ** (rho - 1) * level
        else:
            low = min(q, r)
            u_q, u_r = weight * (q / low) ** -c, (1 - weight) * (r / low) ** -c
        in_q, in_r = in_q + chance * u_q, in_r + chance * u_r
    return in_q, in_r


def best_reply(env: Environment, kind: int, belief: Sequence[float], others_q: float, others_r: float) -> tuple[float, float]:
    """The maximum of H_x over O against the others' totals, from the first-order conditions (15) and (16)."""
    end_q, end_r = env.endowment_q, env.endowment_r

    def slope_of_g(b: float) -> float:
        # sign of g'(b): U_r R Q/(Q + b)^2 against U_q
        in_q, in_r = marginal_utilities(env, kind, belief, end_q - b, end_r + b * others_r / (others_q + b))
        return _log(in_r) - _log(in_q) + math.log(others_r) + math.log(others_q) - 2 * math.log(others_q + b)

    def slope_of_h(b: float) -> float:
        in_q, in_r = marginal_utilities(env, kind, belief, end_q + b * others_q / (others_r + b), end_r - b)
        return _log(in_q) - _log(in_r) + math.log(others_r) + math.log(others_q) - 2 * math.log(others_r + b)

    if slope_of_g(0.0) > 0:
        return _root(slope_of_g, end_q), 0.0
    if slope_of_h(0.0) > 0:
        return 0.0, _root(slope_of_h, end_r)
    return 0.0, 0.0


def largest_gap(env: Environment, counts: np.ndarray, belief: np.ndarray, offers: np.ndarray) -> float:
    """The largest distance of the offers (K, 2) of one configuration from best replies, as a part of the endowment."""
    there = counts > 0
    total = counts[there] @ offers[there] + counts.sum() * env.epsilon
    gap = 0.0
    for kind in np.flatnonzero(there):
        others = total - offers[kind]
        reply = best_reply(env, int(kind), belief.tolist(), float(others[0]), float(others[1]))
        gap = max(gap, abs(reply[0] - offers[kind, 0]) / env.endowment_q, abs(reply[1] - offers[kind, 1]) / env.endowment_r)
    return gap


def _root(slope, end: float) -> float:
    """The zero of a decreasing function on (0, end), or the end itself if there is none short of the last digit."""
    last = math.nextafter(end, 0.0)
    if slope(last) >= 0:
        return end
    return float(brentq(slope, 0.0, last, xtol=1e-15 * end, rtol=8.9e-16))


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf
