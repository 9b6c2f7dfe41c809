"""The content of a report: sections of paragraphs, figures and tables, independent of screen or
print.

Every table on the page is made from these parts, so each is also written as files: its rows as CSV,
the shown table as LaTeX.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from comparison.exhibits.cell_writers import Writer
from comparison.figures import Figure

LONGEST = 60
"""Longer tables are shown in part, and are written as CSV only."""
Column: TypeAlias = tuple[str, str, Writer]
"""A column of a table: its name in the data, its heading, and the writer of its cells."""


@dataclass(frozen=True, eq=False)
class TableShown:
    """A table as a reader sees it: ``name`` of its LaTeX file, ``data`` the name of the CSV file that
    holds it in full.
    """

    name: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    caption: str
    note: str = ""
    data: str = ""

    @property
    def file(self) -> str:
        return f"{self.data or self.name}.csv"

    @property
    def is_long(self) -> bool:
        return len(self.frame) > LONGEST


@dataclass(frozen=True, eq=False)
class Folded:
    """Parts behind a heading that opens on a click."""

    heading: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, eq=False)
class Figures:
    """Figures side by side if there is room."""

    drawn: tuple[Figure, ...]


Part: TypeAlias = "str | TableShown | Folded | Figures"
"""A piece of a section; a str is HTML."""


@dataclass(frozen=True, eq=False)
class ReportSection:
    """A section of the page."""

    anchor: str
    heading: str
    parts: tuple[Part, ...]


def tables_shown(sections: Iterable[ReportSection]) -> Iterator[TableShown]:
    """Every table of the page, in order."""
    for section in sections:
        yield from _tables(section.parts)


def _tables(parts: Iterable[Part]) -> Iterator[TableShown]:
    for part in parts:
        if isinstance(part, TableShown):
            yield part
        elif isinstance(part, Folded):
            yield from _tables(part.parts)
