"""Lemma 2 with endowments by role: the competitive equilibrium of L^z(epsilon) with the roles' shares n_j/N, each with types mu_z.

As in ``theory.equilibrium.competitive`` it is the stage-2 computation at 1/M = 0. For log Cobb-Douglas the price is
(sum of (n_j/N) mu w r-bar_j + eps_r)/(sum of (n_j/N) mu (1-w) q-bar_j + eps_q).

**There is one, at the price of the economy in which everybody has the per capita endowment.** With (Q, R) the offers per agent, p = R/Q
means p (Q - eps_q) - (R - eps_r) = eps_r - p eps_q, and the left side is p times the excess of the endowments of q over demand.
Utility is homothetic, so at a given price a type's demand is proportional to its income, and types are the same in all roles: demand
depends only on mean income. If the shares of types differ between roles this fails; ``theory.roles.uniqueness`` says when there is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.equilibrium.best_reply import price_taking_offers
from theory.equilibrium.bracketed_root import cross_bracketed
from theory.equilibrium.reduced_game import Crossing, cross
from theory.equilibrium.stage2 import RESIDUAL_TOLERANCE, NotSolved
from theory.mechanism import bundles_at_price
from theory.roles.reduced_game import ReducedByRole, largest_endowment, reduced_by_role
from theory.roles.stage2 import offers_in_goods
from theory.roles.views import role_agents, role_endowments, role_views


@dataclass(frozen=True, eq=False)
class RoleCompetitiveEquilibrium:
    """Competitive equilibria of B economies, of the states (B = Z) or of posteriors and shares, for J roles and K types.

    ``price`` p^z (B,); ``bundles`` (q^z, r^z) and ``offers`` beta^z (B, J, K, 2) in goods, also for groups without agents, who take
    the price; ``residual`` (B,), the largest distance in goods from a price taker's best offer and from a cleared market.
    """

    price: FloatArray
    bundles: FloatArray
    offers: FloatArray
    residual: FloatArray


def competitive_by_role(environment: Environment) -> RoleCompetitiveEquilibrium:
    """The competitive equilibrium of L^z(epsilon) for every state z, in the order of ``environment.states``."""
    return competitive_by_role_at(environment, np.eye(len(environment.states)), limit_shares(environment))


def limit_shares(environment: Environment) -> FloatArray:
    """The shares n_j/N mu_z(x) of roles and types in each state, (Z, J, K)."""
    agents = role_agents(environment)
    return np.asarray((agents / agents.sum())[None, :, None] * environment.likelihood[:, None, :])


def competitive_by_role_at(environment: Environment, posterior: npt.ArrayLike, shares: npt.ArrayLike) -> RoleCompetitiveEquilibrium:
    """The competitive equilibrium where all agents hold ``posterior`` (B, Z), with ``shares`` (B, J, K) that sum to 1.

    Raises NotSolved rather than return offers that are not a price taker's best or prices that do not clear.
    """
    belief, weight = np.asarray(posterior, float), np.asarray(shares, float)
    if (weight < 0).any() or not np.allclose(weight.sum(axis=(1, 2)), 1.0, rtol=0, atol=1e-9):
        raise ValueError("the shares of roles and types must be at least 0 and sum to 1.")
    rows = len(weight)
    game = reduced_by_role(environment, belief, np.ascontiguousarray(weight.reshape(rows, -1).T), np.full(rows, np.inf))
    price, offers, gap = _checked(environment, game, belief, weight, cross(game))
    if not (gap <= RESIDUAL_TOLERANCE).all():
        price, offers, gap = _checked(environment, game, belief, weight, cross_bracketed(game))
    if not (gap <= RESIDUAL_TOLERANCE).all():
        raise NotSolved(f"No competitive equilibrium was found: the best try is off by {gap.max():.3g} of an endowment.")
    endowment = role_endowments(environment)
    bundles = np.stack([bundles_at_price(offers[:, j], price[:, None], ends) for j, ends in enumerate(endowment)], axis=1)
    return RoleCompetitiveEquilibrium(price, bundles, offers, gap * endowment.max())


def _checked(
    env: Environment, game: ReducedByRole, belief: FloatArray, shares: FloatArray, found: Crossing
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Price (B,), offers (B, J, K, 2) in goods, distance from optimal and cleared (B,) as a part of endowments."""
    offers = offers_in_goods(env, game, found)
    totals = (shares[..., None] * offers).sum(axis=(1, 2)) + env.epsilon
    price = totals[:, 1] / totals[:, 0]
    best = np.stack([_price_takers(view, belief, price) for view in role_views(env)], axis=1)
    # a group without agents has no offer from the crossing: it takes the price
    offers = np.where(shares[..., None] > 0, offers, best)
    unit_q, unit_r = largest_endowment(env)
    uncleared = np.abs(np.log(price * unit_q / unit_r) - found.log_price)
    gap = np.maximum((np.abs(offers - best) / role_endowments(env)[:, None]).max(axis=(1, 2, 3)), uncleared)
    return price, offers, np.where(found.settled, gap, np.inf)


def _price_takers(view: Environment, belief: FloatArray, price: FloatArray) -> FloatArray:
    """The best offers (B, K, 2) in goods of a role's types at given prices."""
    rate = view.utility.marginal_rate(view.utility.weight.T[:, :, None], belief.T[:, None, :], view.endowment_ratio)
    relative = np.broadcast_to(price / view.endowment_ratio, (len(view.types), len(price)))
    return np.asarray(price_taking_offers(rate, relative).transpose(2, 1, 0) * view.endowment)
