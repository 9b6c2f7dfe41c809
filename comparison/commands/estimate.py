"""``estimate``: behavioural models of exported decisions, by maximum likelihood, and how well each
predicts markets that it has not seen.

Writes ``estimates.csv`` and ``model_comparison.csv`` and prints both. Exit status 0: everything is
estimated. 1: something is left out, with a sentence on stderr for each omission. 2: nothing can be
read or estimated; one sentence on stderr.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from comparison.behaviour.parallel import spread
from comparison.behaviour.results import ESTIMABLE, CellChoices, Estimated, behaviour_tables, cells_of, estimated
from comparison.checking.validation import check_export
from comparison.commands.command import Commands
from comparison.data.markets import market_rounds
from comparison.data.reading import InvalidExport, read_exports
from comparison.exhibits.csv_json import as_csv
from experiment.draws import LARGEST_SEED
from theory.commands.arguments import WrongArgument, whole_number
from theory.sweeps.workers import NoWorkers

MOST_RESAMPLES, MOST_JOBS = 100_000, 1024


def add(commands: Commands) -> None:
    """Put ``estimate`` on the command line."""
    sub = commands.add_parser("estimate", help="estimate behavioural models and compare them out of the market")
    sub.add_argument(
        "export", metavar="EXPORT_DIR", nargs="+", help="directories with the CSV files of data exports, or of such directories"
    )
    sub.add_argument("--out", metavar="DIR", required=True, help="the directory to write to; created if necessary")
    sub.add_argument(
        "--models", metavar="NAME,...", default=",".join(ESTIMABLE), help=f"models to estimate, of {', '.join(ESTIMABLE)} (default all)"
    )
    sub.add_argument("--bootstrap", metavar="B", default="200", help="how often to resample the independent units (default 200)")
    sub.add_argument("--seed", metavar="SEED", default="0", help="seed of the resamples (default 0)")
    sub.add_argument("--jobs", metavar="J", help="how many processes to use (default: one per core)")
    sub.add_argument(
        "--ray", metavar="HOST:PORT", help="work on the Ray cluster at this address (needs pip install -r requirements-optional.txt)"
    )
    sub.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Estimate and write."""
    models = _models(chosen.models)
    resamples = whole_number("--bootstrap", chosen.bootstrap, 2, MOST_RESAMPLES)
    seed = whole_number("--seed", chosen.seed, 0, LARGEST_SEED)
    jobs = None if chosen.jobs is None else whole_number("--jobs", chosen.jobs, 1, MOST_JOBS)
    export = read_exports(chosen.export)
    markets = market_rounds(export)
    cells, left_out = cells_of(markets, check_export(export, markets))
    if not cells:
        raise InvalidExport(left_out[0] if left_out else "There is no paid market round without contradiction from which to estimate.")

    def each(tasks: Sequence[tuple[CellChoices, str, int, int]]) -> list[Estimated]:
        return list(spread(estimated, tasks, jobs, "estimating", chosen.ray))

    try:
        found = behaviour_tables(cells, models, resamples, seed, each)
    except NoWorkers as error:
        raise WrongArgument(str(error)) from None
    _write(Path(chosen.out), {"estimates": found.estimates, "model_comparison": found.model_comparison})
    for sentence in (*left_out, *found.left_out):
        print(sentence, file=sys.stderr)
    return 1 if left_out or found.left_out else 0


def _models(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in ESTIMABLE:
            raise WrongArgument(f"--models names {name!r}; the models that can be estimated are {', '.join(ESTIMABLE)}.")
    return names


def _write(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        (folder / f"{name}.csv").write_text(as_csv(table), encoding="utf-8", newline="\n")
        if len(table):
            print(f"{name.replace('_', ' ')}\n{table.to_string(index=False, float_format=lambda value: f'{value:.5g}', na_rep='')}\n")
