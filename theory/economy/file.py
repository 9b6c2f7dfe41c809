"""An environment file as nested tables: reading their values, with one sentence for each that is not what it must be.

Every message names the field, the value and what is wanted. What the fields mean is ``theory.economy.environment``'s.
"""

from __future__ import annotations

import math
import re
import reprlib
import sys
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from theory.economy.utility import FloatArray

PROBABILITY_TOLERANCE = 1e-9
ROUNDING = 2.3e-16
LARGEST, SMALLEST = 1e12, 1e-12
"""Beyond these sizes, differences that matter are lost in the rounding of floating point numbers, or numbers overflow."""
LONGEST_PATH = 300
NAME = r"\w(?:[\w .+-]{0,38}[\w.+-])?"
"""Names of environments, states, types and roles: they are typed on the command line, shown on pages and stand in tables."""
LONGEST_DESCRIPTION = 1000
JOINERS = "\u200c\u200d"
"""Characters without a shape of their own that some scripts need inside words."""
LINE_ENDS = "\u2028\u2029"
NAME_WANTED = "a name is made of at most 40 letters, digits, spaces and _ . + -, and begins with a letter, a digit or _"
SHARE = r"[0-9]{1,18}/[0-9]{1,18}|0?\.[0-9]{1,17}"
"""An inactive share as text; a decimal of 17 digits is a fraction of 18."""


class InvalidEnvironment(ValueError):
    """An environment file that does not describe an economy of the paper. The message is one sentence."""


def file_fields(path: Path) -> Mapping[str, Any]:
    """The fields of a TOML file. Raises InvalidEnvironment with one sentence if it is missing or unreadable."""
    named = str(path) if str(path).isprintable() and len(str(path)) <= LONGEST_PATH else reprlib.repr(str(path))
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InvalidEnvironment(f"There is no environment file {named}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidEnvironment(f"The environment file {named} cannot be read: {_reason(error)}.") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidEnvironment(f"The environment file {named} is not valid TOML: {error}.") from None
    except (ValueError, RecursionError):
        raise InvalidEnvironment(
            f"The environment file {named} cannot be read: a number in it is too long or a value nested too deep."
        ) from None


@dataclass(frozen=True)
class Table:
    """One table of the file, with its full name for messages."""

    field: str
    fields: Mapping[str, Any]

    def name(self, key: str) -> str:
        return f"{self.field}.{key}" if self.field else key

    def value(self, key: str) -> Any:
        if key not in self.fields:
            raise InvalidEnvironment(f"{self.name(key)} is missing from the environment.")
        return self.fields[key]

    def table(self, key: str) -> Table:
        value = self.value(key)
        if not isinstance(value, Mapping):
            raise InvalidEnvironment(f"{self.name(key)} is {shown(value)}; it must be a table.")
        return Table(self.name(key), value)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.value(key) if default is None else self.fields.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise InvalidEnvironment(f"{self.name(key)} is {shown(value)}; it must be text in quotes.")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        value = self.value(key) if default is None else self.fields.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
            raise InvalidEnvironment(f"{self.name(key)} is {shown(value)}; it must be a finite number.")
        if abs(value) > LARGEST:
            raise InvalidEnvironment(f"{self.name(key)} is {float(value):g}; numbers beyond {LARGEST:g} lose too many digits.")
        return float(value)

    def positive(self, key: str, default: float | None = None) -> float:
        value = self.number(key, default)
        if value <= 0:
            raise InvalidEnvironment(f"{self.name(key)} is {value:g}; it must be positive.")
        if value < SMALLEST:
            raise InvalidEnvironment(f"{self.name(key)} is {value:g}; it must be at least {SMALLEST:g}, or it is lost in rounding.")
        return value

    def count(self, key: str, least: int, most: int) -> int:
        value = self.value(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InvalidEnvironment(f"{self.name(key)} is {shown(value)}; it must be a whole number from {least} to {most}.")
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


def names(field: str, values: Any) -> tuple[str, ...]:
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise InvalidEnvironment(f'{field} is {shown(values)}; it must be a list of names, such as ["blue", "green"].')
    if not values:
        raise InvalidEnvironment(f"{field} is empty; it must hold at least one name.")
    for name in values:
        if not _is_name(name):
            raise InvalidEnvironment(f"{field} has the name {shown(name)}; {NAME_WANTED}.")
    if len(set(values)) < len(values):
        raise InvalidEnvironment(f"{field} is {list(values)!r}; every name must be used once only.")
    return tuple(values)


def one_name(field: str, value: Any) -> str:
    """One name, by the rule of all names."""
    if not _is_name(value):
        raise InvalidEnvironment(f"{field} is {shown(value)}; {NAME_WANTED}.")
    return str(value)


def sentence(field: str, value: str) -> str:
    """Text that is shown as it is, on one line: any punctuation, and nothing that moves, hides or reverses other text.

    Line breaks and tabs between its words become blanks: a file may break a long sentence.
    """
    value = re.sub(r"[ \t\r\n]+", " ", value).strip()
    odd = next((c for c in value if (unicodedata.category(c)[0] == "C" and c not in JOINERS) or c in LINE_ENDS), None)
    if odd is not None or len(value) > LONGEST_DESCRIPTION:
        found = f"has {len(value)} characters" if odd is None else f"has the character {odd!a}"
        raise InvalidEnvironment(
            f"{field} {found}; it is a sentence of at most {LONGEST_DESCRIPTION} characters without control characters "
            "or marks of direction."
        )
    return value


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(NAME, value) is not None


def distribution(field: str, table: Table, names: tuple[str, ...]) -> FloatArray:
    table.exactly(names, "type" if field.startswith("likelihood") else "state")
    values = np.array([table.number(name) for name in names])
    for name, value in zip(names, values, strict=True):
        if value < 0 or value > 1:
            raise InvalidEnvironment(f"{field}.{name} is {value:g}; a probability lies between 0 and 1.")
    if abs(values.sum() - 1) > PROBABILITY_TOLERANCE:
        raise InvalidEnvironment(f"{field} sums to {values.sum():.12g}; the probabilities must sum to 1.")
    off = abs(math.fsum(values) - 1) > ROUNDING * len(values)  # an environment that is read again stays the same to the last digit
    return np.asarray(values / math.fsum(values)) if off else values


def share(value: Any) -> Fraction:
    wanted = 'it must be an exact fraction strictly between 0 and 1, written in quotes: "1/6" or "0.1"'
    try:
        share = Fraction(value.strip()) if isinstance(value, str) and re.fullmatch(SHARE, value.strip()) else None
    except ZeroDivisionError:
        share = None
    if share is None or not 0 < share < 1:
        raise InvalidEnvironment(f"mechanism.inactive_share is {shown(value)}; {wanted}.")
    return share


def _reason(error: OSError | UnicodeDecodeError) -> str:
    """Why a file cannot be read, without its name."""
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)


def shown(value: Any) -> str:
    """A value as a message shows it, shortened where it is long."""
    try:
        return reprlib.repr(value)
    except ValueError:
        return "an integer of thousands of digits"
