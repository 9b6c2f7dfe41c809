"""Proposition 1 with endowments by role: the stage-2 equilibrium beta^sigma of configurations that count agents per role and type.

Roles are known, so sigma counts per role and type while the common posterior needs the sum over roles only: mu is the same in all.
The solver is that of ``theory.equilibrium.stage2``, on the groups of ``theory.roles.reduced_game``. Its answer is checked in goods against
``theory.equilibrium.best_reply`` of each role's own view of the economy, which uses none of the units of the reduction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.equilibrium.best_reply import best_reply
from theory.equilibrium.bracketed_root import cross_bracketed
from theory.equilibrium.reduced_game import Crossing, cross, parts_offered
from theory.equilibrium.stage2 import RESIDUAL_TOLERANCE, NotSolved
from theory.information.beliefs import posterior as bayes_posterior
from theory.mechanism import bundles_at_price
from theory.roles.reduced_game import ReducedByRole, reduced_by_role
from theory.roles.views import role_endowments, role_names, role_views


@dataclass(frozen=True, eq=False)
class RoleStage2Equilibrium:
    """beta^sigma for B configurations of J roles and K types.

    ``configurations`` (B, J, K) counts; ``posterior`` phi^sigma (B, Z); ``price`` p2 (B,); ``total_q``, ``total_r`` (Q, R) of eq. (3),
    (B,); ``offers`` and ``bundles`` (B, J, K, 2) in goods, nan where a role has no agents of the type; ``residual`` (B,), the largest
    distance in goods between an offer and the best reply to the others' offers.
    """

    configurations: IntArray
    posterior: FloatArray
    price: FloatArray
    total_q: FloatArray
    total_r: FloatArray
    offers: FloatArray
    bundles: FloatArray
    residual: FloatArray


def solve_stage2_by_role(
    environment: Environment, configurations: npt.ArrayLike, posterior: npt.ArrayLike | None = None, active: int | None = None
) -> RoleStage2Equilibrium:
    """Solve the stage-2 game for every configuration (B, J, K): counts per role, in the order of the file, and type.

    ``posterior`` (B, Z) or (Z,) replaces Bayes' rule. ``active`` is M where it is more than the agents counted: the others offer
    nothing. Raises NotSolved rather than return an answer that is not a best reply to itself.
    """
    counts = counted_by_role(environment, configurations)
    size = counts.sum(axis=(1, 2)) if active is None else np.full(len(counts), active)
    if (size < np.maximum(counts.sum(axis=(1, 2)), 1)).any():
        raise ValueError("a configuration must count at least one agent, and no more than the active ones.")
    belief = bayes_posterior(environment, counts.sum(axis=1)) if posterior is None else np.asarray(posterior, float)
    if belief.shape not in ((len(environment.states),), (len(counts), len(environment.states))):
        raise ValueError(f"the posterior has shape {belief.shape}; it needs one column for each of {len(environment.states)} states.")
    belief = np.broadcast_to(belief, (len(counts), len(environment.states)))
    game = reduced_by_role(environment, belief, counts.reshape(len(counts), -1).T / size, size.astype(float))
    offers = offers_in_goods(environment, game, found := cross(game))
    gap = _gaps(environment, counts, belief, size, offers)
    poor = ~(found.settled & (_part_of_endowment(environment, gap) <= RESIDUAL_TOLERANCE))
    if poor.any():
        again = game.columns(poor)
        offers[poor] = offers_in_goods(environment, again, cross_bracketed(again))
        gap[poor] = _gaps(environment, counts[poor], belief[poor], size[poor], offers[poor])
        _refuse_large(environment, counts, gap)
    return _result(environment, counts, belief, size, offers, gap)


def counted_by_role(environment: Environment, configurations: npt.ArrayLike) -> IntArray:
    """Configurations (B, J, K) as whole numbers. Raises ValueError with one sentence if they are not valid."""
    given, kinds = np.asarray(configurations), (len(role_names(environment)), len(environment.types))
    if given.ndim != 3 or given.shape[1:] != kinds:
        raise ValueError(f"configurations have shape {given.shape}; they need a row for each role and a column for each type, {kinds}.")
    counts = given.astype(np.int64)
    if (counts != given).any() or (counts < 0).any():
        raise ValueError("a configuration must count agents with whole numbers of at least 0.")
    return counts


def offers_in_goods(environment: Environment, game: ReducedByRole, found: Crossing) -> FloatArray:
    """The offers (B, J, K, 2) of a crossing."""
    parts = parts_offered(Crossing(game.own_price(found.log_price), found.log_ratio, found.settled))
    endowment = role_endowments(environment)
    shaped = parts.transpose(2, 0, 1).reshape(len(found.settled), len(endowment), -1, 2)
    return np.asarray(shaped * endowment[:, None])


def _gaps(env: Environment, counts: IntArray, belief: FloatArray, size: IntArray, offers: FloatArray) -> FloatArray:
    """The distances (B, J, K, 2) in goods of offers from best replies; 0 where there are no agents."""
    totals = _totals(env, counts, size, offers)
    gap = np.empty_like(offers)
    for index, view in enumerate(role_views(env)):
        others = totals[:, None] - offers[:, index]
        reply = best_reply(view, np.arange(len(env.types)), belief[:, None], others[..., 0], others[..., 1])
        gap[:, index] = np.abs(reply - offers[:, index])
    return gap * (counts > 0)[..., None]


def _totals(env: Environment, counts: IntArray, size: IntArray, offers: FloatArray) -> FloatArray:
    """(Q, R) of eq. (3), shape (B, 2)."""
    return np.asarray((counts[..., None] * offers).sum(axis=(1, 2)) + env.exogenous(size))


def _part_of_endowment(env: Environment, gap: FloatArray) -> FloatArray:
    return np.asarray((gap / role_endowments(env)[:, None]).max(axis=(1, 2, 3)))


def _refuse_large(env: Environment, counts: IntArray, gap: FloatArray) -> None:
    largest = _part_of_endowment(env, gap)
    if not (largest <= RESIDUAL_TOLERANCE).all():
        worst = int(largest.argmax())
        raise NotSolved(
            f"No stage-2 equilibrium was found for the configuration {counts[worst].tolist()} by role and type: the best try is off by"
            f" {largest[worst]:.3g} of an endowment, and {RESIDUAL_TOLERANCE:g} is wanted."
        )


def _result(
    env: Environment, counts: IntArray, belief: FloatArray, size: IntArray, offers: FloatArray, gap: FloatArray
) -> RoleStage2Equilibrium:
    totals = _totals(env, counts, size, offers)
    price = totals[:, 1] / totals[:, 0]
    offers[counts == 0] = np.nan
    bundles = np.stack([bundles_at_price(offers[:, j], price[:, None], ends) for j, ends in enumerate(role_endowments(env))], axis=1)
    return RoleStage2Equilibrium(counts, belief, price, totals[:, 0], totals[:, 1], offers, bundles, gap.max(axis=(1, 2, 3)))
