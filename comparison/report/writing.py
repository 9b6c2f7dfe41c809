"""From export directories to the files of a report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from comparison.data.reading import InvalidExport, exports_in
from comparison.exhibits.csv_json import as_csv, as_json
from comparison.exhibits.latex import latex_table
from comparison.exhibits.report_parts import tables_shown
from comparison.figures import draw_figures
from comparison.findings import Findings, Wanted, find
from comparison.report.sections import report_page, sections
from comparison.report.summary import summary

SUMMARY, PAGE = "summary.json", "report.html"
KINDS = (".csv", ".tex", ".svg", ".pdf")


def write_report(export_directories: Sequence[str | Path], out: str | Path, wanted: Wanted | None = None) -> Findings:
    """Write ``report.html``, ``summary.json``, each table as CSV and LaTeX, each figure as SVG and
    PDF; returns what was found.

    ``wanted`` can leave the figures out. All export directories are one data set. The same exports
    give the same bytes. Files of an earlier report that its ``summary.json`` names are removed.
    Raises InvalidExport if the exports cannot be read.
    """
    for directory in (read for named in export_directories for read in (named, *exports_in(named))):
        if Path(out).resolve() == Path(directory).resolve():
            raise InvalidExport(f"The report cannot be written into the export directory {directory}; name another directory.")
    found = find(export_directories, wanted or Wanted())
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    _remove_earlier(folder)
    names = []
    for name, content in _files(found):
        (folder / name).write_bytes(content)
        names.append(name)
    (folder / SUMMARY).write_bytes(as_json({**summary(found), "files_written": sorted(names)}).encode())
    return found


def _files(found: Findings) -> Iterator[tuple[str, bytes]]:
    drawn = draw_figures(found.tables, found.economies) if found.wanted.figures else ()
    parts = sections(found, drawn)
    for name, table in found.named():
        yield f"{name}.csv", as_csv(table).encode()
    for shown in tables_shown(parts):
        if not shown.is_long:
            yield f"{shown.name}.tex", latex_table(shown).encode()
    for figure in drawn:
        yield f"{figure.name}.svg", figure.svg.encode()
        yield f"{figure.name}.pdf", figure.pdf
    yield PAGE, report_page(found, parts).encode()


def _remove_earlier(folder: Path) -> None:
    """Remove the files of an earlier report: those that its summary names, if they could be a report's."""
    try:
        said = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        names = [str(name) for name in said["files_written"]]
    except (OSError, ValueError, KeyError, TypeError):
        return
    for name in names:
        if Path(name).name == name and Path(name).suffix in KINDS:
            (folder / name).unlink(missing_ok=True)
