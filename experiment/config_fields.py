"""How the fields of a session config are declared, and how each is read, or refused with one
sentence.

A field is declared once, as an attribute of a frozen dataclass:

    quiz_attempts: int = setting(count(0, 100), 3, "at each question; 0: no quiz")

with its permitted values, its default, and its meaning in the words of the README's table.
``read_group`` reads the fields of such a dataclass from a config, and ``settings_of`` lists them:
from this list come the defaults, the check for mistyped names and the table.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MOST_MONEY = 1_000_000
MOST_COUNT = 100_000
_SETTING = "setting"

Read = TypeVar("Read")
Group = TypeVar("Group", bound="DataclassInstance")


class InvalidSettings(ValueError):
    """A session config that is not valid. The message is one sentence for the experimenter."""


@dataclass(frozen=True)
class FieldKind(Generic[Read]):
    """The permitted values of a field, in words for the README, and the function that reads a value
    or raises InvalidSettings.
    """

    values: str
    read: Callable[[str, Any], Read]


@dataclass(frozen=True)
class Setting:
    """A field of a session config. ``was`` is its name in an earlier version, which is still
    accepted.
    """

    name: str
    kind: FieldKind[Any]
    default: bool | int | float | str
    doc: str
    was: str

    def read(self, config: Mapping[str, Any]) -> Any:
        return self.kind.read(self.name, config.get(self.name, self.default))


def setting(kind: FieldKind[Read], default: bool | int | float | str, doc: str, *, name: str = "", was: str = "") -> Read:
    """Declare a field of a session config, named after the attribute unless ``name`` is given."""
    attribute: Read = field(metadata={_SETTING: (name, kind, default, doc, was)})
    return attribute


def declared(attribute: Field[Any]) -> Setting | None:
    """The field of a session config that an attribute declares; None if it declares none."""
    if _SETTING not in attribute.metadata:
        return None
    name, *others = attribute.metadata[_SETTING]
    return Setting(name or attribute.name, *others)


def settings_of(group: type[DataclassInstance]) -> tuple[Setting, ...]:
    """The fields of a session config that a dataclass declares, in order."""
    return tuple(one for attribute in fields(group) if (one := declared(attribute)))


def read_group(group: type[Group], config: Mapping[str, Any], **known: Any) -> Group:
    """The dataclass with its declared fields read from a config; ``known`` are its other attributes. Raises InvalidSettings."""
    return group(**{attribute.name: one.read(config) for attribute in fields(group) if (one := declared(attribute))}, **known)


def current_names(config: Mapping[str, Any], settings: Iterable[Setting], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The config with every field under its current name. Raises InvalidSettings if both names are
    given and disagree.

    oTree fills in missing fields from ``defaults``, so a field with its default value does not
    count as given.
    """
    current = dict(config)
    for one in settings:
        if one.was and one.was in current:
            value = current.pop(one.was)
            taken = current.get(one.name, value)
            if taken != value and (one.name not in defaults or taken != defaults[one.name]):
                raise InvalidSettings(f"{one.was} is the earlier name of {one.name}, and both are given: leave {one.was} out.")
            current[one.name] = value
    return current


def one_of(*choices: str) -> FieldKind[str]:
    def read(name: str, value: Any) -> str:
        if value not in choices:
            raise InvalidSettings(f"{name} is {shown(value)}; it must be {' or '.join(choices)}.")
        return str(value)

    return FieldKind(", ".join(f"`{choice}`" for choice in choices), read)


def count(least: int = 0, most: int = MOST_COUNT) -> FieldKind[int]:
    def read(name: str, value: Any) -> int:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole or not least <= value <= most:
            raise InvalidSettings(f"{name} is {shown(value)}; it must be a whole number from {least} to {most}.")
        return int(value)

    return FieldKind("whole number" if most == MOST_COUNT else f"{least} to {most}", read)


def read_decimal(name: str, value: Any) -> Decimal:
    """A finite number, with exactly the decimals that were written. Raises InvalidSettings with one
    sentence.
    """
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        number = Decimal(repr(value) if isinstance(value, float) else str(value).strip())
    except InvalidOperation:
        raise InvalidSettings(f"{name} is {shown(value)}; it must be a number.") from None
    if not number.is_finite():
        raise InvalidSettings(f"{name} is {shown(value)}; it must be a finite number.")
    return number


def read_money(name: str, value: Any) -> Decimal:
    """An amount of money, in a field that oTree stores as money. Raises InvalidSettings with one
    sentence.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise InvalidSettings(f"{name} is {shown(value)}; it must be a number.")
    amount = read_decimal(name, str(Decimal(value)) if isinstance(value, Decimal) else value)
    if not 0 <= amount <= MOST_MONEY:
        raise InvalidSettings(f"{name} is {shown(value)}; it must lie between 0 and {MOST_MONEY}.")
    return amount


def _read_flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidSettings(f"{name} is {shown(value)}; it must be true or false.")
    return value


FLAG = FieldKind("yes, no", _read_flag)
MONEY_AMOUNT = FieldKind("money", read_money)


def shown(value: Any) -> str:
    """A value as a message quotes it, cut so that the message remains one sentence."""
    return reprlib.repr(value)
