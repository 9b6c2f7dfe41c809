"""The environment of section 2.1 and the mechanism's parameters, as one file states them.

``read_environment`` reads a TOML file (its format is described in the README of ``environments/``); a wrong file gets one
sentence that names the field, the value and what is wanted, and so does a wrong ``Environment`` made in Python.
``environment_fields`` gives back what ``parse_environment`` takes, so that an environment travels with the data of every session.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray, read_only
from theory.economy.file import Table, file_fields
from theory.economy.utility import CES, CURVED, FAMILIES, Utility
from theory.economy.values import (
    SMALLEST,
    InvalidEnvironment,
    count,
    distribution,
    missing,
    names,
    numbers,
    one_name,
    positive,
    sentence,
    share,
    weights,
)

__all__ = ["MOST_AGENTS", "Environment", "InvalidEnvironment", "Role", "environment_fields", "parse_environment", "read_environment"]

MOST_AGENTS = 10**9


@dataclass(frozen=True)
class Role:
    """A publicly known group of ``agents`` with an endowment of their own (footnote 1). Types have the same distribution in all roles."""

    name: str
    agents: int
    endowment_q: float
    endowment_r: float

    def __post_init__(self) -> None:
        (name,) = names("roles", [self.name])
        _set(
            self,
            agents=count(f"roles.{name}.agents", self.agents, least=1, most=MOST_AGENTS),
            endowment_q=positive(f"roles.{name}.endowment.q", self.endowment_q),
            endowment_r=positive(f"roles.{name}.endowment.r", self.endowment_r),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Environment:
    """An economy and its mechanism. Raises InvalidEnvironment with one sentence if it is not an economy of the paper.

    ``prior`` is kappa, shape (states,). ``likelihood`` is mu, shape (states, types): row z is the distribution of
    types in state z. The endowment is the same for everyone, unless ``roles`` say otherwise: then it is the per capita
    endowment, and p1 is ``stated_price``. ``agents`` is N, ``inactive_share`` is eta, an exact fraction or its text, ``epsilon_q`` and
    ``epsilon_r`` are the exogenous stage-2 offers per active agent. Arrays are copied and read-only.
    """

    name: str = "environment"
    description: str = ""
    states: tuple[str, ...]
    types: tuple[str, ...]
    prior: FloatArray
    likelihood: FloatArray
    endowment_q: float
    endowment_r: float
    utility: Utility
    agents: int
    inactive_share: Fraction
    epsilon_q: float
    epsilon_r: float
    roles: tuple[Role, ...] = ()
    stated_price: float | None = None

    def __post_init__(self) -> None:
        states, types = names("states.prior", self.states), names("types.names", self.types)
        agents, roles = count("mechanism.agents", self.agents, least=2, most=MOST_AGENTS), _roles(self.roles, self.agents)
        if roles and self.stated_price is None:
            raise missing("mechanism.fixed_price")
        _set(
            self,
            name=one_name("name", self.name),
            description=sentence("description", self.description),
            states=states,
            types=types,
            prior=distribution("states.prior", self.prior, states),
            likelihood=_likelihood(self.likelihood, states, types),
            endowment_q=positive("endowment.q", self.endowment_q),
            endowment_r=positive("endowment.r", self.endowment_r),
            agents=agents,
            inactive_share=share(self.inactive_share),
            epsilon_q=positive("mechanism.epsilon.q", self.epsilon_q),
            epsilon_r=positive("mechanism.epsilon.r", self.epsilon_r),
            roles=roles,
            stated_price=None if self.stated_price is None else positive("mechanism.fixed_price", self.stated_price),
        )
        _refuse_what_has_no_probability(self)
        numbers("utility.weight", self.utility.weight, types, states)
        _refuse_what_rounding_loses(self)

    @property
    def active(self) -> int:
        """M, the number of active agents: the smallest integer that is no less than (1 - eta) N, exactly."""
        return math.ceil((1 - self.inactive_share) * self.agents)

    @property
    def inactive_probability(self) -> float:
        """(N - M)/N, a player's chance of being inactive; it equals eta only if (1 - eta) N is an integer."""
        return (self.agents - self.active) / self.agents

    @cached_property
    def endowment(self) -> FloatArray:
        """(q-bar, r-bar), shape (2,)."""
        return read_only([self.endowment_q, self.endowment_r])

    @cached_property
    def epsilon(self) -> FloatArray:
        """(epsilon_q, epsilon_r), the exogenous offers per active agent, shape (2,)."""
        return read_only([self.epsilon_q, self.epsilon_r])

    def exogenous(self, active: npt.ArrayLike | None = None) -> FloatArray:
        """M epsilon, the exogenous offers in a market of this many active agents, M unless given: shape S to S + (2,)."""
        return np.asarray(np.asarray(self.active if active is None else active)[..., None] * self.epsilon)

    def points_of_endowment(self) -> FloatArray:
        """u(q-bar, r-bar; x, z), the points of an agent who does not trade, shape (K, Z)."""
        return self.utility.points(self.endowment_q, self.endowment_r, self.utility.weight)

    @property
    def fixed_price(self) -> float:
        """p1, the price at which the inactive trade: r-bar / q-bar, unless the file states it."""
        return self.endowment_ratio if self.stated_price is None else self.stated_price

    @property
    def endowment_ratio(self) -> float:
        """r-bar / q-bar, the price at which both endowments are worth the same: the unit of relative prices."""
        return self.endowment_r / self.endowment_q

    @property
    def largest_q1(self) -> float:
        """The most q that a stage-1 offer leads to, eq. (5): 2 q-bar, or q-bar + r-bar/p1 where p1 is stated."""
        return 2 * self.endowment_q if self.stated_price is None else self.endowment_q + self.endowment_r / self.stated_price

    def with_agents(self, agents: int) -> Environment:
        """The same economy with another number of agents; roles keep their shares of them."""
        if agents < 2:
            raise InvalidEnvironment(f"mechanism.agents is {agents}; a market needs at least 2.")
        if self.roles:
            least = self.agents // math.gcd(*(role.agents for role in self.roles))
            if agents % least:
                raise InvalidEnvironment(f"mechanism.agents is {agents}; it must be a multiple of {least} for roles to keep their shares.")
        other = copy.copy(self)  # nothing else is checked again: callers ask for thousands of sizes in a row
        _set(other, agents=agents, roles=tuple(replace(role, agents=role.agents * agents // self.agents) for role in self.roles))
        return other

    def seen_by(self, role: Role) -> Environment:
        """The same economy with the endowment of one of its roles, and without roles."""
        view = copy.copy(self)  # the endowments of roles are checked with the environment
        view.__dict__.pop("endowment", None)
        _set(view, endowment_q=role.endowment_q, endowment_r=role.endowment_r, roles=())
        return view

    def type_index(self, name: str) -> int:
        return _index(name, self.types, "type")

    def state_index(self, name: str) -> int:
        return _index(name, self.states, "state")


def read_environment(path: str | Path, roles: bool = False) -> Environment:
    """Read an environment file. Raises InvalidEnvironment with one sentence if it is missing, unreadable or wrong.

    Endowments by role are refused unless ``roles`` is true, as in ``parse_environment``.
    """
    return parse_environment(file_fields(Path(path)), roles)


def parse_environment(fields: Mapping[str, Any], roles: bool = False) -> Environment:
    """Build an environment from the fields of a file. Raises InvalidEnvironment with one sentence.

    Endowments by role are refused unless ``roles`` is true, for callers that need one endowment for everyone.
    """
    top = Table("", fields)
    top.only("name", "description", "states", "types", "likelihood", "endowment", "roles", "utility", "mechanism")
    states_table = top.table("states")
    states_table.only("prior")
    prior = states_table.table("prior")
    states = names("states.prior", list(prior.fields))
    types_table = top.table("types")
    types_table.only("names")
    types = names("types.names", types_table.value("names"))
    likelihood = top.table("likelihood")
    likelihood.exactly(states, "state")
    mechanism = top.table("mechanism")
    mechanism.only("agents", "inactive_share", "epsilon", "fixed_price")
    epsilon = mechanism.table("epsilon")
    epsilon.only("q", "r")
    agents = mechanism.count("agents", least=2, most=MOST_AGENTS)
    return Environment(
        name=top.text("name"),
        description=top.fields.get("description", ""),
        states=states,
        types=types,
        prior=np.array(prior.numbers(states, "state")),
        likelihood=np.array([likelihood.table(z).numbers(types, "type") for z in states]),
        **_endowments(top, mechanism, agents, roles),
        utility=_utility(top.table("utility"), types, states),
        agents=agents,
        inactive_share=mechanism.value("inactive_share"),
        epsilon_q=epsilon.positive("q"),
        epsilon_r=epsilon.positive("r"),
    )


def environment_fields(environment: Environment) -> dict[str, Any]:
    """The fields of the file that describes this environment: ``parse_environment`` of it gives the same economy."""
    utility = environment.utility
    used: dict[str, Any] = {"family": utility.family, "scale": utility.scale, "shift": utility.shift}
    for name in ("curvature", "rho", "floor"):
        if getattr(utility, name) is not None:
            used[name] = getattr(utility, name)
    used["weight"] = {x: dict(zip(environment.states, map(float, utility.weight[i]), strict=True)) for i, x in enumerate(environment.types)}
    fields: dict[str, Any] = {
        "name": environment.name,
        "description": environment.description,
        "states": {"prior": dict(zip(environment.states, map(float, environment.prior), strict=True))},
        "types": {"names": list(environment.types)},
        "likelihood": {
            z: dict(zip(environment.types, map(float, environment.likelihood[i]), strict=True)) for i, z in enumerate(environment.states)
        },
        "endowment": {"q": environment.endowment_q, "r": environment.endowment_r},
        "utility": used,
        "mechanism": {
            "agents": environment.agents,
            "inactive_share": str(environment.inactive_share),
            "epsilon": {"q": environment.epsilon_q, "r": environment.epsilon_r},
        },
    }
    if environment.roles:
        del fields["endowment"]
        fields["roles"] = {
            role.name: {"agents": role.agents, "endowment": {"q": role.endowment_q, "r": role.endowment_r}} for role in environment.roles
        }
    if environment.stated_price is not None:
        fields["mechanism"]["fixed_price"] = environment.stated_price
    return fields


def _endowments(top: Table, mechanism: Table, agents: int, allowed: bool) -> dict[str, Any]:
    """The fields of an environment that say who owns what, and p1 where the file states it."""
    if "roles" not in top.fields:
        if "fixed_price" in mechanism.fields:
            raise InvalidEnvironment("mechanism.fixed_price is only for endowments by role; otherwise p1 is endowment.r / endowment.q.")
        return _endowment(top)
    table = top.table("roles")
    given = names("roles", list(table.fields))
    if not allowed:
        raise InvalidEnvironment(f"roles gives endowments by role ({', '.join(given)}), but what reads this file takes one for everyone.")
    if "endowment" in top.fields:
        raise InvalidEnvironment("endowment and roles are both in the environment; where endowments go by role, leave out endowment.")
    roles = _roles([_role(name, table.table(name)) for name in given], agents)
    return {
        "endowment_q": math.fsum(role.agents * role.endowment_q for role in roles) / agents,
        "endowment_r": math.fsum(role.agents * role.endowment_r for role in roles) / agents,
        "roles": roles,
        "stated_price": mechanism.positive("fixed_price"),
    }


def _role(name: str, table: Table) -> Role:
    table.only("agents", "endowment")
    return Role(name, table.count("agents", least=1, most=MOST_AGENTS), **_endowment(table))


def _endowment(table: Table) -> dict[str, Any]:
    endowment = table.table("endowment")
    endowment.only("q", "r")
    return {"endowment_q": endowment.positive("q"), "endowment_r": endowment.positive("r")}


def _utility(table: Table, types: tuple[str, ...], states: tuple[str, ...]) -> Utility:
    family = table.text("family")
    allowed = ["family", "scale", "shift", "floor", "weight"]
    if family in CURVED:
        allowed.append("curvature")
    if family == CES:
        allowed.append("rho")
    if family in FAMILIES:
        table.only(*allowed)
    rows = table.table("weight")
    rows.exactly(types, "type")
    weight = weights(rows.field, np.array([rows.table(x).numbers(states, "state") for x in types]), types, states)
    given = {name: table.number(name) for name in ("scale", "shift", "floor", "curvature", "rho") if name in table.fields}
    return Utility(family, weight, **given)


def _roles(roles: Sequence[Role], agents: int) -> tuple[Role, ...]:
    """Check that role names are unique and that the roles' agents sum to N."""
    if roles:
        names("roles", [role.name for role in roles])
    if roles and sum(role.agents for role in roles) != agents:
        raise InvalidEnvironment(f"mechanism.agents is {agents}; it must be the sum of the roles' agents, {sum(r.agents for r in roles)}.")
    return tuple(roles)


def _likelihood(values: npt.ArrayLike, states: tuple[str, ...], types: tuple[str, ...]) -> FloatArray:
    rows = numbers("likelihood", values, states, types)
    return read_only([distribution(f"likelihood.{z}", row, types) for z, row in zip(states, rows, strict=True)])


def _refuse_what_has_no_probability(env: Environment) -> None:
    for index, name in enumerate(env.types):
        if not env.likelihood[:, index].any():
            raise InvalidEnvironment(f"likelihood gives type {name} probability 0 in every state; leave the type out.")
    for index, name in enumerate(env.states):
        if env.prior[index] == 0:
            raise InvalidEnvironment(f"states.prior.{name} is 0; leave the state out or give it a positive probability.")


def _refuse_what_rounding_loses(env: Environment) -> None:
    """Exogenous offers that are nothing beside the endowment, and endowments whose points are not finite."""
    ends = [(env.endowment_q, env.endowment_r), *((role.endowment_q, role.endowment_r) for role in env.roles)]
    for good, exogenous, most in (
        ("q", env.epsilon_q, max(q for q, _ in ends)),
        ("r", env.epsilon_r, max(r for _, r in ends)),
    ):
        if exogenous < SMALLEST * most:
            raise InvalidEnvironment(
                f"mechanism.epsilon.{good} is {exogenous:g}; it must be at least {SMALLEST:g} of the endowment, or it is lost in rounding."
            )
    for q, r in ends:
        if not np.isfinite(env.utility.points(q, r, env.utility.weight)).all():
            raise InvalidEnvironment(f"utility makes the endowment of {q:g} of q and {r:g} of r worth no finite number of points.")


def _index(name: str, names: tuple[str, ...], kind: str) -> int:
    if name not in names:
        raise InvalidEnvironment(f"There is no {kind} {name!r} in this environment; it has {', '.join(names)}.")
    return names.index(name)


def _set(instance: object, **fields: Any) -> None:
    """Set fields of a frozen instance during its construction."""
    for name, value in fields.items():
        object.__setattr__(instance, name, value)
