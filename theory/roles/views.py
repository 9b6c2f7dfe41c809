"""Footnote 1: endowments by publicly known role, and stage 1 where each role has its own.

Roles are known to everybody and given before types are drawn, the same way in all roles: an endowment reveals nothing about the type, and a
role nothing about the state. Seen from one role, the economy is one of the paper's, with that role's endowment and the stated p1: its
``role_views`` entry is an ``Environment`` to which ``theory.equilibrium.stage1`` and ``theory.equilibrium.best_reply`` apply unchanged.
However, p1 need not be the price at which both endowments are worth the same, so eq. (5) ranges over [0, q-bar_j + r-bar_j/p1] in role
j.

The histogram is announced by role, and an offer is read through the intervals of the role it comes from.
An environment without roles has one view, itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.equilibrium.stage1 import Intervals, NotSeparating, intervals, stage1_optimum, stage1_quantity
from theory.mechanism import HistogramBar, histogram


@dataclass(frozen=True)
class RoleHistogram:
    """nu of the active agents of one role."""

    role: str
    bars: tuple[HistogramBar, ...]


@dataclass(frozen=True, eq=False)
class RoleOptimum:
    """alpha* per role and type: ``offers`` (J, K, 2) in goods, ``q1`` (J, K), ``value`` G_x(alpha*(x)), ``no_trade`` G_x(0) in points."""

    offers: FloatArray
    q1: FloatArray
    value: FloatArray
    no_trade: FloatArray


def role_names(environment: Environment) -> tuple[str, ...]:
    """The roles' names in the order of the file; without roles the one name ``everyone``."""
    return tuple(role.name for role in environment.roles) or ("everyone",)


def role_agents(environment: Environment) -> IntArray:
    """The number of agents in each role (J,); they sum to N."""
    return np.array([role.agents for role in environment.roles] or [environment.agents], np.int64)


def role_views(environment: Environment) -> tuple[Environment, ...]:
    """The economy as each role sees it: the same except that the endowment is the role's and there are no roles."""
    if not environment.roles:
        return (environment,)
    return tuple(environment.seen_by(role) for role in environment.roles)


def role_endowments(environment: Environment) -> FloatArray:
    """The endowments (q-bar_j, r-bar_j), shape (J, 2)."""
    return np.array([view.endowment for view in role_views(environment)])


def stage1_by_role(environment: Environment) -> RoleOptimum:
    """alpha*(x) of eq. (4) in every role; it exists whether or not it separates."""
    found = [stage1_optimum(view) for view in role_views(environment)]
    offers, q1, value, no_trade = (np.array([getattr(one, name) for one in found]) for name in ("offers", "q1", "value", "no_trade"))
    return RoleOptimum(offers, q1, value, no_trade)


def intervals_by_role(environment: Environment) -> tuple[Intervals, ...]:
    """I(x) of eq. (6) in every role. Raises NotSeparating if two optima of one role coincide; between roles they may."""
    found = []
    for name, view in zip(role_names(environment), role_views(environment), strict=True):
        try:
            found.append(intervals(view))
        except NotSeparating as error:
            raise NotSeparating(f"In the role {name}: {error}" if environment.roles else str(error)) from None
    return tuple(found)


def read_by_role(environment: Environment, roles: npt.ArrayLike, offers: npt.ArrayLike) -> IntArray:
    """The type index that each stage-1 offer (M, 2) of agents in ``roles`` (M,), as indices, is read as; UNREAD where nan."""
    where, offers = _roles_of(environment, roles, offers)
    read = np.empty(len(where), np.int64)
    for index, (view, cut) in enumerate(zip(role_views(environment), intervals_by_role(environment), strict=True)):
        read[where == index] = cut.read(stage1_quantity(view, offers[where == index]))
    return read


def histogram_by_role(environment: Environment, roles: npt.ArrayLike, offers: npt.ArrayLike) -> tuple[RoleHistogram, ...]:
    """The announcement: the histogram of the offers (M, 2) of the active agents of each role, roles (M,) as indices."""
    where, offers = _roles_of(environment, roles, offers)
    return tuple(RoleHistogram(name, histogram(offers[where == index])) for index, name in enumerate(role_names(environment)))


def _roles_of(environment: Environment, roles: npt.ArrayLike, offers: npt.ArrayLike) -> tuple[IntArray, FloatArray]:
    where, given = np.asarray(roles, np.int64), np.asarray(offers, float).reshape(-1, 2)
    if where.shape != (len(given),):
        raise ValueError(f"{where.shape} roles and {given.shape} offers: each agent has one of each.")
    count = len(role_names(environment))
    if (where < 0).any() or (where >= count).any():
        raise ValueError(f"a role is an index from 0 to {count - 1}.")
    return where, given
