"""From export directories to the files of a report: reading, checking, predicting, computing, writing, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from comparison.benchmarks import Prediction, predictions
from comparison.cells import cell_labels
from comparison.exclusions import exclusions
from comparison.figures import FIGURE_NAMES, draw_figures
from comparison.markets import MarketRound, market_rounds
from comparison.reading import InvalidExport, read_exports
from comparison.report import report_page
from comparison.summary import as_csv, as_json, contradiction_rows, summary
from comparison.tables import compute_tables
from comparison.validation import Checks, check_export
from theory.stage2 import NotSolved

CONTRADICTION_COLUMNS = ("file", "row", "session", "round", "market", "participant", "column", "found", "implied", "rule")


def write_report(export_directories: Sequence[str | Path], out: str | Path) -> Checks:
    """Write ``report.html``, ``summary.json``, each table as CSV and each figure as SVG; returns the outcome of the checks.

    All export directories are one data set. The same exports give the same bytes, whatever figures an earlier report has left there:
    they are removed. Raises InvalidExport where the exports cannot be read.
    """
    for directory in export_directories:
        if Path(out).resolve() == Path(directory).resolve():
            raise InvalidExport(f"The report cannot be written into the export directory {directory}; name another directory.")
    export = read_exports(export_directories)
    markets = market_rounds(export)
    if not markets:
        raise InvalidExport(f"All {len(export.unfinished)} rows are of rounds that did not end, so there is nothing to compare.")
    checks = check_export(export, markets)
    predicted = _predicted(markets)
    tables = replace(compute_tables(markets, predicted, checks), exclusions=exclusions(export, markets, checks))
    labels = cell_labels([market.session for market in markets])
    found = {labels[market.session.code]: prediction.economy for market, prediction in zip(markets, predicted, strict=True)}
    economies = {cell: found[cell] for cell in sorted(found)}
    figures = draw_figures(tables, economies)
    page = report_page(export, checks, tables, economies, figures)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    contradictions = pd.DataFrame(contradiction_rows(checks), columns=CONTRADICTION_COLUMNS)
    for name, table in (*tables.named(), ("contradictions", contradictions)):
        _write(folder / f"{name}.csv", as_csv(table))
    for name in FIGURE_NAMES:
        (folder / f"{name}.svg").unlink(missing_ok=True)
    for figure in figures:
        _write(folder / f"{figure.name}.svg", figure.svg)
    _write(folder / "summary.json", as_json(summary(export, checks, tables, economies)))
    _write(folder / "report.html", page)
    return checks


def _predicted(markets: Sequence[MarketRound]) -> tuple[Prediction, ...]:
    """The predictions; where an economy has none, the session that played it is named."""
    try:
        return predictions(markets)
    except NotSolved:
        for session in {market.session.economy: market.session for market in markets}.values():
            try:
                predictions([market for market in markets if market.session.economy == session.economy])
            except NotSolved as error:
                raise InvalidExport(f"In {session.place}, json holds an environment for which the theory has no answer: {error}") from None
        raise


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
