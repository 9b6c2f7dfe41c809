"""Reads exports: any number of directories of CSV files as one data set. Each file is recognised by
its header.

A directory without CSV files stands for the exports in the directories inside it, as a folder of
archives does.

Reading stops at the first error: ``InvalidExport`` is one sentence with the file, the row as a
spreadsheet counts it (the header is row 1) and the column. Whether the data obey the mechanism is
checked by ``validation``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from comparison.data.duplicate_exports import Participants, refuse_copies
from comparison.data.export_files import COLUMNS, DECISIONS, SESSIONS, Cells, ExportTable, InvalidExport, Place, read_table
from comparison.data.payment_rows import PaymentRow, read_payments
from comparison.data.sessions import Session, read_sessions
from comparison.data.stage_columns import STAGE1, StageColumns
from experiment.export import Decision
from experiment.offers import ABSENT, ROBOT, TYPED, Offer, plain
from theory.economy.environment import Environment

__all__ = [
    "SOURCES", "DecisionRow", "Export", "FileRead", "InvalidExport", "PaymentRow", "Place", "Session", "UnfinishedRow",
    "exports_in", "read_export", "read_exports", "written",
]  # fmt: skip

SOURCES = (TYPED, ABSENT, ROBOT)
PLAIN_UP_TO = 1e15
"""Larger numbers, and numbers smaller than its inverse, are written with an exponent."""


@dataclass(frozen=True)
class StageDecision:
    """The cells of one stage in a row; None if they are empty."""

    q: float | None
    r: float | None
    source: str | None
    seconds: float | None


@dataclass(frozen=True)
class DecisionRow:
    """A row of ``decisions.csv`` and its place."""

    place: Place
    decision: Decision

    def at(self, stage: StageColumns) -> StageDecision:
        """The row's cells of one stage."""
        said = self.decision
        if stage is STAGE1:
            return StageDecision(said.stage1_q, said.stage1_r, said.stage1_source, said.stage1_seconds)
        return StageDecision(said.stage2_q, said.stage2_r, said.stage2_source, said.stage2_seconds)

    @property
    def stage1(self) -> Offer | None:
        return _offer(self.decision.stage1_q, self.decision.stage1_r)

    @property
    def stage2(self) -> Offer | None:
        return _offer(self.decision.stage2_q, self.decision.stage2_r)


@dataclass(frozen=True)
class UnfinishedRow:
    """A row of a round that began and did not end; its decisions are not read. ``robot`` says that no subject sat there."""

    place: Place
    session_code: str
    round_number: int
    market: str
    participant_code: str
    robot: bool


@dataclass(frozen=True)
class FileRead:
    """A file that was read: the kind of file it was taken for (decisions, sessions, payments, or
    ignored) and its number of rows.

    If several directories are read, its name says which one it is in.
    """

    name: str
    kind: str
    rows: int


@dataclass(frozen=True, eq=False)
class Export:
    """All files of the export directories. ``unfinished`` holds the rows of rounds that began and did not end."""

    files: tuple[FileRead, ...]
    sessions: Mapping[str, Session]
    rows: tuple[DecisionRow, ...]
    payments: tuple[PaymentRow, ...]
    unfinished: tuple[UnfinishedRow, ...]


def read_export(directory: str | Path) -> Export:
    """Read every CSV file of one directory. Raises InvalidExport with one sentence."""
    return read_exports([directory])


def read_exports(directories: Sequence[str | Path]) -> Export:
    """Read every CSV file of all directories as one data set, whatever the order in which they are
    named.

    Raises InvalidExport with one sentence, also if a session is there twice, or an environment in
    two versions.
    """
    exports = [export for directory in directories for export in exports_in(directory)]
    tables = [table for name, directory in _named(exports) for table in _directory(name, directory)]
    refuse_copies(tables)
    sessions = read_sessions(tables)
    rows, unfinished = _decisions(tables, sessions)
    if not rows and not unfinished:
        names = ", ".join(table.name for table in tables if table.kind == DECISIONS)
        raise InvalidExport(f"There are no decisions in {names}: a header and 0 rows, so there is nothing to compare.")
    return Export(
        files=tuple(FileRead(table.name, table.kind, len(table.lines)) for table in tables),
        sessions={code: sessions[code] for code in sorted(sessions)},
        rows=tuple(rows),
        payments=tuple(read_payments(tables)),
        unfinished=tuple(unfinished),
    )


def exports_in(directory: str | Path) -> list[Path]:
    """The directory itself or, if it has no CSV file but directories in it do, those directories."""
    folder = Path(directory)
    if not folder.is_dir() or _csv_files(folder):
        return [folder]
    inside = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".") and _csv_files(path)]
    return sorted(inside) or [folder]


def _csv_files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.iterdir() if path.suffix.lower() == ".csv" and path.is_file())


def _named(directories: Sequence[str | Path]) -> list[tuple[str, Path]]:
    """Each directory with the prefix of its files' names: empty for a single directory, else its
    path from their common parent.
    """
    paths = sorted(((Path(directory), Path(directory).resolve()) for directory in directories), key=lambda pair: str(pair[1]))
    for (_, one), (again, other) in pairwise(paths):
        if one == other:
            raise InvalidExport(f"The export directory {again} is named twice.")
    if len(paths) == 1:
        return [("", paths[0][0])]
    try:
        base = os.path.commonpath([resolved for _, resolved in paths])
    except ValueError:  # on different drives
        return [(resolved.as_posix() + "/", path) for path, resolved in paths]
    return [((resolved.relative_to(base) / "_").as_posix()[:-1], path) for path, resolved in paths]


def _directory(name: str, directory: Path) -> list[ExportTable]:
    """The CSV files of one directory; decisions and sessions must be among them."""
    if not directory.is_dir():
        raise InvalidExport(f"There is no export directory {directory}.")
    paths = _csv_files(directory)
    if not paths:
        raise InvalidExport(
            f"The directory {directory} holds no CSV file, nor does any directory in it; put the decisions and the sessions of an "
            "export there."
        )
    tables = [read_table(path, name + path.name) for path in paths]
    for kind in (DECISIONS, SESSIONS):
        if not any(table.kind == kind for table in tables):
            columns = ", ".join(COLUMNS[kind][:6]) + (", ..." if len(COLUMNS[kind]) > 6 else "")
            names = ", ".join(table.name for table in tables)
            raise InvalidExport(f"No CSV file of {directory} holds the {kind} (a header with {columns}); it has {names}.")
    return tables


def _decisions(tables: Iterable[ExportTable], sessions: Mapping[str, Session]) -> tuple[list[DecisionRow], list[UnfinishedRow]]:
    rows: list[DecisionRow] = []
    unfinished: list[UnfinishedRow] = []
    seen: dict[tuple[str, int, str, str], Place] = {}  # every market may have a robot with the same name
    people = Participants()
    for table in tables:
        if table.kind != DECISIONS:
            continue
        for cells in table.cells():
            code, number, participant = cells.text("session_code"), cells.count("round_number"), cells.text("participant_code")
            if code not in sessions:
                cells.wrong("session_code", f"no sessions file has a line for it; they have {_listed(list(sessions))}")
            robot = cells.raw("stage1_source") == ROBOT
            first = seen.setdefault((code, number, participant, cells.raw("market") if robot else ""), cells.place)
            if first is not cells.place:
                advice = "each participant has one row per round"
                overlap = "" if first.file == cells.place.file else "; where two downloads overlap, keep the later one only"
                raise InvalidExport(
                    f"The {cells.place} repeats {first}: participant_code {participant} in round_number {number} of session_code {code}; "
                    f"{advice}{overlap}."
                )
            people.meet(code, participant, cells.place)
            if all(cells.empty(column) for column in ("final_q", "final_r", "points")):
                unfinished.append(UnfinishedRow(cells.place, code, number, cells.raw("market"), participant, robot))
            else:
                rows.append(DecisionRow(cells.place, _decision(cells, sessions[code].environment)))
    return rows, unfinished


def _decision(cells: Cells, environment: Environment) -> Decision:
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


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") if names else "none"


def _offer(q: float | None, r: float | None) -> Offer | None:
    return None if q is None or r is None else Offer(q, r)


def written(value: object) -> str:
    """A value as messages show it: None is 'empty', and a float has no superfluous digits."""
    if value is None:
        return "empty"
    plainly = isinstance(value, float) and (value == 0 or 1 / PLAIN_UP_TO <= abs(value) <= PLAIN_UP_TO)
    return plain(value) if isinstance(value, float) and plainly else str(value)
