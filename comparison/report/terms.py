"""The words that all sections share: the names of benchmarks, how numbers are worded, which
treatments are special.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from comparison.exhibits.cell_writers import Writer, number
from comparison.exhibits.report_parts import Figures
from comparison.figures import Figure
from comparison.statistics.benchmarks import ANNOUNCED, AUTARKY, COMPETITIVE, NASH, REPEAT_STAGE1
from experiment.market_options import HISTOGRAM, NO_THREAT

LONGEST_PROSE = 6
"""A section describes at most this many treatments in sentences; its tables hold all of them."""
BENCHMARK_NAMES = {
    NASH: "Nash, true types",
    ANNOUNCED: "Nash, as announced",
    COMPETITIVE: "competitive at the state",
    "competitive_posterior": "competitive, true types",
    "nash_private": "Nash, own type only",
    "competitive_private": "competitive, own type only",
    "nash_no_information": "Nash, prior only",
    "competitive_no_information": "competitive, prior only",
    AUTARKY: "no offers",
    REPEAT_STAGE1: "first offers repeated",
}
Drawn = Mapping[str, Figure]


def count_of(n: int, noun: str) -> str:
    """A number of things, in words that agree."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def factor(mean_abs_log: float) -> str:
    """A mean |ln ratio| in words: the geometric mean of the factor between two prices."""
    return f"a factor of {math.exp(mean_abs_log):.2f}"


def interval(low: float, high: float, write: Writer | None = None, level: str = "95") -> str:
    """A confidence interval in brackets, or that there is none."""
    write = write or number(3)
    return "no interval can be computed" if math.isnan(low) or math.isnan(high) else f"{level} % interval {write(low)} to {write(high)}"


def silent(cells: pd.DataFrame) -> pd.Series:
    """By treatment, whether nothing is announced between the stages."""
    return cells["announcement"] != HISTOGRAM


def silent_names(cells: pd.DataFrame) -> set[str]:
    """The treatments in which nothing is announced."""
    return set(cells.loc[silent(cells), "cell"])


def no_threat(cells: pd.DataFrame) -> pd.Series:
    """By treatment, whether nobody becomes inactive."""
    return (cells["inactive_threat"] == NO_THREAT) | (cells["active"] == cells["agents"])


def in_part(concerned: pd.Series, who: str) -> str:
    """A remark in brackets for what holds only in some treatments."""
    return f" ({who} in some treatments)" if concerned.any() and not concerned.all() else ""


def spoken(table: pd.DataFrame) -> Iterable[Mapping[str, object]]:
    """The rows of the treatments that a section describes in sentences."""
    return [{str(key): value for key, value in row.items()} for row in table.head(LONGEST_PROSE).to_dict("records")]


def figures(drawn: Drawn, *names: str) -> Figures:
    """The figures with these names, or with these names followed by a treatment's number."""
    return Figures(tuple(figure for name in names for figure in drawn.values() if figure.name == name or _numbered(figure.name, name)))


def _numbered(found: str, name: str) -> bool:
    return found.startswith(f"{name}_") and found.removeprefix(f"{name}_").isdecimal()
