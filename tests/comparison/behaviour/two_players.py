r"""The exact logit equilibrium of two players, on the branch that starts from uniform play (McKelvey and Palfrey 1995).

Player 1 plays p, player 2 plays q, and p_i is proportional to exp(lambda (A q)_i), q_j to exp(lambda (p B)_j). From lambda = 0, where
both play everything alike, the solution is followed to the wanted lambda: Newton's method on

    p - L(lambda A q) = 0,    q - L(lambda B'p) = 0,    L(v)_i = e^{v_i}/sum of e^{v_k},    dL = diag(L) - L L',

at each of a sequence of precisions whose steps shrink where it does not settle. The stage-2 game of two active agents whose types are known
is such a game on the grid; for more agents ``equilibria.logit_offers`` answers the mean of the others' totals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from comparison.behaviour.game import Game
from theory.economy.arrays import FloatArray
from theory.equilibrium.stage2 import NotSolved

RESIDUAL_TOLERANCE = 1e-13
NEWTON_STEPS = 12
SMALLEST_STEP = 1e-9
"""Of the precision, as a part of the wanted one."""


@dataclass(frozen=True, eq=False)
class TwoPlayerEquilibrium:
    """Probabilities of each player's offers, the precision, and the largest gap between a probability and its logit reply."""

    first: FloatArray
    second: FloatArray
    precision: float
    residual: float


def two_player_payoffs(game: Game, own: int, belief: npt.ArrayLike) -> FloatArray:
    """H_x(b; M epsilon + b') in points for every own offer b (rows) and offer b' of the only other active agent (columns), (G, G)."""
    count = len(game.offers)
    beliefs = np.tile(np.asarray(belief, float), (count, 1))
    return game.stage2_points(np.full(count, own), beliefs, game.exogenous + game.offers).T


def two_player_logit_equilibrium(first: npt.ArrayLike, second: npt.ArrayLike, precision: float) -> TwoPlayerEquilibrium:
    """The logit equilibrium of payoffs A ``first`` (n, m) and B ``second`` (n, m), rows being player 1's choices.

    Raises NotSolved if the branch cannot be followed at rising precision.
    """
    of_first, of_second = np.asarray(first, float), np.asarray(second, float)
    rows, columns = of_first.shape
    played = np.concatenate([np.full(rows, 1 / rows), np.full(columns, 1 / columns)])
    there, step = 0.0, precision / 8
    while there < precision:
        following = min(there + step, precision)
        found = _settled(of_first, of_second, following, played)
        if found is None:
            step /= 2
            if step < SMALLEST_STEP * precision:
                raise NotSolved(f"The branch of logit equilibria turns back at precision {there:.6g}, and {precision:g} is wanted.")
        else:
            there, played, step = following, found, step * 1.5
    residual = float(np.abs(_gap(of_first, of_second, precision, played)).max())
    return TwoPlayerEquilibrium(played[:rows], played[rows:], precision, residual)


def _settled(first: FloatArray, second: FloatArray, precision: float, start: FloatArray) -> FloatArray | None:
    """Newton's method at one precision; None where it does not settle."""
    played, rows = start, len(first)
    for _ in range(NEWTON_STEPS):
        gap = _gap(first, second, precision, played)
        if np.abs(gap).max() <= RESIDUAL_TOLERANCE:
            return played
        p, q = softmax(precision * first @ played[rows:]), softmax(precision * played[:rows] @ second)
        slope = np.eye(played.size)
        slope[:rows, rows:] = -precision * (p[:, None] * first - p[:, None] * (p @ first))
        slope[rows:, :rows] = -precision * (q[:, None] * second.T - q[:, None] * (second @ q))
        try:
            played = played - np.linalg.solve(slope, gap)
        except np.linalg.LinAlgError:
            return None
    return None


def _gap(first: FloatArray, second: FloatArray, precision: float, played: FloatArray) -> FloatArray:
    rows = len(first)
    p, q = played[:rows], played[rows:]
    return np.concatenate([p - softmax(precision * first @ q), q - softmax(precision * p @ second)])
