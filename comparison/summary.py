"""``summary.json``: the key results for machines, null where there is nothing to compute.

====================  =====================================================================================================
key                   value
====================  =====================================================================================================
``files``             per file read: ``name``, ``kind`` (decisions, sessions, payments, ignored), ``rows``
``sessions``          number of sessions
``independent_units`` number of matching groups over all sessions
``rows``              ``total``, ``unfinished``, ``practice``, ``contradicted``, ``used``
``draws_checked``     number of sessions whose states, types and lots were drawn again from their seed
``contradictions``    list of ``file``, ``row``, ``session``, ``round``, ``market``, ``participant``, ``column``, ``found``,
                      ``implied``, ``rule``
``cells``             one entry per cell (treatment), with the keys below
====================  =====================================================================================================

A cell has ``cell`` (its name), ``design`` (the row of ``cells.csv``), ``counts`` (``counts.csv``), ``competitive_price`` by state,
``alpha_star`` by type in shares of the endowment, ``prices`` by benchmark (the names of ``comparison.benchmarks``: the row of
``prices.csv``), ``stage1_offers`` and ``stage2_offers`` by type (their rows), ``efficiency`` (its row), ``learning`` (rows of
``learning.csv``). ``not_separating`` is a sentence where two stage-1 optima coincide, else null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from comparison.benchmarks import Economy
from comparison.measures import net
from comparison.reading import Export
from comparison.tables import Tables
from comparison.validation import Checks

DIGITS = 12
"""Significant digits of a number written: enough for every use, few enough to be the same on every machine."""


def summary(export: Export, checks: Checks, tables: Tables, economies: Mapping[str, Economy]) -> dict[str, Any]:
    """The key results; see the module's docstring for the keys."""
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
        "draws_checked": len(checks.redrawn),
        "contradictions": contradiction_rows(checks),
        "cells": [_cell(cell, tables, economies[cell]) for cell in economies],
    }


def contradiction_rows(checks: Checks) -> list[dict[str, Any]]:
    """The contradictions as rows of a table."""
    return [
        {
            "file": wrong.place.file,
            "row": wrong.place.row,
            "session": wrong.session_code,
            "round": wrong.round_number,
            "market": wrong.market,
            "participant": wrong.participant_code,
            "column": wrong.column,
            "found": wrong.found,
            "implied": wrong.implied,
            "rule": wrong.rule,
        }
        for wrong in checks.contradictions
    ]


def as_json(value: object) -> str:
    """JSON with the same bytes for the same numbers: no nan, a fixed number of digits."""
    return json.dumps(plain_value(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_csv(table: pd.DataFrame) -> str:
    """A table as CSV, an empty cell where there is nothing to compute."""
    return str(table.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n"))


def plain_value(value: object) -> Any:
    """A value as JSON holds it: Python's own types, None for nan, floats at a fixed number of digits."""
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    if isinstance(value, np.generic):
        return plain_value(value.item())
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value


def _cell(cell: str, tables: Tables, economy: Economy) -> dict[str, Any]:
    environment = economy.environment
    alpha = net(economy.alpha_star, environment)
    return {
        "cell": cell,
        "design": _first(tables.cells, cell),
        "counts": _first(tables.counts, cell),
        "not_separating": economy.not_separating,
        "competitive_price": dict(zip(environment.states, economy.price.tolist(), strict=True)),
        "alpha_star": dict(zip(environment.types, alpha.tolist(), strict=True)),
        "prices": {row.pop("benchmark"): row for row in _rows(tables.prices, cell)},
        "stage1_offers": {row.pop("type"): row for row in _rows(tables.stage1_offers, cell)},
        "stage2_offers": {row.pop("type"): row for row in _rows(tables.stage2_offers, cell)},
        "efficiency": _first(tables.efficiency, cell),
        "learning": _rows(tables.learning, cell),
    }


def _rows(table: pd.DataFrame, cell: str) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items() if key != "cell"} for row in table[table["cell"] == cell].to_dict("records")]


def _first(table: pd.DataFrame, cell: str) -> dict[str, Any] | None:
    rows = _rows(table, cell)
    return rows[0] if rows else None
