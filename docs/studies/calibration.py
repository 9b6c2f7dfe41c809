"""How often the tests reject a true hypothesis, and how often the intervals miss a true value, by
simulation.

``python -m docs.studies.calibration --into docs/calibration.md`` runs the study of that document
and puts its tables there. A replication's seed is made from the study's seed, its case, its data,
its number of units and its own number, so the tables do not depend on how the work is divided.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from tqdm import tqdm

from comparison.inference.equivalence import equivalence_test
from comparison.inference.intervals import Interval, jackknife_interval, percentile_interval, studentized_interval
from comparison.inference.one_sample import flip_interval, sign_flip_test, sign_test, wilcoxon_test
from comparison.inference.regression import clustered_test, wild_cluster_test
from comparison.inference.result import LEVEL, TestResult
from comparison.inference.trend import jonckheere_test, page_test
from comparison.inference.two_sample import mann_whitney_test, permutation_test
from docs.studies import null_data
from docs.studies.null_data import KINDS, NORMAL, SKEWED_UNITS, gains, paired_differences, panel, unit_numbers
from theory.economy.arrays import FloatArray

UNITS = (4, 6, 10, 30)
ALPHA = 0.05
RANKS = (SKEWED_UNITS,)
MARGIN = 2.0
"""Several standard deviations of a unit's number, so that only the nearer margin matters."""
DEFAULT_SEED = 20121225


Run: TypeAlias = "Callable[[str, int, np.random.Generator], TestResult | Interval]"
MARKS = ("<!-- tables: begin -->", "<!-- tables: end -->")


@dataclass(frozen=True)
class Cell:
    """A test or an interval by name, a kind of data, and a number of units."""

    name: str
    data: str
    units: int


@dataclass(frozen=True)
class Case:
    """A test on data on which its hypothesis holds: ``run`` draws a kind of data for this many
    units and tests it.

    ``exact`` kinds of data are those for which theory says that the test rejects at most at its
    level, whatever the number of units. A test of ranks or signs rejects equally often whatever the
    distribution, so it is run on one kind of data only.
    """

    name: str
    exact: tuple[str, ...]
    run: Callable[[str, int, np.random.Generator], TestResult]
    kinds: tuple[str, ...] = KINDS


@dataclass(frozen=True)
class Coverage:
    """An interval, and the value that it should contain."""

    name: str
    run: Callable[[str, int, np.random.Generator], Interval]
    truth: float
    kinds: tuple[str, ...] = KINDS


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _unequal(kind: str, units: int, rng: np.random.Generator) -> TestResult:
    return permutation_test("", 2 * unit_numbers(kind, units, rng), unit_numbers(kind, 2 * units, rng), None, _seed(rng))


def _equivalence(exact: bool) -> Callable[[str, int, np.random.Generator], TestResult]:
    return lambda kind, units, rng: equivalence_test("", MARGIN + unit_numbers(kind, units, rng), MARGIN, exact=exact, seed=_seed(rng))


def _clustered(correction: str) -> Callable[[str, int, np.random.Generator], TestResult]:
    return lambda kind, units, rng: clustered_test("", *null_data.regression(kind, units, rng), 1, null=1.0, correction=correction)


def _wild(webb: bool) -> Callable[[str, int, np.random.Generator], TestResult]:
    return lambda kind, units, rng: wild_cluster_test("", *null_data.regression(kind, units, rng), 1, 1.0, webb, None, _seed(rng))


def _blocks(kind: str, units: int, rng: np.random.Generator) -> FloatArray:
    return np.asarray(panel(kind, units, rng).reshape(units, 3, -1).mean(axis=2))


def _two(kind: str, units: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    return unit_numbers(kind, units, rng), unit_numbers(kind, units, rng)


def _jonckheere(kind: str, units: int, rng: np.random.Generator) -> TestResult:
    return jonckheere_test("", [*_two(kind, units, rng), unit_numbers(kind, units, rng)], _seed(rng))


CASES = (
    Case("sign flips, mean", (NORMAL,), lambda kind, n, rng: sign_flip_test("", unit_numbers(kind, n, rng), seed=_seed(rng))),
    Case("sign flips, paired", KINDS, lambda kind, n, rng: sign_flip_test("", paired_differences(kind, n, rng), seed=_seed(rng))),
    Case("Wilcoxon, mean", (NORMAL,), lambda kind, n, rng: wilcoxon_test("", unit_numbers(kind, n, rng), level=None)),
    Case("Wilcoxon, paired", KINDS, lambda kind, n, rng: wilcoxon_test("", paired_differences(kind, n, rng), level=None), RANKS),
    Case("sign test, paired", KINDS, lambda kind, n, rng: sign_test("", paired_differences(kind, n, rng)), RANKS),
    Case("permutation, G and G units", KINDS, lambda kind, n, rng: permutation_test("", *_two(kind, n, rng), level=None, seed=_seed(rng))),
    Case("permutation, G and 2G units, twice the spread", (), _unequal),
    Case("Mann-Whitney, G and G units", KINDS, lambda kind, n, rng: mann_whitney_test("", *_two(kind, n, rng), level=None), RANKS),
    Case("Page, three blocks of rounds", (), lambda kind, n, rng: page_test("", _blocks(kind, n, rng))),
    Case("Jonckheere, three times G units", KINDS, _jonckheere, RANKS),
    Case("equivalence at the margin, sign flips", (NORMAL,), _equivalence(True)),
    Case("equivalence at the margin, t", (), _equivalence(False)),
    Case("regression, CR1 and t(G - 1)", (), _clustered("CR1")),
    Case("regression, CR3 and t(G - 1)", (), _clustered("CR3")),
    Case("regression, wild, sign flips", (), _wild(False)),
    Case("regression, wild, Webb", (), _wild(True)),
)


def _flip_interval(kind: str, units: int, rng: np.random.Generator) -> Interval:
    return Interval(*flip_interval(unit_numbers(kind, units, rng), LEVEL, _seed(rng)), LEVEL, units, "")


def _ratio_interval(kind: str, units: int, rng: np.random.Generator) -> Interval:
    part, whole = gains(kind, units, rng)
    without = (part.sum() - part) / (whole.sum() - whole)
    return jackknife_interval(float(part.sum() / whole.sum()), without)


COVERAGES = (
    Coverage("mean, percentile bootstrap", lambda kind, n, rng: percentile_interval(unit_numbers(kind, n, rng), seed=_seed(rng)), 0.0),
    Coverage("mean, bootstrap-t", lambda kind, n, rng: studentized_interval(unit_numbers(kind, n, rng), seed=_seed(rng)), 0.0),
    Coverage("mean, sign flips turned round", _flip_interval, 0.0),
    Coverage("ratio of sums, jackknife t", _ratio_interval, 0.8),
)


def rejection_rates(cases: Sequence[Case], units: Sequence[int], replications: int, seed: int, jobs: int = 1) -> pd.DataFrame:
    """One row per case, kind of data and number of units: ``rejected``, the share of replications
    with p at most 5 %.

    ``attainable`` is the largest p-value seen that still rejects: the level that an exact test
    really has, 0 if it can never reject.
    """
    found = _study(cases, units, replications, seed, jobs)
    table = []
    exact = {(case.name, kind) for case in cases for kind in case.exact}
    for cell, results in found:
        p_values = np.array([result.p_value for result in results])
        small = p_values[p_values <= ALPHA]
        table.append(
            {
                "test": cell.name,
                "data": cell.data,
                "units": cell.units,
                "exact": (cell.name, cell.data) in exact,
                "rejected": float((p_values <= ALPHA).mean()),
                "attainable": float(small.max(initial=0.0)),
            }
        )
    return pd.DataFrame(table)


def coverage_rates(cases: Sequence[Coverage], units: Sequence[int], replications: int, seed: int, jobs: int = 1) -> pd.DataFrame:
    """One row per interval, kind of data and number of units: ``covered``, the share of
    replications in which it contains the truth.

    An interval that cannot be computed contains every value.
    """
    truth = {case.name: case.truth for case in cases}
    table = []
    for cell, results in _study(cases, units, replications, seed, jobs):
        missed = [result.low > truth[cell.name] or result.high < truth[cell.name] for result in results]
        table.append({"interval": cell.name, "data": cell.data, "units": cell.units, "covered": 1 - float(np.mean(missed))})
    return pd.DataFrame(table)


def write_tables(text: str, rejected: pd.DataFrame, covered: pd.DataFrame, replications: int, seed: int) -> str:
    """The text of a document with both tables, and the command that made them, between its two
    markers.
    """
    made = f"{replications:,} replications of each cell, seed {seed}; made by `python -m docs.studies.calibration`."
    tables = f"{made}\n\n{_rejection_table(rejected)}\n\n{_coverage_table(covered)}"
    found, count = re.subn(rf"({MARKS[0]}\n).*?(\n{MARKS[1]})", lambda marks: marks[1] + tables + marks[2], text, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"The document has {count} places for tables; it must have one, between {MARKS[0]} and {MARKS[1]}.")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study and put its tables into a document."""
    parser = argparse.ArgumentParser(prog="python -m docs.studies.calibration", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--into", metavar="FILE", type=Path, required=True, help="the document whose tables are rewritten")
    parser.add_argument("--replications", metavar="NUMBER", type=int, default=1_000)
    parser.add_argument("--seed", metavar="NUMBER", type=int, default=DEFAULT_SEED)
    parser.add_argument("--jobs", metavar="NUMBER", type=int, default=-1, help="processes at a time; -1: one for each core")
    chosen = parser.parse_args(arguments)
    text = chosen.into.read_text(encoding="utf-8")
    study = (UNITS, chosen.replications, chosen.seed, chosen.jobs)
    text = write_tables(text, rejection_rates(CASES, *study), coverage_rates(COVERAGES, *study), chosen.replications, chosen.seed)
    chosen.into.write_text(text, encoding="utf-8", newline="\n")
    return 0


def _study(cases: Sequence[Case | Coverage], units: Sequence[int], replications: int, seed: int, jobs: int) -> Iterator[tuple[Cell, Any]]:
    """Every cell with the results of its replications, in order, with a progress bar."""
    cells = [(Cell(case.name, kind, count), case.run) for case in cases for kind in case.kinds for count in units]
    done = Parallel(n_jobs=jobs, return_as="generator")(delayed(_results)(cell, run, replications, seed) for cell, run in cells)
    with tqdm(done, total=len(cells), desc="calibrating", unit=" cells", disable=None, leave=False) as bar:
        yield from zip((cell for cell, _ in cells), bar, strict=True)


def _results(cell: Cell, run: Run, replications: int, seed: int) -> list[TestResult | Interval]:
    place = [seed, crc32(cell.name.encode()), KINDS.index(cell.data), cell.units]
    return [run(cell.data, cell.units, np.random.default_rng([*place, number])) for number in range(replications)]


def _rejection_table(rates: pd.DataFrame) -> str:
    """Per cent rejected, with the attainable level in brackets if it is more than one point
    below 5 %.
    """
    short = rates["attainable"].map(lambda level: f" ({100 * level:.1f})" if level < ALPHA - 0.01 else "")
    exact = rates["exact"].map({True: "exact", False: "approximate"})
    return _table(rates.assign(level=exact, cell=(100 * rates["rejected"]).map("{:.1f}".format) + short), ["test", "data", "level"])


def _coverage_table(rates: pd.DataFrame) -> str:
    return _table(rates.assign(cell=(100 * rates["covered"]).map("{:.1f}".format)), ["interval", "data"])


def _table(rates: pd.DataFrame, rows: list[str]) -> str:
    """A table in Markdown: ``rows`` down, numbers of units across."""
    units = list(dict.fromkeys(rates["units"]))
    header = [*rows, *(f"G = {count}" for count in units)]
    lines = [f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
    lines += [f"| {' | '.join([*place, *here['cell']])} |" for place, here in rates.groupby(rows, sort=False)]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
