"""Reports on sessions that a test plays. A small run draws figures only for tests that look at them; a full run always does."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from comparison.cli import main
from comparison.data.synthetic import PlayedSession
from tests.sizes import sized
from tests.synthetic import write_export

FIGURES = sized(small=False, full=True)


def report_command(exports: Path, out: Path, *options: str, figures: bool = FIGURES) -> int:
    """The exit status of ``python -m comparison report``."""
    return main(["report", str(exports), "--out", str(out), *options, *(() if figures else ("--no-figures",))])


def report(folder: Path, *sessions: PlayedSession, status: int = 0, figures: bool = FIGURES, **options: bool) -> tuple[dict, str]:
    """The summary and the page of a report on these sessions, written to ``folder / "out"``."""
    write_export(folder / "export", sessions, **options)
    assert report_command(folder / "export", folder / "out", figures=figures) == status
    return summary_of(folder), page_of(folder)


def summary_of(folder: Path) -> dict:
    return json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))


def page_of(folder: Path) -> str:
    return (folder / "out" / "report.html").read_text(encoding="utf-8")


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "out" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
