"""The paper's assumptions where endowments go by role: what depends on the endowment must hold in every role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from theory.checks.assumptions import (
    Assumption,
    Status,
    a1,
    demand_is_monotone,
    exogenous_offers,
    informativeness,
    interior_optima,
    separation,
    someone_inactive,
)
from theory.economy.environment import Environment
from theory.roles.reduced_game import largest_endowment
from theory.roles.views import role_names, role_views

REMAINS = "homothetic utility still leaves one competitive equilibrium, that of the per capita endowment"


@dataclass(frozen=True)
class RoleAssumption:
    """One assumption: ``found`` in each of ``roles``, or once, without roles, if it concerns the whole economy."""

    name: str
    roles: tuple[str, ...]
    found: tuple[Assumption, ...]

    @property
    def status(self) -> Status:
        """Held only if it holds in every role."""
        return next((one.status for one in self.found if one.status != "held"), "held")


def assumptions_by_role(environment: Environment) -> tuple[RoleAssumption, ...]:
    """All assumptions of the paper that an environment with roles can fail."""
    return (
        _of_all(informativeness(environment)),
        _in_each(environment, _monotone_demand(environment)),
        _in_each(environment, separation),
        _of_all(someone_inactive(environment)),
        _in_each(environment, exogenous_offers),
        _of_all(a1(environment)),
        _in_each(environment, interior_optima),
    )


def _of_all(found: Assumption) -> RoleAssumption:
    return RoleAssumption(found.name, (), (found,))


def _in_each(env: Environment, check: Callable[[Environment], Assumption]) -> RoleAssumption:
    found = tuple(check(view) for view in role_views(env))
    return RoleAssumption(found[0].name, role_names(env), found)


def _monotone_demand(env: Environment) -> Callable[[Environment], Assumption]:
    """Section 2.1 in a role, at all prices that can occur: the bounds of Proposition 1 with the largest endowments of any role."""
    most_q, most_r = largest_endowment(env).tolist()
    low, high = env.epsilon_r / (most_q + env.epsilon_q), (most_r + env.epsilon_r) / env.epsilon_q

    def in_role(view: Environment) -> Assumption:
        found = demand_is_monotone(view, low / view.endowment_ratio, high / view.endowment_ratio)
        return found if found.status == "held" else replace(found, detail=f"{found.detail}; {REMAINS}")

    return in_role
