"""The environment of section 2.1 and the mechanism's parameters, as one file states them.

``read_environment`` reads a TOML file (its format is described in the README of ``environments/``); a wrong file gets one
sentence that names the field, the value and what is wanted. ``environment_fields`` gives back what
``parse_environment`` takes, so that an environment travels with the data of every session.
"""

from __future__ import annotations

import math
import re
import reprlib
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from theory.utility import CES, COBB_DOUGLAS, CRRA, FAMILIES, LOG_COBB_DOUGLAS, FloatArray, Utility

PROBABILITY_TOLERANCE = 1e-9
ROUNDING = 2.3e-16
NAME = r"\w(?:[\w .+-]{0,38}[\w.+-])?"
"""Names of states and types: they are typed on the command line and shown on pages."""
SHARE = r"[0-9]{1,18}/[0-9]{1,18}|0?\.[0-9]{1,17}"
"""An inactive share as text; a decimal of 17 digits is a fraction of 18."""
MOST_AGENTS = 10**9
CURVATURE_NEEDED = (COBB_DOUGLAS, CES, CRRA)


class InvalidEnvironment(ValueError):
    """An environment file that does not describe an economy of the paper. The message is one sentence."""


@dataclass(frozen=True, eq=False)
class Environment:
    """An economy and its mechanism.

    ``prior`` is kappa, shape (states,). ``likelihood`` is mu, shape (states, types): row z is the distribution of
    types in state z. The endowment is the same for everyone. ``agents`` is N, ``inactive_share`` is eta,
    ``epsilon_q`` and ``epsilon_r`` are the exogenous stage-2 offers per active agent.
    """

    name: str
    description: str
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

    @property
    def active(self) -> int:
        """M, the number of active agents: the smallest integer that is no less than (1 - eta) N, exactly."""
        return math.ceil((1 - self.inactive_share) * self.agents)

    @property
    def inactive_probability(self) -> float:
        """(N - M)/N, the chance to be inactive that a player faces; eta only where (1 - eta) N is an integer."""
        return (self.agents - self.active) / self.agents

    @property
    def fixed_price(self) -> float:
        """p1, the price at which the inactive trade: r-bar / q-bar."""
        return self.endowment_r / self.endowment_q

    def with_agents(self, agents: int) -> Environment:
        """The same economy with another number of agents."""
        if agents < 2:
            raise InvalidEnvironment(f"mechanism.agents is {agents}; a market needs at least 2.")
        return replace(self, agents=agents)

    def type_index(self, name: str) -> int:
        return _index(name, self.types, "type")

    def state_index(self, name: str) -> int:
        return _index(name, self.states, "state")


def read_environment(path: str | Path) -> Environment:
    """Read an environment file. Raises InvalidEnvironment with one sentence if it is missing, unreadable or wrong."""
    path = Path(path)
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InvalidEnvironment(f"There is no environment file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidEnvironment(f"The environment file {path} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidEnvironment(f"The environment file {path} is not valid TOML: {error}.") from None
    except (ValueError, RecursionError):
        raise InvalidEnvironment(
            f"The environment file {path} cannot be read: a number in it is too long or a value nested too deep."
        ) from None
    return parse_environment(fields)


def parse_environment(fields: Mapping[str, Any]) -> Environment:
    """Build an environment from the fields of a file. Raises InvalidEnvironment with one sentence."""
    top = _Table("", fields)
    top.only("name", "description", "states", "types", "likelihood", "endowment", "utility", "mechanism")
    states_table = top.table("states")
    states_table.only("prior")
    prior_table = states_table.table("prior")
    states = _names("states.prior", list(prior_table.fields))
    prior = _distribution("states.prior", prior_table, states)
    types_table = top.table("types")
    types_table.only("names")
    types = _names("types.names", types_table.value("names"))
    likelihood_table = top.table("likelihood")
    likelihood_table.exactly(states, "state")
    likelihood = np.array([_distribution(f"likelihood.{z}", likelihood_table.table(z), types) for z in states])
    for index, name in enumerate(types):
        if not likelihood[:, index].any():
            raise InvalidEnvironment(f"likelihood gives type {name} probability 0 in every state; leave the type out.")
    for index, name in enumerate(states):
        if prior[index] == 0:
            raise InvalidEnvironment(f"states.prior.{name} is 0; leave the state out or give it a positive probability.")
    endowment = top.table("endowment")
    endowment.only("q", "r")
    mechanism = top.table("mechanism")
    mechanism.only("agents", "inactive_share", "epsilon")
    epsilon = mechanism.table("epsilon")
    epsilon.only("q", "r")
    return Environment(
        name=top.text("name"),
        description=top.text("description", default=""),
        states=states,
        types=types,
        prior=_frozen(prior),
        likelihood=_frozen(likelihood),
        endowment_q=endowment.positive("q"),
        endowment_r=endowment.positive("r"),
        utility=_utility(top.table("utility"), types, states),
        agents=mechanism.count("agents", least=2, most=MOST_AGENTS),
        inactive_share=_share(mechanism.value("inactive_share")),
        epsilon_q=epsilon.positive("q"),
        epsilon_r=epsilon.positive("r"),
    )


def environment_fields(environment: Environment) -> dict[str, Any]:
    """The fields of the file that describes this environment: ``parse_environment`` of it gives the same economy."""
    env, utility = environment, environment.utility
    used: dict[str, Any] = {"family": utility.family, "scale": utility.scale, "shift": utility.shift}
    for name in ("curvature", "rho", "floor"):
        if getattr(utility, name) is not None:
            used[name] = getattr(utility, name)
    used["weight"] = {x: dict(zip(env.states, map(float, utility.weight[i]), strict=True)) for i, x in enumerate(env.types)}
    return {
        "name": env.name,
        "description": env.description,
        "states": {"prior": dict(zip(env.states, map(float, env.prior), strict=True))},
        "types": {"names": list(env.types)},
        "likelihood": {z: dict(zip(env.types, map(float, env.likelihood[i]), strict=True)) for i, z in enumerate(env.states)},
        "endowment": {"q": env.endowment_q, "r": env.endowment_r},
        "utility": used,
        "mechanism": {
            "agents": env.agents,
            "inactive_share": str(env.inactive_share),
            "epsilon": {"q": env.epsilon_q, "r": env.epsilon_r},
        },
    }


def _utility(table: _Table, types: tuple[str, ...], states: tuple[str, ...]) -> Utility:
    family = table.text("family")
    if family not in FAMILIES:
        raise InvalidEnvironment(f"utility.family is {family!r}; it must be one of {', '.join(FAMILIES)}.")
    allowed = ["family", "scale", "shift", "floor", "weight"]
    if family in CURVATURE_NEEDED:
        allowed.append("curvature")
    if family == CES:
        allowed.append("rho")
    table.only(*allowed)
    curvature = table.number("curvature") if family in CURVATURE_NEEDED else None
    if curvature is not None and family == CRRA and (curvature <= 0 or curvature == 1):
        raise InvalidEnvironment(
            f"utility.curvature is {curvature:g}; for crra it must be positive and not 1 ({LOG_COBB_DOUGLAS} is the case of 1)."
        )
    if curvature is not None and family != CRRA and not 0 < curvature < 1:
        raise InvalidEnvironment(f"utility.curvature is {curvature:g}; for {family} it must lie strictly between 0 and 1.")
    rho = table.number("rho") if family == CES else None
    if rho is not None and not 0 < rho < 1:
        raise InvalidEnvironment(f"utility.rho is {rho:g}; it must lie strictly between 0 and 1.")
    weights = table.table("weight")
    weights.exactly(types, "type")
    rows = []
    for x in types:
        row = weights.table(x)
        row.exactly(states, "state")
        for z in states:
            if not 0 < row.number(z) < 1:
                raise InvalidEnvironment(f"utility.weight.{x}.{z} is {row.number(z):g}; a weight must lie strictly between 0 and 1.")
        rows.append([row.number(z) for z in states])
    return Utility(
        family=family,
        weight=_frozen(np.array(rows)),
        scale=table.positive("scale", default=1.0),
        shift=table.number("shift", default=0.0),
        curvature=curvature,
        rho=rho,
        floor=table.number("floor") if "floor" in table.fields else None,
    )


def _share(value: Any) -> Fraction:
    wanted = 'it must be an exact fraction strictly between 0 and 1, written in quotes: "1/6" or "0.1"'
    try:
        share = Fraction(value.strip()) if isinstance(value, str) and re.fullmatch(SHARE, value.strip()) else None
    except ZeroDivisionError:
        share = None
    if share is None or not 0 < share < 1:
        raise InvalidEnvironment(f"mechanism.inactive_share is {_shown(value)}; {wanted}.")
    return share


def _names(field: str, values: Any) -> tuple[str, ...]:
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise InvalidEnvironment(f'{field} is {_shown(values)}; it must be a list of names, such as ["blue", "green"].')
    if not values:
        raise InvalidEnvironment(f"{field} is empty; it must hold at least one name.")
    for name in values:
        if not isinstance(name, str) or not re.fullmatch(NAME, name):
            raise InvalidEnvironment(
                f"{field} has the name {_shown(name)}; a name is made of at most 40 letters, digits, spaces and _ . + -."
            )
    if len(set(values)) < len(values):
        raise InvalidEnvironment(f"{field} is {list(values)!r}; every name must be used once only.")
    return tuple(values)


def _distribution(field: str, table: _Table, names: tuple[str, ...]) -> FloatArray:
    table.exactly(names, "type" if field.startswith("likelihood") else "state")
    values = np.array([table.number(name) for name in names])
    for name, value in zip(names, values, strict=True):
        if value < 0 or value > 1:
            raise InvalidEnvironment(f"{field}.{name} is {value:g}; a probability lies between 0 and 1.")
    if abs(values.sum() - 1) > PROBABILITY_TOLERANCE:
        raise InvalidEnvironment(f"{field} sums to {values.sum():.12g}; the probabilities must sum to 1.")
    off = abs(math.fsum(values) - 1) > ROUNDING * len(values)  # an environment that is read again stays the same to the last digit
    return np.asarray(values / math.fsum(values)) if off else values


def _index(name: str, names: tuple[str, ...], kind: str) -> int:
    if name not in names:
        raise InvalidEnvironment(f"There is no {kind} {name!r} in this environment; it has {', '.join(names)}.")
    return names.index(name)


def _shown(value: Any) -> str:
    """A value as a message shows it, shortened where it is long."""
    try:
        return reprlib.repr(value)
    except ValueError:
        return "an integer of thousands of digits"


def _frozen(values: FloatArray) -> FloatArray:
    values.setflags(write=False)
    return values


@dataclass(frozen=True)
class _Table:
    """One table of the file, with its full name for messages."""

    field: str
    fields: Mapping[str, Any]

    def name(self, key: str) -> str:
        return f"{self.field}.{key}" if self.field else key

    def value(self, key: str) -> Any:
        if key not in self.fields:
            raise InvalidEnvironment(f"{self.name(key)} is missing from the environment.")
        return self.fields[key]

    def table(self, key: str) -> _Table:
        value = self.value(key)
        if not isinstance(value, Mapping):
            raise InvalidEnvironment(f"{self.name(key)} is {_shown(value)}; it must be a table.")
        return _Table(self.name(key), value)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.value(key) if default is None else self.fields.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise InvalidEnvironment(f"{self.name(key)} is {_shown(value)}; it must be text in quotes.")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        value = self.value(key) if default is None else self.fields.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
            raise InvalidEnvironment(f"{self.name(key)} is {_shown(value)}; it must be a finite number.")
        return float(value)

    def positive(self, key: str, default: float | None = None) -> float:
        value = self.number(key, default)
        if value <= 0:
            raise InvalidEnvironment(f"{self.name(key)} is {value:g}; it must be positive.")
        return value

    def count(self, key: str, least: int, most: int) -> int:
        value = self.value(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InvalidEnvironment(f"{self.name(key)} is {_shown(value)}; it must be a whole number from {least} to {most}.")
        return value

    def only(self, *known: str) -> None:
        for key in self.fields:
            if key not in known:
                raise InvalidEnvironment(
                    f"{self.name(key)!r} is not a field of an environment; {self.field or 'the file'} may hold {', '.join(known)}."
                )

    def exactly(self, names: Sequence[str], kind: str) -> None:
        for name in names:
            if name not in self.fields:
                raise InvalidEnvironment(f"{self.field} has no entry for the {kind} {name}.")
        for key in self.fields:
            if key not in names:
                raise InvalidEnvironment(
                    f"{self.field} has an entry for {key!r}, which is not a {kind}; the {kind}s are {', '.join(names)}."
                )
