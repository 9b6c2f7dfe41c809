r"""The offers expected of everybody at stage 2, given the types as read: the equilibria behind the
models' beliefs.

``conduct_offers`` is Proposition 1 with another conduct. In place of eq. (15) and (16) agents of
conduct theta satisfy

    seller of q: U_q/U_r = p (1 - theta b/Q),      seller of r: U_q/U_r = p/(1 - theta c/R),

so theta = 1 is Nash and theta = 0 price taking. In the reduction of ``theory.equilibrium.stage2``
an agent's own offer enters only through b/(M T). With theta b/(M T) it is the same game with
M/theta in place of M, and has one equilibrium by the same argument.

``logit_offers`` is the logit equilibrium in means (a quantal response equilibrium of McKelvey and
Palfrey 1995): everybody read as y draws an offer with P(b) proportional to exp(lambda H_y(b; Q_-,
R_-)), and (Q_-, R_-) are the expected totals of the others, who do the same. Agents respond to the
mean of the totals and not to their distribution, whose spread around the mean shrinks as 1/sqrt(M).
For two players ``tests.comparison.behaviour.two_players`` has the exact equilibrium.
"""

from __future__ import annotations

import numpy as np

from comparison.behaviour.game import Game
from theory.economy.arrays import FloatArray, IntArray
from theory.economy.utility import total
from theory.equilibrium.best_reply import reply_in_parts
from theory.equilibrium.bracketed_root import cross_bracketed
from theory.equilibrium.reduced_game import Crossing, Reduced, cross, parts_offered, reduced
from theory.equilibrium.stage2 import RESIDUAL_TOLERANCE, NotSolved
from theory.information.beliefs import private_posterior

NEARLY_A_PRICE_TAKER = 1e-9
"""A conduct parameter below it counts as price taking: a game of M/theta agents would be beyond
double precision.
"""
LOGIT_TOLERANCE = 1e-11
"""Logit offers count as an equilibrium if no mean offer changes by more than this, in endowments."""
LOGIT_STEPS = 4000
MEMORY = 5


def conduct_offers(game: Game, configurations: IntArray, belief: FloatArray, theta: float = 1.0) -> FloatArray:
    """Equilibrium offers (D, K, 2) in goods at types ``configurations`` (D, K), beliefs (D, Z) or (D, K, Z) and conduct ``theta``.

    A type without agents offers nothing. Raises NotSolved rather than return offers that do not satisfy the conditions.
    """
    env = game.environment
    size = np.full(len(configurations), game.active / theta if theta > NEARLY_A_PRICE_TAKER else np.inf)
    shares = np.ascontiguousarray(configurations.T / game.active)
    problem = reduced(env, belief, shares, size)
    with np.errstate(invalid="ignore"):  # with theta above 1 a step may offer more than such a market takes; what does not settle goes on
        parts, gap = _checked(problem, cross(problem))
    if not (gap <= RESIDUAL_TOLERANCE).all():
        parts, gap = _checked(problem, cross_bracketed(problem))
    if not (gap <= RESIDUAL_TOLERANCE).all():
        raise NotSolved(
            f"No stage-2 equilibrium with conduct {theta:g} was found: the best try is off by {gap.max():.3g} of the endowment."
        )
    return np.asarray(parts.transpose(2, 0, 1) * env.endowment)


def cursed_belief(game: Game, posterior: FloatArray, chi: float) -> FloatArray:
    """(1 - chi) phi + chi tau_x for every type: posteriors (D, Z) to (D, K, Z)."""
    return (1 - chi) * posterior[:, None] + chi * private_posterior(game.environment)


def logit_choice(points: FloatArray, precision: float) -> FloatArray:
    """ln P(b), P proportional to exp(precision * points), over the last axis."""
    scaled = precision * points
    scaled -= scaled.max(axis=-1, keepdims=True)
    scaled -= np.log(np.exp(scaled).sum(axis=-1, keepdims=True))
    return scaled


def logit_offers(game: Game, configurations: IntArray, belief: FloatArray, precision: float, start: FloatArray | None = None) -> FloatArray:
    """Mean offers (D, K, 2) of the logit equilibrium in means at ``configurations`` (D, K) and
    beliefs (D, Z); see the module.

    The fixed point is found by Anderson acceleration of a damped iteration, for all configurations
    together, from ``start`` or from the equilibrium without noise. A type without agents offers
    nothing. Raises NotSolved if the steps do not settle.
    """
    there = (configurations > 0)[..., None]
    ends = game.environment.endowment
    mean = conduct_offers(game, configurations, belief) if start is None else start.copy()
    moves: list[FloatArray] = []
    places: list[FloatArray] = []
    for _ in range(LOGIT_STEPS):
        change = np.where(there, _mean_reply(game, configurations, belief, precision, mean) - mean, 0.0)
        if np.abs(change / ends).max() <= LOGIT_TOLERANCE:
            return mean
        places, moves = [*places[-MEMORY:], mean], [*moves[-MEMORY:], change]
        mean = np.clip(_accelerated(places, moves), 0.0, ends)
    raise NotSolved(
        f"No logit equilibrium with precision {precision:g} was found: the last step moved an offer by {np.abs(change).max():.3g}."
    )


def _mean_reply(game: Game, configurations: IntArray, belief: FloatArray, precision: float, mean: FloatArray) -> FloatArray:
    count, kinds = configurations.shape
    totals = game.exogenous + (configurations[..., None] * mean).sum(axis=1)
    others = np.maximum(totals[:, None] - mean, game.exogenous).reshape(-1, 2)
    own = np.tile(np.arange(kinds), count)
    points = game.stage2_points(own, np.repeat(belief, kinds, axis=0), others)
    return np.asarray((np.exp(logit_choice(points, precision)) @ game.offers).reshape(count, kinds, 2))


def _accelerated(places: list[FloatArray], moves: list[FloatArray]) -> FloatArray:
    """The next place, configuration by configuration, after plain steps from ``places`` would have
    moved by ``moves``, each (D, K, 2).
    """
    damping = 0.5
    if len(moves) < 3:
        return places[-1] + damping * moves[-1]
    rows = len(moves[-1])
    flat = np.stack([move.reshape(rows, -1) for move in moves], axis=-1)
    spots = np.stack([place.reshape(rows, -1) for place in places], axis=-1)
    steep, shift = np.diff(flat, axis=-1), np.diff(spots, axis=-1)
    normal = steep.transpose(0, 2, 1) @ steep
    trace = np.trace(normal, axis1=1, axis2=2)[:, None, None]
    normal = normal + (1e-12 * trace + 1e-300) * np.eye(normal.shape[-1])
    weights = np.linalg.solve(normal, steep.transpose(0, 2, 1) @ flat[..., -1:])
    step = damping * flat[..., -1:] - (shift + damping * steep) @ weights
    return np.asarray(places[-1] + step[..., 0].reshape(places[-1].shape))


def _checked(problem: Reduced, found: Crossing) -> tuple[FloatArray, FloatArray]:
    """Offers as shares of the endowment (K, 2, D), and the largest residual of the conditions (D,)."""
    there = problem.shares > 0
    parts = np.where(there[:, None], parts_offered(found), 0.0)
    totals = total(problem.shares[:, None] * parts) + problem.epsilon
    if np.isinf(problem.size).any():
        gap = np.abs(np.log(totals[1] / totals[0]) - found.log_price)
        return parts, np.where(found.settled, gap, np.inf)
    others = problem.size * totals - parts
    reply = reply_in_parts(problem.rate, problem.at_endowment, others[:, 0], others[:, 1], parts.swapaxes(0, 1), there)
    distance = np.abs(reply.swapaxes(0, 1) - parts) * there[:, None]
    return parts, np.where(found.settled, distance.max(axis=(0, 1)), np.inf)
