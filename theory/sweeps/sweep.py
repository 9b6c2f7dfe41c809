"""A sweep: the values of some measures in the economies of a grid, as the tidy rows of a CSV, and how far such a CSV has got.

The CSV depends only on the sweep, and its rows are in grid order, so a CSV that was cut off anywhere can be continued and ends up the
same byte for byte. Its last point may be only half written, so it is always computed again.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any

from theory.economy.environment import Environment, InvalidEnvironment
from theory.sweeps.grid import Grid, InvalidGrid, Value, read_grid
from theory.sweeps.measures import MEASURES, REFUSALS, Settings

COLUMNS = ("measure", "quantity", "type", "state", "value", "problem")
"""The columns of a sweep after those of the varied fields."""

WORDS = {
    "environment": "another environment file",
    "vary": "another grid",
    "measures": "other measures",
    "max_agents": "another largest number of agents",
    "software": "another version of NumPy or SciPy",
}
"""What two records can differ in."""


class OtherSweep(ValueError):
    """A CSV or a record of it that this sweep did not write. The message is one sentence without a subject."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """A grid of economies, the names of what is measured at each, in the order of MEASURES, and the measures' settings."""

    grid: Grid
    measures: tuple[str, ...]
    settings: Settings

    @property
    def header(self) -> str:
        """The first line of the CSV."""
        return _line((*self.grid.fields, *COLUMNS))

    @property
    def record(self) -> dict[str, Any]:
        """All that the CSV depends on, as JSON values: two sweeps with equal records write the same."""
        return {
            "environment": self.grid.base,
            "vary": [
                {"fields": [".".join(keys) for keys in axis.keys], "steps": [list(step) for step in axis.steps]} for axis in self.grid.axes
            ],
            "measures": list(self.measures),
            "max_agents": self.settings.max_agents,
            "software": {name: metadata.version(name) for name in ("numpy", "scipy")},
        }


@dataclass(frozen=True)
class Row:
    """One number of one measure at a point, nan where there is none, or the ``problem`` why the measure has no answer there."""

    measure: str
    quantity: str = ""
    type: str = ""
    state: str = ""
    value: float = math.nan
    problem: str = ""


@dataclass(frozen=True)
class Written:
    """How much of a sweep a CSV holds: whole ``points``, and up to where, in ``size`` bytes, ``rows`` and ``problems`` among them."""

    points: int = 0
    size: int = 0
    rows: int = 0
    problems: int = 0

    def and_then(self, text: str, rows: Sequence[Row]) -> Written:
        """The same with one more point, whose lines are ``text``."""
        problems = self.problems + sum(bool(row.problem) for row in rows)
        return Written(self.points + 1, self.size + len(text.encode()), self.rows + len(rows), problems)


def plan_sweep(environment: Environment, vary: Sequence[str], measures: Sequence[str], settings: Settings) -> Sweep:
    """The sweep over the axes that ``vary`` states, see ``read_grid``. Raises InvalidGrid, also if any point is not a valid environment."""
    grid = read_grid(environment, vary)
    for values in grid.points:
        try:
            grid.environment(values)
        except InvalidEnvironment as error:
            place = ", ".join(f"{field}={_cell(value)}" for field, value in zip(grid.fields, values, strict=True))
            raise InvalidGrid(f"The grid holds a point that is no environment, {place}: {error}") from None
    return Sweep(grid, tuple(name for name in MEASURES if name in measures), settings)


def measured(environment: Environment, measures: Sequence[str], settings: Settings) -> list[Row]:
    """The rows of one point. A measure that refuses leaves one row with its sentence."""
    rows = []
    for name in measures:
        try:
            found = MEASURES[name].quantities(environment, settings)
            rows += [Row(name, quantity.name, quantity.type, quantity.state, quantity.value) for quantity in found]
        except REFUSALS as error:
            rows.append(Row(name, problem=" ".join(str(error).split())))
    return rows


def lines(values: Sequence[Value], rows: Sequence[Row]) -> str:
    """The rows of the point with these values of the varied fields, as lines of the CSV; numbers have 17 significant digits."""
    place = tuple(map(_cell, values))
    return "".join(
        _line((*place, row.measure, row.quantity, row.type, row.state, "" if math.isnan(row.value) else f"{row.value:.17g}", row.problem))
        for row in rows
    )


def check_record(sweep: Sweep, text: bytes) -> None:
    """Raises OtherSweep unless ``text`` is the record of this sweep."""
    found, expected = read_record(text), json.loads(json.dumps(sweep.record))
    for name, words in WORDS.items():
        if found[name] != expected[name]:
            raise OtherSweep(f"was made by a sweep with {words}")


def read_record(text: bytes) -> dict[str, Any]:
    """The record of any sweep. Raises OtherSweep if ``text`` is not one."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.keys() != WORDS.keys():
        raise OtherSweep("has something beside it that is no record of a sweep")
    return found


def written(sweep: Sweep, content: bytes) -> Written:
    """How much of a CSV of this sweep can be kept: all before its last point. Raises OtherSweep if a line is not from this sweep."""
    header = sweep.header.encode()
    if header.startswith(content):
        return Written()
    if not content.startswith(header):
        raise OtherSweep("does not begin with the columns of this sweep")
    places, last = _places(sweep), len(sweep.measures) - 1
    here: tuple[str, ...] | None = None
    after: tuple[str, ...] | None = next(places)
    seen = last
    found = kept = Written(size=len(header))
    for number, line in enumerate(content[len(header) :].split(b"\n")[:-1], 2):
        place, measure, problem = _read(sweep, line)
        if place == after and measure == 0 and seen == last:
            here, after, kept = after, next(places, None), found
            found = replace(found, points=found.points + 1)
        elif place is None or place != here or measure not in (seen, seen + 1):
            raise OtherSweep(f"has a line that this sweep would not write, line {number}")
        seen = measure
        found = replace(found, size=found.size + len(line) + 1, rows=found.rows + 1, problems=found.problems + problem)
    return kept


def _places(sweep: Sweep) -> Iterator[tuple[str, ...]]:
    """The cells of the varied fields, point by point."""
    return (tuple(map(_cell, values)) for values in sweep.grid.points)


def _read(sweep: Sweep, line: bytes) -> tuple[tuple[str, ...] | None, int, bool]:
    """Where a line belongs, the index of its measure and whether it states a problem; None and -1 if it is not a line of a sweep."""
    fields = len(sweep.grid.fields)
    try:
        (cells,) = csv.reader([line.decode()], strict=True)
        return tuple(cells[:fields]), sweep.measures.index(cells[fields]), bool(cells[fields:][COLUMNS.index("problem")])
    except (csv.Error, ValueError, IndexError):
        return None, -1, False


def _cell(value: Value) -> str:
    return value if isinstance(value, str) else repr(value)


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
