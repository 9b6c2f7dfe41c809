"""The economies of a sweep: every combination of values that fields of one environment file take.

Fields are named by their dotted path, as in ``utility.weight.blue.low``. An axis is one field with its values, or several that move
together, such as the entries of a distribution. Values are read as exact fractions, so that 0.1:0.4:4 holds 0.3 and not the number next
to it.
"""

from __future__ import annotations

import difflib
import math
import re
import reprlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

from theory.economy.environment import Environment, environment_fields, parse_environment
from theory.economy.values import shown

Value = int | float | str
Keys = tuple[str, ...]

OPTIONAL: dict[Keys, Value] = {("utility", "floor"): 0.0, ("utility", "curvature"): 0.0, ("utility", "rho"): 0.0}
"""Numbers that a file may leave out."""

EXACT = ("mechanism", "inactive_share")
NUMBER = r"[+-]?([0-9]{1,18}/[0-9]{1,18}|([0-9]{1,18}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?)"
MOST_DECIMALS = 17
MOST_POINTS = 100_000


class InvalidGrid(ValueError):
    """Values that do not form a grid. The message is one sentence."""


@dataclass(frozen=True)
class Axis:
    """Fields that move together, each by its ``keys`` in the file's tables, and their steps: a value for each field."""

    keys: tuple[Keys, ...]
    steps: tuple[tuple[Value, ...], ...]

    def __post_init__(self) -> None:
        named = "+".join(".".join(keys) for keys in self.keys)
        if not self.keys or not self.steps:
            raise InvalidGrid(f"The axis {named or 'of no field'} has {len(self.steps)} steps; it needs a field and at least one step.")
        for step in self.steps:
            if len(step) != len(self.keys):
                raise InvalidGrid(f"The axis {named} has the step {shown(step)}; a step is {len(self.keys)} values, one for each field.")


@dataclass(frozen=True, eq=False)
class Grid:
    """All combinations of the steps of ``axes`` in the environment whose file has the fields ``base``; the last axis moves fastest."""

    base: Mapping[str, Any]
    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        for field, times in Counter(self.fields).items():
            if times > 1:
                raise InvalidGrid(f"{field} is varied twice; a field can stand on one axis only.")
        if self.size > MOST_POINTS:
            raise InvalidGrid(f"The grid has {self.size} points; a sweep takes at most {MOST_POINTS}.")

    @property
    def fields(self) -> tuple[str, ...]:
        """The dotted paths of the varied fields, in the order of the axes."""
        return tuple(".".join(keys) for axis in self.axes for keys in axis.keys)

    @property
    def size(self) -> int:
        """The number of points."""
        return math.prod(len(axis.steps) for axis in self.axes)

    @property
    def points(self) -> Iterator[tuple[Value, ...]]:
        """The values of ``fields`` at every point, in grid order."""
        return (tuple(value for step in steps for value in step) for steps in product(*(axis.steps for axis in self.axes)))

    def environment(self, values: Sequence[Value]) -> Environment:
        """The environment in which ``fields`` have these values. Raises InvalidEnvironment if they do not form a valid one."""
        fields = self.base
        for keys, value in zip((keys for axis in self.axes for keys in axis.keys), values, strict=True):
            fields = _changed(fields, keys, value)
        return parse_environment(fields)


def read_grid(environment: Environment, texts: Sequence[str]) -> Grid:
    """The grid that texts such as ``mechanism.agents=6,12`` describe, one per axis. Raises InvalidGrid.

    Values are separated by commas; ``start:stop:count`` stands for ``count`` equally spaced values. Fields joined by + move together, their
    values joined by + as well: ``states.prior.low+states.prior.high=0.3+0.7,0.5+0.5``.
    """
    base = environment_fields(environment)
    kinds = OPTIONAL | dict(_leaves(base))
    named: dict[str, list[Keys]] = {}
    for keys in kinds:
        named.setdefault(".".join(keys), []).append(keys)
    return Grid(base, tuple(_axis(text, named, kinds) for text in texts))


def _leaves(table: Mapping[str, Any], above: Keys = ()) -> Iterator[tuple[Keys, Value]]:
    """Every value that is one number or text, with its keys."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, key))
        elif isinstance(value, int | float | str):
            yield (*above, key), value


def _changed(table: Mapping[str, Any], keys: Keys, value: Value) -> dict[str, Any]:
    """The same tables with another value at ``keys``."""
    key, *below = keys
    return {**table, key: _changed(table[key], tuple(below), value) if below else value}


def _axis(text: str, named: Mapping[str, list[Keys]], kinds: Mapping[Keys, Value]) -> Axis:
    left, equals, right = (part.strip() for part in text.partition("="))
    if not equals:
        raise InvalidGrid(f"{reprlib.repr(text)} says nothing to vary; write a field and its values, as in mechanism.agents=6,12,24.")
    fields = _fields(left, named)
    steps: list[tuple[Value, ...]] = []
    for item in right.split(","):
        parts = [item] if len(fields) == 1 else item.split("+")
        if len(parts) != len(fields):
            raise InvalidGrid(
                f"{reprlib.repr(item)} does not give {left} {len(fields)} values; join the values of fields that move together by +."
            )
        columns = [_values(keys, part.strip(), kinds[keys]) for keys, part in zip(fields, parts, strict=True)]
        if len({len(column) for column in columns}) > 1:
            raise InvalidGrid(f"{reprlib.repr(item)} gives its fields different numbers of values; fields that move together need as many.")
        steps += zip(*columns, strict=True)
    for step, times in Counter(steps).items():
        if times > 1:
            raise InvalidGrid(f"{left} takes the value {'+'.join(map(str, step))} twice; every value must be there once only.")
    return Axis(fields, tuple(steps))


def _fields(text: str, named: Mapping[str, list[Keys]]) -> tuple[Keys, ...]:
    """The fields that a text joins by +."""
    parts = _joined(text, named)
    if parts is None:
        unknown = next((part.strip() for part in text.split("+") if part.strip() not in named), text)
        near = difflib.get_close_matches(unknown, named, 3, 0)
        raise InvalidGrid(f"{reprlib.repr(unknown)} is not a value that the environment file holds; the nearest are {', '.join(near)}.")
    for part in parts:
        if len(named[part]) > 1:
            raise InvalidGrid(
                f"{part} names two values of the environment file; without dots in the names of types and states it names one."
            )
    return tuple(named[part][0] for part in parts)


def _joined(text: str, named: Mapping[str, list[Keys]]) -> list[str] | None:
    """The names that a text joins by +, a character that names of types and states may also contain; None if it joins none."""
    if text in named:
        return [text]
    for place in (match.start() for match in re.finditer(r"\+", text)):
        rest = _joined(text[place + 1 :].strip(), named) if text[:place].strip() in named else None
        if rest is not None:
            return [text[:place].strip(), *rest]
    return None


def _values(keys: Keys, text: str, kind: Value) -> list[Value]:
    """The values that one part of a list stands for; ``kind`` is a value of the same sort."""
    field = ".".join(keys)
    if keys != EXACT and isinstance(kind, str):
        if not text.isprintable():
            raise InvalidGrid(f"{field} is given {reprlib.repr(text)}; it takes text on one line.")
        return [text]
    ends = text.split(":")
    if len(ends) == 1:
        return [_typed(keys, _number(field, text), kind)]
    if len(ends) != 3 or not re.fullmatch(" *[0-9]{1,7} *", ends[2]) or not 2 <= int(ends[2]) <= MOST_POINTS:
        raise InvalidGrid(
            f"{field} is given {reprlib.repr(text)}; write start:stop:count with a count from 2 to {MOST_POINTS}, as in 0.1:0.4:4."
        )
    start, stop, count = _number(field, ends[0]), _number(field, ends[1]), int(ends[2])
    return [_typed(keys, start + (stop - start) * Fraction(i, count - 1), kind) for i in range(count)]


def _number(field: str, text: str) -> Fraction:
    try:
        found = Fraction(text.strip()) if re.fullmatch(NUMBER, text.strip()) else None
    except ZeroDivisionError:
        found = None
    if found is None:
        raise InvalidGrid(f"{field} is given {reprlib.repr(text)}, which is not a number.")
    return found


def _typed(keys: Keys, value: Fraction, kind: Value) -> Value:
    if keys == EXACT:
        return _exact(value)
    if isinstance(kind, int):
        if value.denominator != 1:
            raise InvalidGrid(f"{'.'.join(keys)} is given {reprlib.repr(str(value))}; it takes whole numbers.")
        return int(value)
    try:
        return float(value)
    except OverflowError:
        raise InvalidGrid(f"{'.'.join(keys)} is given a number too large to compute with.") from None


def _exact(value: Fraction) -> str:
    """A decimal if that is exact and short, otherwise a fraction."""
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    places = -int(decimal.as_tuple().exponent)
    return format(decimal, "f") if Fraction(decimal) == value and places <= MOST_DECIMALS else str(value)
