"""An export directory, read: any number of CSV files, each known by its header, as one data set.

What cannot be read stops the reading: ``InvalidExport`` is one sentence with the file, the row as a spreadsheet counts it
(the header is row 1) and the column. Whether what was read obeys the mechanism is the question of ``validation``.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from experiment.config import InvalidSettings, SessionSettings, read_settings
from experiment.export import DECISION_COLUMNS, PAYMENT_COLUMNS, SESSION_COLUMNS, Decision
from experiment.offers import ABSENT, ROBOT, TYPED, Offer, plain
from theory.environment import Environment, InvalidEnvironment, environment_fields, parse_environment

SOURCES = (TYPED, ABSENT, ROBOT)


class InvalidExport(ValueError):
    """An export that cannot be read. The message is one sentence that names file, row and column."""


@dataclass(frozen=True)
class Place:
    """Where a line stands: the file's name and the row as a spreadsheet counts it."""

    file: str
    row: int

    def __str__(self) -> str:
        return f"row {self.row} of {self.file}"


@dataclass(frozen=True, eq=False)
class Session:
    """A line of ``sessions.csv``: the economy that was played and the experimenter's choices.

    ``environment`` has the session's own number of agents N; ``seed`` is None where the file does not tell it.
    """

    code: str
    place: Place
    settings: SessionSettings
    seed: int | None
    software: Mapping[str, str]

    @property
    def environment(self) -> Environment:
        return self.settings.environment

    @cached_property
    def economy(self) -> str:
        """The environment as text: two sessions with the same text have the same predictions."""
        return json.dumps(environment_fields(self.environment), sort_keys=True)


@dataclass(frozen=True)
class DecisionRow:
    """A row of ``decisions.csv`` and where it stands."""

    place: Place
    decision: Decision

    @property
    def stage1(self) -> Offer | None:
        return _offer(self.decision.stage1_q, self.decision.stage1_r)

    @property
    def stage2(self) -> Offer | None:
        return _offer(self.decision.stage2_q, self.decision.stage2_r)


@dataclass(frozen=True)
class PaymentRow:
    """A row of ``payments.csv`` and where it stands; ``paid_round`` is None where all rounds are paid."""

    place: Place
    session_code: str
    participant_code: str
    paid_round: int | None
    points: float
    earnings: float
    participation_fee: float
    total: float
    currency: str


@dataclass(frozen=True)
class FileRead:
    """A file of the directory: what it was taken for (decisions, sessions, payments, or ignored) and its number of rows."""

    name: str
    kind: str
    rows: int


@dataclass(frozen=True, eq=False)
class Export:
    """All files of an export directory. ``unfinished`` holds the places of rows of rounds that began and did not end."""

    files: tuple[FileRead, ...]
    sessions: Mapping[str, Session]
    rows: tuple[DecisionRow, ...]
    payments: tuple[PaymentRow, ...]
    unfinished: tuple[Place, ...]


def read_export(directory: str | Path) -> Export:
    """Read every CSV file of a directory. Raises InvalidExport with one sentence."""
    directory = Path(directory)
    if not directory.is_dir():
        raise InvalidExport(f"There is no export directory {directory}.")
    tables = [_read_table(path) for path in sorted(directory.iterdir()) if path.suffix.lower() == ".csv" and path.is_file()]
    if not tables:
        raise InvalidExport(f"The directory {directory} holds no CSV file; put the decisions and the sessions of an export there.")
    for kind in (DECISIONS, SESSIONS):
        if not any(table.kind == kind for table in tables):
            columns = ", ".join(DECISION_COLUMNS[:6]) + ", ..." if kind == DECISIONS else ", ".join(SESSION_COLUMNS)
            names = ", ".join(table.name for table in tables)
            raise InvalidExport(f"No CSV file of {directory} holds the {kind} (a header with {columns}); it has {names}.")
    sessions = _sessions(tables)
    rows, unfinished = _decisions(tables, sessions)
    if not rows and not unfinished:
        names = ", ".join(table.name for table in tables if table.kind == DECISIONS)
        raise InvalidExport(f"There are no decisions in {names}: a header and 0 rows, so there is nothing to compare.")
    return Export(
        files=tuple(FileRead(table.name, table.kind, len(table.lines)) for table in tables),
        sessions={code: sessions[code] for code in sorted(sessions)},
        rows=tuple(rows),
        payments=tuple(_payments(tables)),
        unfinished=tuple(unfinished),
    )


DECISIONS, SESSIONS, PAYMENTS, IGNORED = "decisions", "sessions", "payments", "ignored"
_COLUMNS: Mapping[str, Sequence[str]] = {DECISIONS: DECISION_COLUMNS, SESSIONS: SESSION_COLUMNS, PAYMENTS: PAYMENT_COLUMNS}
_RECOGNISED_BY = {DECISIONS: 0.6, SESSIONS: 1.0, PAYMENTS: 0.7}
"""The share of its columns that a header must hold to be taken for a file of that kind: one that lacks a column is named."""


@dataclass(frozen=True)
class _Table:
    name: str
    kind: str
    header: tuple[str, ...]
    lines: tuple[tuple[int, list[str]], ...]

    def cells(self) -> Iterator[_Cells]:
        positions = {column: self.header.index(column) for column in _COLUMNS[self.kind]}
        for row, values in self.lines:
            place = Place(self.name, row)
            if len(values) != len(self.header):
                raise InvalidExport(f"The {place} has {len(values)} cells; the header has {len(self.header)}.")
            yield _Cells(place, positions, values)


def _read_table(path: Path) -> _Table:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [(row, values) for row, values in enumerate(csv.reader(file), start=1) if values]
    except UnicodeDecodeError as error:
        raise InvalidExport(f"The file {path.name} is not UTF-8 text: {error.reason} at byte {error.start}.") from None
    except (OSError, csv.Error) as error:
        raise InvalidExport(f"The file {path.name} cannot be read as CSV: {error}.") from None
    header = tuple(name.strip() for name in lines[0][1]) if lines else ()
    kind = _kind(header)
    if kind != IGNORED:
        for column in _COLUMNS[kind]:
            if header.count(column) != 1:
                trouble = "has no column" if column not in header else f"has {header.count(column)} columns"
                raise InvalidExport(f"The file {path.name} holds {kind} but its header (row 1) {trouble} {column}.")
    return _Table(path.name, kind, header, tuple(lines[1:]))


def _kind(header: Sequence[str]) -> str:
    for kind, columns in _COLUMNS.items():
        if sum(column in header for column in columns) >= _RECOGNISED_BY[kind] * len(columns):
            return kind
    return IGNORED


@dataclass(frozen=True)
class _Cells:
    """The cells of one row, by column."""

    place: Place
    positions: Mapping[str, int]
    values: Sequence[str]

    def text(self, column: str) -> str:
        value = self.values[self.positions[column]].strip()
        return value if value else self.wrong(column, "it must not be empty")

    def one_of(self, column: str, choices: Sequence[str], whose: str = "it") -> str:
        value = self.text(column)
        return value if value in choices else self.wrong(column, f"{whose} must be {' or '.join(choices)}")

    def optional_one_of(self, column: str, choices: Sequence[str]) -> str | None:
        return None if self.empty(column) else self.one_of(column, choices)

    def count(self, column: str) -> int:
        value = self.values[self.positions[column]].strip()
        return int(value) if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) else self.wrong(column, "it must be a whole number")

    def optional_count(self, column: str) -> int | None:
        return None if self.empty(column) else self.count(column)

    def flag(self, column: str) -> int:
        return int(self.one_of(column, ("0", "1")))

    def number(self, column: str) -> float:
        value = self.values[self.positions[column]].strip()
        number = float(value) if _NUMBER.fullmatch(value) else math.nan
        return number if math.isfinite(number) else self.wrong(column, "it must be a finite number with '.' as decimal point")

    def optional_number(self, column: str) -> float | None:
        return None if self.empty(column) else self.number(column)

    def empty(self, column: str) -> bool:
        return not self.values[self.positions[column]].strip()

    def wrong(self, column: str, wanted: str) -> Any:
        value = self.values[self.positions[column]].strip()
        raise InvalidExport(f"In {self.place}, {column} is {value!r}; {wanted}.")


_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)


def _decisions(tables: Iterable[_Table], sessions: Mapping[str, Session]) -> tuple[list[DecisionRow], list[Place]]:
    rows: list[DecisionRow] = []
    unfinished: list[Place] = []
    seen: dict[tuple[str, int, str], Place] = {}
    for table in tables:
        if table.kind != DECISIONS:
            continue
        for cells in table.cells():
            code, number, participant = cells.text("session_code"), cells.count("round_number"), cells.text("participant_code")
            if code not in sessions:
                cells.wrong("session_code", "no sessions file has a line for it")
            first = seen.setdefault((code, number, participant), cells.place)
            if first is not cells.place:
                raise InvalidExport(
                    f"The {cells.place} repeats {first}: participant_code {participant} in round {number} of session {code}; "
                    "each participant has one row per round."
                )
            if all(cells.empty(column) for column in ("final_q", "final_r", "points")):
                unfinished.append(cells.place)
            else:
                rows.append(DecisionRow(cells.place, _decision(cells, sessions[code].environment)))
    return rows, unfinished


def _decision(cells: _Cells, environment: Environment) -> Decision:
    return Decision(
        session_code=cells.text("session_code"),
        round_number=cells.count("round_number"),
        practice=cells.flag("practice"),
        market=cells.text("market"),
        matching_group=cells.text("matching_group"),
        participant_code=cells.text("participant_code"),
        treatment=cells.text("treatment"),
        environment=cells.text("environment"),
        agents=cells.count("agents"),
        actives=cells.count("actives"),
        type=cells.one_of("type", environment.types, "the type in this environment"),
        state=cells.one_of("state", environment.states, "the state in this environment"),
        active=cells.flag("active"),
        stage1_q=cells.optional_number("stage1_q"),
        stage1_r=cells.optional_number("stage1_r"),
        stage1_source=cells.one_of("stage1_source", SOURCES),
        stage1_seconds=cells.optional_number("stage1_seconds"),
        stage2_q=cells.optional_number("stage2_q"),
        stage2_r=cells.optional_number("stage2_r"),
        stage2_source=cells.optional_one_of("stage2_source", SOURCES),
        stage2_seconds=cells.optional_number("stage2_seconds"),
        price=cells.optional_number("price"),
        final_q=cells.number("final_q"),
        final_r=cells.number("final_r"),
        points=cells.number("points"),
    )


def _payments(tables: Iterable[_Table]) -> Iterator[PaymentRow]:
    seen: dict[tuple[str, str], Place] = {}
    for table in tables:
        if table.kind != PAYMENTS:
            continue
        for cells in table.cells():
            key = cells.text("session_code"), cells.text("participant_code")
            first = seen.setdefault(key, cells.place)
            if first is not cells.place:
                raise InvalidExport(f"The {cells.place} repeats {first}: participant_code {key[1]} of session {key[0]} is paid twice.")
            if all(cells.empty(column) for column in ("points", "earnings", "total")):
                continue
            yield PaymentRow(
                place=cells.place,
                session_code=key[0],
                participant_code=key[1],
                paid_round=cells.optional_count("paid_round"),
                points=cells.number("points"),
                earnings=cells.number("earnings"),
                participation_fee=cells.number("participation_fee"),
                total=cells.number("total"),
                currency=cells.text("currency"),
            )


def _sessions(tables: Iterable[_Table]) -> dict[str, Session]:
    sessions: dict[str, Session] = {}
    for table in tables:
        if table.kind != SESSIONS:
            continue
        for cells in table.cells():
            code = cells.text("session_code")
            if code in sessions:
                raise InvalidExport(f"The {cells.place} repeats {sessions[code].place}: session_code {code} has one line only.")
            sessions[code] = _session(code, cells)
    return sessions


def _session(code: str, cells: _Cells) -> Session:
    try:
        record = json.loads(cells.text("json"))
    except json.JSONDecodeError as error:
        raise InvalidExport(f"In {cells.place}, json is not valid JSON: {error}.") from None
    if not isinstance(record, dict) or not isinstance(record.get("environment"), dict) or not isinstance(record.get("config"), dict):
        raise InvalidExport(f"In {cells.place}, json must hold the tables environment and config.")
    try:
        environment = parse_environment(record["environment"])
        settings = read_settings(record["config"], environment=environment)
    except InvalidEnvironment as error:
        raise InvalidExport(f"In {cells.place}, json holds a wrong environment: {error}") from None
    except InvalidSettings as error:
        raise InvalidExport(f"In {cells.place}, json holds a wrong session config: {error}") from None
    seeds, software = record.get("seeds"), record.get("software")
    seed = seeds.get("seed") if isinstance(seeds, dict) else None
    return Session(
        code=code,
        place=cells.place,
        settings=settings,
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        software={str(name): str(version) for name, version in software.items()} if isinstance(software, dict) else {},
    )


def _offer(q: float | None, r: float | None) -> Offer | None:
    return None if q is None or r is None else Offer(q, r)


def written(value: object) -> str:
    """A value as it is shown to people: nothing is 'empty', a float has no needless digits."""
    if value is None:
        return "empty"
    return plain(value) if isinstance(value, float) and math.isfinite(value) else str(value)
