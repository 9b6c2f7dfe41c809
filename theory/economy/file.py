"""An environment file as nested tables: reading their values, with a one-sentence error for each invalid value.

Every message names the field, the value and what is wanted. ``theory.economy.environment`` defines what the fields mean, and
``theory.economy.values`` which values they may have.
"""

from __future__ import annotations

import reprlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theory.economy import values
from theory.economy.values import InvalidEnvironment, missing, shown

LONGEST_PATH = 300


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
            raise missing(self.name(key))
        return self.fields[key]

    def table(self, key: str) -> Table:
        value = self.value(key)
        if not isinstance(value, Mapping):
            raise InvalidEnvironment(f"{self.name(key)} is {shown(value)}; it must be a table.")
        return Table(self.name(key), value)

    def text(self, key: str) -> str:
        return values.text(self.name(key), self.value(key))

    def number(self, key: str, default: float | None = None) -> float:
        return values.number(self.name(key), self.value(key) if default is None else self.fields.get(key, default))

    def positive(self, key: str) -> float:
        return values.positive(self.name(key), self.value(key))

    def count(self, key: str, least: int, most: int) -> int:
        return values.count(self.name(key), self.value(key), least, most)

    def numbers(self, names: Sequence[str], kind: str) -> list[float]:
        """A number for each of the names; other entries are refused."""
        self.exactly(names, kind)
        return [self.number(name) for name in names]

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


def _reason(error: OSError | UnicodeDecodeError) -> str:
    """Why a file cannot be read, without its name."""
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
