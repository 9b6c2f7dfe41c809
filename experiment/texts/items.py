"""The items of a study's questionnaire, from ``questionnaire.toml``:

[[item]]
id = "trust"
type = "scale"
label = "How much did you trust the other participants?"
from = 1
to = 7
min_label = "not at all"
max_label = "completely"
required = true
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from experiment.options import QUESTIONS
from experiment.texts.problems import InvalidText

CHOICE, SCALE, NUMBER, TEXT = TYPES = ("choice", "scale", "number", "text")
ID = r"[a-z][a-z0-9_]{0,39}"
MOST_ITEMS, MOST_OPTIONS, LONGEST_LABEL, MOST_STEPS = 100, 50, 1000, 21
LARGEST_NUMBER = 10**9
LONGEST_LINE, LONGEST_TEXT = 200, 2000
"""The most characters of an answer in words: on one line, and in a field of several lines."""
_OF_TYPE: Mapping[str, tuple[str, ...]] = {
    CHOICE: ("options",),
    SCALE: ("from", "to", "min_label", "max_label"),
    NUMBER: ("min", "max", "whole"),
    TEXT: ("long",),
}
_OF_ALL = ("id", "type", "label", "note", "required")


@dataclass(frozen=True)
class Item:
    """A question. ``options`` are pairs of what is stored and what is read; ``least`` and ``most``
    are the ends of a scale or the bounds of a number, None where there is none.
    """

    id: str
    type: str
    label: str
    note: str = ""
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    least: float | None = None
    most: float | None = None
    min_label: str = ""
    max_label: str = ""
    whole: bool = False
    long: bool = False

    @property
    def meaning(self) -> tuple[Any, ...]:
        """What must be the same in every language: all but the words."""
        return self.id, self.type, self.required, tuple(key for key, _ in self.options), self.least, self.most, self.whole, self.long

    @property
    def steps(self) -> tuple[str, ...]:
        """The values of a scale."""
        return tuple(str(step) for step in range(int(self.least or 0), int(self.most or 0) + 1))


def read_items(place: str, source: str) -> tuple[Item, ...]:
    """The items of a file. Raises InvalidText with the file and the line of the first mistake."""
    try:
        tables = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        what = str(error).partition(" (at ")[0]
        raise InvalidText(
            place, int(found[1]) if found else source.count("\n") + 1, f"this is not TOML: {what[:1].lower()}{what[1:]}."
        ) from None
    wrong = [name for name in tables if name != "item"]
    if wrong:
        raise InvalidText(place, _line_of_name(source, wrong[0]), f"{wrong[0]} is not known; a questionnaire has tables [[item]] only.")
    listed = tables.get("item", [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise InvalidText(place, _line_of_name(source, "item"), "an item begins with [[item]], in two pairs of brackets.")
    if not 0 < len(listed) <= MOST_ITEMS:
        raise InvalidText(place, 1, f"there are {len(listed)} items; a questionnaire has 1 to {MOST_ITEMS}.")
    items: list[Item] = []
    for number, table in enumerate(listed):
        item = _Reader(place, source, number, table).item()
        if item.id in {one.id for one in items}:
            raise InvalidText(place, line_of(source, number, "id"), f"id {item.id!r} occurs twice.")
        items.append(item)
    return tuple(items)


def as_table(item: Item) -> dict[str, Any]:
    """The item as it is stored with a session."""
    return {**asdict(item), "options": [list(option) for option in item.options]}


def from_table(table: Mapping[str, Any]) -> Item:
    """The item that was stored."""
    return Item(**{**table, "options": tuple((key, words) for key, words in table["options"])})


def line_of(source: str, number: int, name: str) -> int:
    """The line of a field of the item with this number, counted from 0; else the item's first line."""
    heads = [place for place, line in enumerate(source.splitlines(), start=1) if re.match(r"\s*\[\[\s*item\s*\]\]", line)]
    if number >= len(heads):
        return 1
    end = heads[number + 1] if number + 1 < len(heads) else len(source.splitlines()) + 1
    for place in range(heads[number], end):
        if re.match(rf"\s*(\[\s*item\s*\.\s*)?[\"']?{re.escape(name)}[\"']?\s*[=.\]]", source.splitlines()[place - 1]):
            return place
    return heads[number]


def _line_of_name(source: str, name: str) -> int:
    for place, line in enumerate(source.splitlines(), start=1):
        if re.match(rf"\s*\[*\s*[\"']?{re.escape(name)}\b", line):
            return place
    return 1


@dataclass(frozen=True)
class _Reader:
    """Reads one table of the file."""

    place: str
    source: str
    number: int
    table: Mapping[str, Any]

    def item(self) -> Item:
        kind = self._wanted("type", str)
        if kind not in TYPES:
            raise self._wrong("type", f"type is {kind!r:.40}; it must be {', '.join(TYPES[:-1])} or {TYPES[-1]}.")
        known = (*_OF_ALL, *_OF_TYPE[kind])
        for name in self.table:
            if name not in known:
                raise self._wrong(name, f"{name} is not a field of an item of type {kind}; it has {', '.join(known)}.")
        made = Item(self._id(), kind, self._label("label"), self._text("note"), bool(self._optional("required", bool, False)))
        return {CHOICE: self._choice, SCALE: self._scale, NUMBER: self._number, TEXT: self._in_words}[kind](made)

    def _choice(self, made: Item) -> Item:
        options = self._wanted("options", dict)
        if not 2 <= len(options) <= MOST_OPTIONS:
            raise self._wrong("options", f"there are {len(options)} options; a choice has 2 to {MOST_OPTIONS}.")
        for key, words in options.items():
            if not re.fullmatch(r"[a-z0-9_]{1,40}", key):
                raise self._wrong(
                    "options", f"the option {key!r:.40} is stored, so it must be at most 40 small letters, digits, underscores."
                )
            if key == "not_said":
                raise self._wrong("options", "not_said is the option of participants who prefer not to say; it is offered by itself.")
            if not isinstance(words, str) or not words.strip():
                raise self._wrong("options", f"the option {key} must have words, in quotation marks.")
        return replace(made, options=tuple((key, words.strip()) for key, words in options.items()))

    def _scale(self, made: Item) -> Item:
        least, most = self._optional("from", int, 1), self._optional("to", int, 7)
        if not 1 <= most - least < MOST_STEPS:
            raise self._wrong("to", f"the scale goes from {least} to {most}; it must have 2 to {MOST_STEPS} steps.")
        return replace(made, least=least, most=most, min_label=self._text("min_label"), max_label=self._text("max_label"))

    def _number(self, made: Item) -> Item:
        least, most = self._bound("min"), self._bound("max")
        if least is not None and most is not None and least > most:
            raise self._wrong("max", f"max is {most:g}, less than min, {least:g}.")
        return replace(made, least=least, most=most, whole=bool(self._optional("whole", bool, False)))

    def _in_words(self, made: Item) -> Item:
        return replace(made, long=bool(self._optional("long", bool, False)))

    def _id(self) -> str:
        name = self._wanted("id", str)
        if not re.fullmatch(ID, name):
            raise self._wrong("id", f"id is {name!r:.50}; it must be at most 40 small letters, digits and underscores, a letter first.")
        if name in QUESTIONS:
            raise self._wrong("id", f"id {name} is a question of the built-in questionnaire; choose another.")
        return str(name)

    def _label(self, name: str) -> str:
        self._wanted(name, str)
        label = self._text(name)
        if not label:
            raise self._wrong(name, f"{name} is empty.")
        return label

    def _text(self, name: str) -> str:
        text = str(self._optional(name, str, "")).strip()
        if len(text) > LONGEST_LABEL:
            raise self._wrong(name, f"{name} has {len(text)} characters; it may have {LONGEST_LABEL}.")
        return text

    def _bound(self, name: str) -> float | None:
        if name not in self.table:
            return None
        value = self.table[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_NUMBER:
            raise self._wrong(name, f"{name} is {value!r:.40}; it must be a number of at most {LARGEST_NUMBER}.")
        return float(value)

    def _wanted(self, name: str, kind: type) -> Any:
        if name not in self.table:
            raise self._wrong(name, f"this item has no {name}.")
        return self._optional(name, kind, None)

    def _optional(self, name: str, kind: type, default: Any) -> Any:
        value = self.table.get(name, default)
        if name in self.table and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise self._wrong(name, f"{name} is {value!r:.40}; it must be {_WANTED[kind]}.")
        return value

    def _wrong(self, name: str, what: str) -> InvalidText:
        return InvalidText(self.place, line_of(self.source, self.number, name), what)


_WANTED = {str: "words, in quotation marks", bool: "true or false", int: "a whole number", dict: "a table [item.options]"}
