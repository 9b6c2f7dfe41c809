"""A CSV file of an export: recognised by its header and read cell by cell; each wrong cell is named
by file, row and column.

Rows are counted as in a spreadsheet: the header is row 1.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NoReturn

from experiment.export import DECISION_COLUMNS, FIRST_PAYMENT_COLUMNS, LATER_DECISION_COLUMNS, MORE_PAYMENT_COLUMNS, SESSION_COLUMNS

DECISIONS, SESSIONS, PAYMENTS, IGNORED = "decisions", "sessions", "payments", "ignored"
LATER_COLUMNS: Mapping[str, Sequence[Sequence[str]]] = {DECISIONS: LATER_DECISION_COLUMNS, PAYMENTS: (MORE_PAYMENT_COLUMNS,)}
"""Groups of columns that earlier exports do not have: a header has all of a group or none."""
COLUMNS: Mapping[str, Sequence[str]] = {
    DECISIONS: tuple(column for column in DECISION_COLUMNS if not any(column in group for group in LATER_DECISION_COLUMNS)),
    SESSIONS: SESSION_COLUMNS,
    PAYMENTS: FIRST_PAYMENT_COLUMNS,
}
"""The columns that every file of a kind has."""
_RECOGNISED_BY = {DECISIONS: 0.6, SESSIONS: 1.0, PAYMENTS: 0.7}
"""A header with at least this share of a kind's columns is taken for a file of that kind, so that a
missing column can be named.
"""
_SEPARATORS = {";": "semicolons", "\t": "tabs"}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
LONGEST_SHOWN = 60
LONGEST_TEXT = 200
LARGEST_NUMBER = 1e15
"""Beyond this a double is not exact to the cent."""
csv.field_size_limit(2**31 - 1)  # whatever reads the column rejects a cell that is too long, and names it


class InvalidExport(ValueError):
    """An export that cannot be read. The message is one sentence that names file, row and column."""


@dataclass(frozen=True)
class Place:
    """The place of a line: the file's name and the row as a spreadsheet counts it."""

    file: str
    row: int

    def __str__(self) -> str:
        return f"row {self.row} of {self.file}"


@dataclass(frozen=True)
class ExportTable:
    """A file: its name, the kind of file it was taken for, its header, and its lines with their row
    numbers.
    """

    name: str
    kind: str
    header: tuple[str, ...]
    lines: tuple[tuple[int, list[str]], ...]

    def cells(self) -> Iterator[Cells]:
        """The lines one by one. Raises InvalidExport at a line that is shorter or longer than the
        header.
        """
        known = chain(COLUMNS[self.kind], *LATER_COLUMNS.get(self.kind, ()))
        positions = {column: self.header.index(column) for column in known if column in self.header}
        for row, values in self.lines:
            place = Place(self.name, row)
            if len(values) != len(self.header):
                raise InvalidExport(
                    f"The {place} has {_count(len(values), 'cell')} and the header {len(self.header)}: the first column that "
                    f"does not fit is {_first_astray(self.header, values)}; a truncated file ends like that."
                )
            yield Cells(place, positions, values)


def read_table(path: Path, name: str) -> ExportTable:
    """Read a file; messages call it ``name``. Raises InvalidExport with one sentence."""
    text = _text(path, name)
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        lines = [(row, values) for row, values in enumerate(reader, start=1) if values]
    except csv.Error as error:
        raise InvalidExport(f"The file {name} cannot be read as CSV from row {reader.line_num} on: {error}.") from None
    header = tuple(column.strip() for column in lines[0][1]) if lines else ()
    kind = _kind(header)
    if kind == IGNORED:
        _refuse_other_separators(name, text)
    else:
        _refuse_wrong_header(name, kind, header)
    return ExportTable(name, kind, header, tuple(lines[1:]))


def _text(path: Path, name: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidExport(f"The file {name} cannot be read: {error.strerror or error}.") from None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InvalidExport(
            f"The file {name} is UTF-16 text, as Excel's Unicode text is; it must be UTF-8: use the file as it was downloaded."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise InvalidExport(f"The file {name} is not UTF-8 text in row {row}: {error.reason} at byte {error.start}.") from None


def _kind(header: Sequence[str]) -> str:
    for kind, columns in COLUMNS.items():
        if sum(column in header for column in columns) >= _RECOGNISED_BY[kind] * len(columns):
            return kind
    return IGNORED


def _refuse_wrong_header(name: str, kind: str, header: Sequence[str]) -> None:
    later = (group for group in LATER_COLUMNS.get(kind, ()) if any(column in header for column in group))
    for column in chain(COLUMNS[kind], *later):
        if header.count(column) != 1:
            trouble = "has no column" if column not in header else f"has {header.count(column)} columns"
            raise InvalidExport(f"The file {name} holds {kind} but its header (row 1) {trouble} {column}.")


def _refuse_other_separators(name: str, text: str) -> None:
    """A spreadsheet in a language with decimal commas writes CSV with semicolons."""
    first = text.partition("\n")[0]
    for separator, called in _SEPARATORS.items():
        kind = _kind([column.strip().strip('"') for column in first.split(separator)])
        if kind != IGNORED:
            raise InvalidExport(
                f"The file {name} holds {kind} with {called} between the columns, as a spreadsheet saves CSV where decimals have commas; "
                "it must have commas between the columns and decimal points: use the file as it was downloaded."
            )


@dataclass(frozen=True)
class Cells:
    """The cells of one row, by column."""

    place: Place
    positions: Mapping[str, int]
    values: Sequence[str]

    def has(self, column: str) -> bool:
        """Whether the file has this column, which earlier exports may lack."""
        return column in self.positions

    def raw(self, column: str) -> str:
        return self.values[self.positions[column]].strip()

    def text(self, column: str) -> str:
        value = self.raw(column)
        if not value:
            self.wrong(column, "it must not be empty")
        if len(value) > LONGEST_TEXT:
            self.wrong(column, f"it must have at most {LONGEST_TEXT} characters")
        return value if value.isprintable() else self.wrong(column, "it must hold printable characters only")

    def optional_text(self, column: str) -> str | None:
        return None if self.empty(column) else self.text(column)

    def one_of(self, column: str, choices: Sequence[str], whose: str = "it") -> str:
        value = self.text(column)
        return value if value in choices else self.wrong(column, f"{whose} must be {' or '.join(choices)}")

    def optional_one_of(self, column: str, choices: Sequence[str]) -> str | None:
        return None if self.empty(column) else self.one_of(column, choices)

    def count(self, column: str) -> int:
        value = self.raw(column)
        return int(value) if _COUNT.fullmatch(value) else self.wrong(column, "it must be a whole number")

    def optional_count(self, column: str) -> int | None:
        return None if self.empty(column) else self.count(column)

    def flag(self, column: str) -> int:
        return int(self.one_of(column, ("0", "1")))

    def number(self, column: str) -> float:
        value = self.raw(column)
        number = float(value) if _NUMBER.fullmatch(value) else float("inf")
        if abs(number) > LARGEST_NUMBER:
            self.wrong(column, f"it must be a finite number with '.' as decimal point, of size {LARGEST_NUMBER:g} at most")
        return number

    def optional_number(self, column: str) -> float | None:
        return None if self.empty(column) else self.number(column)

    def empty(self, column: str) -> bool:
        """Whether nothing is in the cell, or the file has no such column, as an earlier export."""
        return not self.has(column) or not self.raw(column)

    def wrong(self, column: str, wanted: str) -> NoReturn:
        value = self.raw(column)
        shown = repr(value) if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]!r}..."
        raise InvalidExport(f"In {self.place}, {column} is {shown}; {wanted}.")


def _first_astray(header: Sequence[str], values: Sequence[str]) -> str:
    return header[len(values)] if len(values) < len(header) else f"one after {header[-1]}"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
