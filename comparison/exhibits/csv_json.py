"""Tables as CSV and answers as JSON: the same bytes for the same numbers, whatever the machine."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiment import spreadsheets

DIGITS = 12
"""Significant digits of written numbers: enough for every use, few enough to be the same on every
machine.
"""


def as_json(value: object) -> str:
    """JSON with the same bytes for the same numbers: no nan, a fixed number of digits."""
    return json.dumps(plain_value(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_csv(table: pd.DataFrame) -> str:
    """A table as CSV, with an empty cell if there is nothing to compute. All CSV files of the
    comparison are written here.

    Data from an export may be anything, so no cell or heading is written in a way that a
    spreadsheet would take for a formula.
    """
    plain = table.rename(columns=lambda name: _plain(str(name)))
    for place, kind in enumerate(plain.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            plain.isetitem(place, plain.iloc[:, place].astype(object).map(_plain))
    return str(plain.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n"))


def plain_value(value: object) -> Any:
    """A value for JSON: Python's own types, None for nan, floats at a fixed number of digits."""
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    if isinstance(value, np.generic):
        return plain_value(value.item())
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value


def _plain(value: object) -> object:
    return spreadsheets.plain_value(value) if isinstance(value, str) else value
