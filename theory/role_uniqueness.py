"""Whether stage 2 has one equilibrium where endowments differ by role: proved where theta <= 1, else looked for.

An equilibrium is a zero of F(ln p) = ln p - ln T_r + ln T_q, which is at most 0 at the paper's lower bound on the price and at least
0 at the upper one (``theory.role_totals``). With theta <= 1, in all families but crra with c > 1, F increases and has one zero.
Beyond that endowments by role can leave several, in the game as in its limit. Then F is evaluated on a grid of prices, and every
change of sign is followed to a zero: each is an equilibrium; that there are no others is seen on the grid and not proved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from theory.beliefs import posterior as bayes_posterior
from theory.bracketed import log_price_bounds, log_price_excess, roots
from theory.environment import Environment
from theory.role_stage2 import counted_by_role
from theory.role_totals import ReducedByRole, largest_endowment, reduced_by_role
from theory.utility import CRRA, FloatArray

PRICES_SCANNED = 400

Status = Literal["proved", "scanned"]


@dataclass(frozen=True, eq=False)
class EquilibriumPrices:
    """The prices (E,) of all equilibria, ascending, and how it is known that there are no more: ``proved`` or ``scanned``."""

    prices: FloatArray
    status: Status


def stage2_prices(environment: Environment, configuration: npt.ArrayLike, posterior: npt.ArrayLike | None = None) -> EquilibriumPrices:
    """All stage-2 equilibria of one configuration (J, K). ``posterior`` (Z,) replaces Bayes' rule."""
    env = environment
    counts = counted_by_role(env, np.asarray(configuration)[None])
    belief = bayes_posterior(env, counts.sum(axis=1)) if posterior is None else np.asarray(posterior, float)[None]
    size = counts.sum(axis=(1, 2)).astype(float)
    return _prices(env, reduced_by_role(env, belief, counts.reshape(1, -1).T / size, size))


def competitive_prices(environment: Environment, posterior: npt.ArrayLike, shares: npt.ArrayLike) -> EquilibriumPrices:
    """All competitive equilibria where everybody holds ``posterior`` (Z,), with ``shares`` (J, K) of roles and types."""
    weight = np.asarray(shares, float).reshape(-1, 1)
    return _prices(environment, reduced_by_role(environment, np.asarray(posterior, float)[None], weight, np.full(1, np.inf)))


def gross_substitutes(environment: Environment) -> bool:
    """Whether the slope theta of ln U_q/U_r in ln(r/q) is at most 1 under every belief: all families but crra with c > 1."""
    utility = environment.utility
    return utility.family != CRRA or (utility.curvature or 0.0) <= 1


def _prices(env: Environment, game: ReducedByRole) -> EquilibriumPrices:
    proved = gross_substitutes(env)
    low, high = log_price_bounds(game)
    edges = np.linspace(low[0], high[0], 2 if proved else PRICES_SCANNED)
    if not proved:
        sign = log_price_excess(game.columns(np.zeros(len(edges), np.intp)), edges) > 0
        sign[[0, -1]] = False, True  # by the bounds, whatever rounding says of a zero on one of them
        turns = np.flatnonzero(sign[1:] != sign[:-1])
    else:
        turns = np.zeros(1, np.intp)
    same = game.columns(np.zeros(len(turns), np.intp))
    log_prices = roots(
        lambda price, rows: log_price_excess(same.columns(rows), price), edges[turns], edges[turns + 1], np.arange(len(turns))
    )
    unit_q, unit_r = largest_endowment(env)
    return EquilibriumPrices(np.asarray(np.exp(log_prices) * unit_r / unit_q), "proved" if proved else "scanned")
