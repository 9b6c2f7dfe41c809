"""Candidates for a design: environments around a given one, spread evenly over the ranges in which
some of its fields vary.

A field is named by its dotted path in the file, ``utility.weight.blue.low`` or
``mechanism.agents``; a table such as ``utility.weight`` stands for every number in it. Two names
stand for fields that move together: ``likelihood.strength`` is a factor on how far the states'
distributions of types lie from their average, so that 1 is the file, with 0 types say nothing about
the state, and every distribution keeps its sum; ``epsilon.share`` is the exogenous offer of each
good as a share of its endowment.

A candidate is rounded before it is examined: numbers between 0 and 1 to two decimals, other numbers
to two significant digits. So the files hold exactly what the search examined.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.stats import qmc

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment, InvalidEnvironment, environment_fields, parse_environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, LOG_COBB_DOUGLAS
from theory.information.counting import largest_remainders

STRENGTH, EPSILON = "likelihood.strength", "epsilon.share"
AGENTS, SHARE, SCALE, SHIFT = "mechanism.agents", "mechanism.inactive_share", "utility.scale", "utility.shift"
WEIGHTS = "utility.weight"
DEFAULT_RANGES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    LOG_COBB_DOUGLAS: {},
    COBB_DOUGLAS: {"utility.curvature": (0.3, 0.9)},
    CES: {"utility.curvature": (0.3, 0.9), "utility.rho": (0.2, 0.8)},
    CRRA: {"utility.curvature": (0.3, 0.95)},
}
DEFAULT_WEIGHT = (0.05, 0.95)
DEFAULT_EPSILON = (0.005, 0.05)
WEAKEST, STRONGEST = 0.5, 2.0
LEAST_PROBABILITY = 0.05
"""By default the likelihood is strengthened only as long as no type becomes less likely than this
in any state, or than in the file.
"""

SIGNIFICANT, DECIMALS = 2, 2
NUMBER = r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})(?:[eE][+-]?[0-9]{1,2})?"


class InvalidVariation(ValueError):
    """A range that cannot be searched. The message is one sentence."""


@dataclass(frozen=True)
class Dimension:
    """A field and the range in which it varies."""

    field: str
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class DrawnFile:
    """A candidate: the ``values`` of the dimensions as drawn and rounded, and the environment, or a
    sentence that says why there is none.
    """

    number: int
    values: tuple[float, ...]
    environment: Environment | None
    problem: str = ""


def default_dimensions(environment: Environment) -> tuple[Dimension, ...]:
    """What varies by default: the weights, the curvature parameters of the family, the likelihood,
    and the exogenous offers.
    """
    ranges = dict.fromkeys(_below(environment, WEIGHTS), DEFAULT_WEIGHT)
    ranges |= DEFAULT_RANGES[environment.utility.family]
    if (strongest := _strongest(environment)) > WEAKEST:
        ranges[STRENGTH] = (WEAKEST, strongest)
    ranges[EPSILON] = DEFAULT_EPSILON
    return tuple(Dimension(field, *ends) for field, ends in ranges.items())


def read_dimensions(environment: Environment, texts: Sequence[str]) -> tuple[Dimension, ...]:
    """The dimensions that texts such as ``utility.weight.blue.low=0.1:0.4`` state. Raises InvalidVariation."""
    found: dict[str, Dimension] = {}
    for text in texts:
        name, low, high = _range(text)
        for field in _named(environment, name):
            if field in found:
                raise InvalidVariation(f"{field} is varied twice; a field has one range.")
            found[field] = Dimension(field, low, high)
            _check_ends(environment, found[field])
    return tuple(found.values())


def draws(environment: Environment, dimensions: Sequence[Dimension], candidates: int, seed: int) -> tuple[DrawnFile, ...]:
    """This many candidates, as a Latin hypercube over the ranges; the same seed gives the same
    candidates.
    """
    points = qmc.LatinHypercube(len(dimensions), rng=seed).random(candidates)
    low, high = np.array([[d.low, d.high] for d in dimensions]).T
    return tuple(_draw(environment, dimensions, number, values) for number, values in enumerate(low + points * (high - low), start=1))


def _draw(base: Environment, dimensions: Sequence[Dimension], number: int, values: FloatArray) -> DrawnFile:
    rounded = tuple(rounded_value(d.field, float(value)) for d, value in zip(dimensions, values, strict=True))
    try:
        made = varied(base, {d.field: value for d, value in zip(dimensions, rounded, strict=True)})
    except InvalidEnvironment as error:
        return DrawnFile(number, rounded, None, str(error))
    return DrawnFile(number, rounded, made)


def varied(environment: Environment, values: Mapping[str, float]) -> Environment:
    """The environment with other values of the named fields. Raises InvalidEnvironment if the
    values do not form an environment.
    """
    fields = environment_fields(environment)
    agents = int(values.get(AGENTS, environment.agents))
    for field, value in values.items():
        if field == STRENGTH:
            fields["likelihood"] = _likelihood(environment, value)
        elif field == EPSILON:
            ends = {"q": environment.endowment_q, "r": environment.endowment_r}
            fields["mechanism"]["epsilon"] = {good: significant(value * end) for good, end in ends.items()}
        elif field == SHARE:
            fields["mechanism"]["inactive_share"] = str(Fraction(max(round(value * agents), 1), agents))
        else:
            _set(fields, field, agents if field == AGENTS else value)
    return parse_environment(fields)


def rounded_value(field: str, value: float) -> float:
    """A value as it is written in a file."""
    if field == AGENTS:
        return float(round(value))
    unit = field.startswith(WEIGHTS) or field in ("utility.curvature", "utility.rho", STRENGTH)
    return round(value, DECIMALS) if unit else significant(value)


def significant(value: float) -> float:
    """A number with two significant digits."""
    return float(f"{value:.{SIGNIFICANT - 1}e}")


def _likelihood(environment: Environment, strength: float) -> dict[str, dict[str, float]]:
    """mu with every state's distance from the average multiplied by a factor, in whole hundredths
    that sum to one.
    """
    mean = environment.prior @ environment.likelihood
    rows = mean + strength * (environment.likelihood - mean)
    return {z: dict(zip(environment.types, _hundredths(row), strict=True)) for z, row in zip(environment.states, rows, strict=True)}


def _hundredths(row: FloatArray) -> list[float]:
    """A distribution in whole hundredths: the largest remainders are rounded up until they sum to one."""
    return [part / 100 for part in largest_remainders((100 * row).tolist(), 100, error=1e-9)]


def _strongest(environment: Environment) -> float:
    """The largest factor on the likelihood that leaves every type the least probability, or what the file gives it."""
    mean = environment.prior @ environment.likelihood
    fall = mean - environment.likelihood
    least = min(LEAST_PROBABILITY, float(environment.likelihood.min()))
    room = (np.broadcast_to(mean, fall.shape)[fall > 1e-12] - least) / fall[fall > 1e-12]
    return float(np.floor(100 * min(STRONGEST, room.min(initial=STRONGEST)) + 1e-9) / 100) if fall.max() > 1e-12 else 0.0


def _range(text: str) -> tuple[str, float, float]:
    match = re.fullmatch(rf"\s*(.+?)\s*=\s*({NUMBER})\s*:\s*({NUMBER})\s*", text)
    if match is None:
        raise InvalidVariation(f"{reprlib.repr(text)} is not a range; write a field and its ends, as in utility.weight.blue.low=0.1:0.4.")
    low, high = float(match[2]), float(match[3])
    if not low < high:
        raise InvalidVariation(f"{match[1]} is to vary from {low:g} to {high:g}; the first must be less than the second.")
    return match[1], low, high


def _named(environment: Environment, name: str) -> tuple[str, ...]:
    if name in (STRENGTH, EPSILON, SHARE):
        return (name,)
    found = _below(environment, name)
    if name.split(".")[0] in ("likelihood", "states"):
        raise InvalidVariation(f"{name} is part of a distribution, which must sum to 1; vary {STRENGTH} instead.")
    if not found:
        raise InvalidVariation(
            f"{reprlib.repr(name)} is not a number in the environment file; it has, for example, {WEIGHTS}, {AGENTS}, {SCALE}, and one may"
            f" vary {STRENGTH} and {EPSILON}."
        )
    return found


def _below(environment: Environment, name: str) -> tuple[str, ...]:
    """The dotted paths of all numbers at or below a name."""
    return tuple(path for path in _numbers(environment_fields(environment)) if path == name or path.startswith(f"{name}."))


def _numbers(table: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{above}{key}.")
        elif isinstance(value, int | float):
            yield f"{above}{key}"


def _set(table: dict[str, Any], path: str, value: float) -> None:
    """Set the number at a dotted path; names may contain dots themselves."""
    for key in table:
        if path == key:
            table[key] = value
            return
        if path.startswith(f"{key}.") and isinstance(table[key], dict) and path[len(key) + 1 :] in set(_numbers(table[key])):
            _set(table[key], path[len(key) + 1 :], value)
            return


def _check_ends(environment: Environment, dimension: Dimension) -> None:
    for end in (dimension.low, dimension.high):
        try:
            varied(environment, {dimension.field: end})
        except InvalidEnvironment as error:
            raise InvalidVariation(f"{dimension.field} is to vary from {dimension.low:g} to {dimension.high:g}, but: {error}") from None
