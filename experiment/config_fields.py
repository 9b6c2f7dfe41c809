"""Reading single fields of a session config, each with one sentence where it cannot be read."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

MOST_MONEY = 1_000_000
MOST_COUNT = 100_000


class InvalidSettings(ValueError):
    """A session config that cannot be run. The message is one sentence for the experimenter."""


@dataclass(frozen=True)
class Fields:
    """The fields of a config by name. Every method raises InvalidSettings with one sentence."""

    values: Mapping[str, Any]

    def one_of(self, name: str, *choices: str) -> str:
        value = self.values[name]
        if value not in choices:
            raise InvalidSettings(f"{name} is {shown(value)}; it must be {' or '.join(choices)}.")
        return str(value)

    def count(self, name: str, least: int, most: int = MOST_COUNT) -> int:
        value = self.values[name]
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole or not least <= value <= most:
            raise InvalidSettings(f"{name} is {shown(value)}; it must be a whole number from {least} to {most}.")
        return int(value)

    def flag(self, name: str) -> bool:
        value = self.values[name]
        if not isinstance(value, bool):
            raise InvalidSettings(f"{name} is {shown(value)}; it must be true or false.")
        return value

    def decimal(self, name: str) -> Decimal:
        value = self.values[name]
        try:
            if isinstance(value, bool):
                raise InvalidOperation
            number = Decimal(repr(value) if isinstance(value, float) else str(value).strip())
        except InvalidOperation:
            raise InvalidSettings(f"{name} is {shown(value)}; it must be a number.") from None
        if not number.is_finite():
            raise InvalidSettings(f"{name} is {shown(value)}; it must be a finite number.")
        return number

    def money(self, name: str) -> Decimal:
        """An amount of money, which oTree keeps as money."""
        if name not in self.values:
            raise InvalidSettings(f"{name} is missing from the session config.")
        value = self.values[name]
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise InvalidSettings(f"{name} is {shown(value)}; it must be a number.")
        amount = Fields({name: str(Decimal(value)) if isinstance(value, Decimal) else value}).decimal(name)
        if not 0 <= amount <= MOST_MONEY:
            raise InvalidSettings(f"{name} is {shown(value)}; it must lie between 0 and {MOST_MONEY}.")
        return amount


def shown(value: Any) -> str:
    """A value in a message, at a length that leaves the message a sentence."""
    return reprlib.repr(value)
