"""``summary.json``: the key results for programs, null if there is nothing to compute.

====================  =====================================================================================================
key                   value
====================  =====================================================================================================
``files``             per file read: ``name``, ``kind`` (decisions, sessions, payments, ignored), ``rows``
``sessions``          number of sessions
``independent_units`` number of matching groups over all sessions
``rows``              ``total``, ``unfinished``, ``practice``, ``contradicted``, ``used``
``draws_checked``     number of sessions whose states, types and lots were drawn again from their seed
``warnings``          sentences: where sessions of one treatment that were not run alike are pooled
``session_differences``  rows of ``session_differences.csv``: ``cell``, ``field``, ``session_code``, ``value``
``contradictions``    list of ``file``, ``row``, ``session``, ``round``, ``market``, ``participant``, ``column``, ``found``,
                      ``implied``, ``rule``
``cells``             one entry per cell (treatment), with the keys below
``margins``           what agreement with theory means in the tests: ``price`` in logarithms, ``offer`` in shares of the endowment
``seed``              of the tests' draws and of the bootstrap
``tests``             the planned tests: rows of ``tests.csv``, with ``cell``, ``family``, ``question``, ``unit_statistic``,
                      ``estimate``, ``low``, ``high``, ``p_value``, ``p_holm``, ``least_p``, ``units``, ``method``, ``note``
``estimates``         rows of ``estimates.csv``; null where no estimation was asked for
``model_comparison``  rows of ``model_comparison.csv``; null likewise
``not_estimated``     sentences on what could not be estimated; null likewise
``files_written``     the other files of the report
====================  =====================================================================================================

A cell has ``cell`` (its name), ``design`` (the row of ``cells.csv``), ``counts`` (``counts.csv``),
``exclusions`` by account and reason (rows), ``competitive_price`` by state, ``alpha_star`` by type
in shares of the endowment, ``prices`` by benchmark (the names of
``comparison.statistics.benchmarks``: the row of ``prices.csv``), ``prices_by_part`` by part (rows
of ``prices_by_part.csv``), ``stage1_offers`` and ``stage2_offers`` by type (their rows),
``confusion`` by type and the type read (shares), ``information``, ``efficiency`` and ``welfare``
(their rows), ``learning`` (rows of ``learning.csv``). ``not_separating`` is a sentence where two
stage-1 optima coincide, else null.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from comparison.findings import Findings, contradiction_rows
from comparison.statistics.benchmarks import Economy
from comparison.statistics.tables import Tables
from theory.mechanism import net_offers


def summary(found: Findings) -> dict[str, Any]:
    """The key results; see the module's docstring for the keys."""
    export, tables, behaviour = found.export, found.tables, found.behaviour
    units = int(tables.sessions_read["independent_units"].sum()) if len(tables.sessions_read) else 0
    counted = tables.counts[["rows_practice", "rows_contradicted", "rows_used"]].sum() if len(tables.counts) else {}
    return {
        "files": [{"name": file.name, "kind": file.kind, "rows": file.rows} for file in export.files],
        "sessions": len(tables.sessions_read),
        "independent_units": units,
        "rows": {
            "total": len(export.rows) + len(export.unfinished),
            "unfinished": len(export.unfinished),
            **{kind: int(counted.get(f"rows_{kind}", 0)) for kind in ("practice", "contradicted", "used")},
        },
        "draws_checked": len(found.checks.redrawn),
        "warnings": found.warnings(),
        "session_differences": tables.session_differences.to_dict("records"),
        "contradictions": contradiction_rows(found.checks),
        "cells": [_cell(cell, tables, found.economies[cell]) for cell in found.economies],
        "margins": {"price": found.wanted.margins.price, "offer": found.wanted.margins.offer},
        "seed": found.wanted.seed,
        "tests": found.tests.to_dict("records"),
        "estimates": None if behaviour is None else behaviour.estimates.to_dict("records"),
        "model_comparison": None if behaviour is None else behaviour.model_comparison.to_dict("records"),
        "not_estimated": None if behaviour is None else behaviour.left_out,
    }


def _cell(cell: str, tables: Tables, economy: Economy) -> dict[str, Any]:
    environment = economy.environment
    alpha = net_offers(economy.alpha_star, environment.endowment)
    return {
        "cell": cell,
        "design": _first(tables.cells, cell),
        "counts": _first(tables.counts, cell),
        "exclusions": _nested(tables.exclusions.drop(columns="meaning"), cell, "account", "reason"),
        "not_separating": economy.not_separating,
        "competitive_price": dict(zip(environment.states, economy.price.tolist(), strict=True)),
        "alpha_star": dict(zip(environment.types, alpha.tolist(), strict=True)),
        "prices": _by(tables.prices, cell, "benchmark"),
        "prices_by_part": _by(tables.prices_by_part, cell, "part"),
        "stage1_offers": _by(tables.stage1_offers, cell, "type"),
        "confusion": {
            x: {y: row["share"] for y, row in read.items()} for x, read in _nested(tables.confusion, cell, "type", "read_as").items()
        },
        "information": _first(tables.information, cell),
        "stage2_offers": _by(tables.stage2_offers, cell, "type"),
        "efficiency": _first(tables.efficiency, cell),
        "welfare": _first(tables.welfare, cell),
        "learning": _rows(tables.learning, cell),
    }


def _by(table: pd.DataFrame, cell: str, key: str) -> dict[str, dict[str, Any]]:
    return {str(row.pop(key)): row for row in _rows(table, cell)}


def _nested(table: pd.DataFrame, cell: str, outer: str, inner: str) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in _rows(table, cell):
        found.setdefault(str(row.pop(outer)), {})[str(row.pop(inner))] = row
    return found


def _rows(table: pd.DataFrame, cell: str) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items() if key != "cell"} for row in table[table["cell"] == cell].to_dict("records")]


def _first(table: pd.DataFrame, cell: str) -> dict[str, Any] | None:
    rows = _rows(table, cell)
    return rows[0] if rows else None
