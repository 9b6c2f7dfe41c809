"""Stage-1 incentives with endowments by role, eq. (22)-(26): what a defection gains, by role, by exact enumeration.

As in ``theory.stage1_incentives.slack`` and ``theory.stage1_incentives.active_value``, with the histogram by role. A role is known, so an
agent of role j and type x can be read as another type of role j only. Read as y, it makes everybody else believe in sigma' = xi + [j, y],
where xi counts the other active agents by role and type; it holds sigma* = xi + [j, x] itself. Only sums over roles enter beliefs about
the state. The number of active agents in each role is random (``theory.roles.enumeration``) and known to all from the histograms.
If stage 2 has several equilibria, the candidate has agents coordinate on the one that the solver finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.equilibrium.best_reply import best_reply
from theory.equilibrium.stage2 import NotSolved
from theory.information.beliefs import posterior, private_posterior, trembling_posterior
from theory.information.enumeration import TooManyConfigurations
from theory.mechanism import bundle_against_totals
from theory.roles.enumeration import configurations_by_role, count_by_role, probability_of_others
from theory.roles.stage2 import RoleStage2Equilibrium, solve_stage2_by_role
from theory.roles.views import intervals_by_role, role_names, role_views
from theory.stage1_incentives.slack import ROUNDING, Incentives, imitation_loss

MOST_CONFIGURATIONS = 2_000_000
"""More are refused: they would take minutes."""


@dataclass(frozen=True, eq=False)
class RoleActiveValue:
    """F_x^N by role: ``over_autarky`` (J, K, K) is F_x(y) minus the value of the endowment, in points; ``configurations`` sigma' solved."""

    over_autarky: FloatArray
    configurations: int


def incentives_by_role(
    environment: Environment, agents: Sequence[int] | None = None, inactive_probability: float | None = None
) -> tuple[Incentives, ...]:
    """The gains from defecting at stage 1, for each N of ``agents`` or the file's, in arrays (J, K, K): role, own type, type read.

    ``inactive_probability`` replaces (N - M)/N. Raises NotSeparating if two types of a role have the same alpha*,
    InvalidEnvironment if roles cannot keep their shares with N agents, TooManyConfigurations, and what ``solve_stage2_by_role`` raises.
    """
    intervals_by_role(environment)  # so that the error names the role in which optima coincide
    loss = np.array([imitation_loss(view) for view in role_views(environment)])
    markets = [environment] if agents is None else [environment.with_agents(n) for n in agents]
    for market in markets:
        _refuse_too_many(market)
    return tuple(_incentives(market, loss, inactive_probability) for market in markets)


def active_value_by_role(environment: Environment) -> RoleActiveValue:
    """F_x^N of eq. (23) by role, summed over all configurations of the active agents."""
    kinds, count = len(environment.types), len(role_names(environment))
    sums, solved = np.zeros((count, kinds, kinds)), 0
    for counts in configurations_by_role(environment):
        found = solve_stage2_by_role(environment, counts, trembling_posterior(environment, counts.sum(axis=1)))
        for role in range(count):
            for y in range(kinds):
                sums[role, :, y] += _terms(environment, role, y, found)
        solved += len(counts)
    return RoleActiveValue(sums, solved)


def _terms(env: Environment, role: int, read: int, found: RoleStage2Equilibrium) -> FloatArray:
    """What these sigma' add to the gain over autarky of the types (K,) of a role that are read as ``read``."""
    there = np.flatnonzero(found.configurations[:, role, read] > 0)
    terms = np.zeros(len(env.types))
    if not there.size:
        return terms
    others = found.configurations[there]
    others[:, role, read] -= 1
    view, chance, tau = role_views(env)[role], probability_of_others(env, role, others), private_posterior(env)
    for x in range(len(env.types)):
        weight = tau[x] * chance
        rows = np.flatnonzero(weight.any(axis=1))
        bundles = found.bundles[there[rows], role, x] if x == read else _defection(env, view, x, others[rows], found.offers[there[rows]])
        gain = env.utility.points(bundles[:, None, 0], bundles[:, None, 1], env.utility.weight[x]) - _autarky(view)[x]
        terms[x] = np.where(weight[rows] > 0, weight[rows] * gain, 0.0).sum()
    return terms


def _defection(env: Environment, view: Environment, own: int, others: IntArray, beta: FloatArray) -> FloatArray:
    """Eq. (8), (10) and (25): the bundles (B, 2) of a defector of type ``own`` against ``others`` (B, J, K) who play ``beta``.

    ``beta`` may lack an offer if none of the others has the role and type.
    """
    played = np.where(others[..., None] > 0, others[..., None] * beta, 0.0).sum(axis=(1, 2))
    totals_q, totals_r = played.T + env.exogenous()[:, None]
    belief = posterior(env, others.sum(axis=1) + (np.arange(len(env.types)) == own))
    offers = best_reply(view, own, belief, totals_q, totals_r)
    return bundle_against_totals(offers, totals_q, totals_r, view.endowment)


def _incentives(market: Environment, loss: FloatArray, inactive_probability: float | None) -> Incentives:
    inactive = market.inactive_probability if inactive_probability is None else inactive_probability
    value = active_value_by_role(market)
    own = np.diagonal(value.over_autarky, axis1=1, axis2=2)[:, :, None]
    advantage = value.over_autarky - own
    gain = (1 - inactive) * advantage - inactive * loss
    if np.isnan(gain).any():
        raise NotSolved(f"With {market.agents} agents some gain from defecting is unknown: the points at stake are no finite numbers.")
    gain = np.where(np.eye(len(market.types), dtype=bool), np.nan, gain)
    stake = max(float(np.abs(_autarky(view)).max()) for view in role_views(market)) + float(np.abs(value.over_autarky).max())
    return Incentives(
        agents=market.agents,
        active=market.active,
        inactive_probability=inactive,
        gain=gain,
        loss=loss,
        advantage=advantage,
        error_bound=0.0,
        rounding=ROUNDING * stake,
        configurations=value.configurations,
        types=market.types,
        states=market.states,
    )


def _refuse_too_many(market: Environment) -> None:
    if count_by_role(market, MOST_CONFIGURATIONS) > MOST_CONFIGURATIONS:
        raise TooManyConfigurations(
            f"{market.active} active agents in {len(role_names(market))} roles have more than {MOST_CONFIGURATIONS} configurations of roles"
            " and types, and by role no more can be summed over."
        )


def _autarky(view: Environment) -> FloatArray:
    return view.points_of_endowment()
