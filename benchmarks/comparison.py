"""The comparison's stages on synthetic sessions, beside ``pandas.read_csv`` of the same files and
the draws alone.

Reading can at best be as fast as reading without any check. Checking can at best be as fast as
redrawing, so the time of the draws is the floor of the checks. The sessions are of equilibrium
play, half in each of two environments, and one report is written as the command writes it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from comparison.checking.validation import check_export
from comparison.data.markets import MarketRound, market_rounds
from comparison.data.reading import read_exports
from comparison.report.writing import write_report
from comparison.statistics.benchmarks import predictions
from comparison.statistics.exclusions import exclusions
from comparison.statistics.tables import compute_tables
from experiment.draws import RoundDraws, RoundKey, draw_round
from tests.synthetic import play, write_export

SESSIONS, SUBJECTS, ROUNDS = 20, 24, 30
ENVIRONMENTS = ("three_types", "mixed_values")
FULL = 100
"""The number of sessions for which a bar is set: 72,000 rows within 60 s on two cores."""
BAR_SECONDS = 60

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Row:
    """A stage: processor seconds on the benchmark's sessions, and their ratio to the time of
    ``pandas.read_csv`` on the same files.
    """

    stage: str
    seconds: float
    ratio: float


def table() -> str:
    """The table that ``make bench`` prints."""
    count = SESSIONS * SUBJECTS * ROUNDS
    lines = [
        f"The comparison: processor seconds on {count:,} rows of {SESSIONS} sessions; floor: pandas.read_csv of the same files",
        f"{'stage':42}{'seconds':>9}{'over the floor':>16}{f'x {FULL / SESSIONS:.0f}':>9}",
    ]
    for row in rows():
        lines.append(f"{row.stage:42}{row.seconds:9.2f}{row.ratio:15.1f}x{row.seconds * FULL / SESSIONS:9.1f}")
    return "\n".join(
        [
            *lines,
            f"The bar for the whole report of {FULL} sessions is {BAR_SECONDS} s on two cores; figures take the same time for any number.",
        ]
    )


def rows() -> Iterator[Row]:
    """One row per stage, the floor first and the whole command last."""
    with tempfile.TemporaryDirectory() as place:
        folder = _export(Path(place) / "export")
        floor, _ = _taken(lambda: [pd.read_csv(path) for path in folder.iterdir()])

        def row(stage: str, seconds: float) -> Row:
            return Row(stage, seconds, seconds / floor)

        yield row("pandas.read_csv, nothing checked", floor)
        reading, export = _taken(lambda: read_exports([folder]))
        yield row("reading", reading)
        grouping, markets = _taken(lambda: market_rounds(export))
        yield row("grouping into market rounds", grouping)
        drawing, _ = _taken(lambda: [_draw(market) for market in markets])
        yield row("redrawing, nothing compared", drawing)
        checking, checks = _taken(lambda: check_export(export, markets))
        yield row("checking every row and the draws", checking)
        predicting, predicted = _taken(lambda: predictions(markets))
        yield row("benchmarks of the theory", predicting)
        accounting, _ = _taken(lambda: exclusions(export, markets, checks))
        yield row("exclusions", accounting)
        computing, _ = _taken(lambda: compute_tables(markets, predicted, checks))
        yield row("statistics", computing)
        whole, _ = _taken(lambda: write_report([folder], Path(place) / "out"))
        yield row("the whole report, figures and files too", whole)


def _export(folder: Path) -> Path:
    sessions = [
        play(f"s{n:07d}", SUBJECTS, rounds=ROUNDS, environment=ENVIRONMENTS[n % len(ENVIRONMENTS)], seed=10**12 + n)
        for n in range(SESSIONS)
    ]
    return write_export(folder, sessions)


def _draw(market: MarketRound) -> RoundDraws:
    session = market.session
    assert session.seed is not None
    return draw_round(
        session.environment, session.settings.active, session.seed, RoundKey(int(market.market), market.practice, market.paid_round)
    )


def _taken(work: Callable[[], Answer]) -> tuple[float, Answer]:
    start = time.process_time()
    answer = work()
    return time.process_time() - start, answer
