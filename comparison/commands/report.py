"""``report``: exports read, checked and compared with the theory, written as a report.

Exit status 0: the report is written and every row agrees with the mechanism. 1: the report is
written, and some rows contradict the mechanism; each is named on stderr, in the report's first
section and in ``contradictions.csv``, and its market round is excluded from the statistics. 2: the
export cannot be read; one sentence on stderr says where and why.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from comparison.commands.command import Commands
from comparison.findings import Wanted
from comparison.hypotheses import OFFER_MARGIN, PRICE_MARGIN, Margins
from comparison.inference.result import SEED
from comparison.report.writing import write_report
from experiment.draws import LARGEST_SEED
from theory.commands.arguments import WrongArgument, whole_number

LARGEST_NAMED = 50
MOST_RESAMPLES = 100_000


def add(commands: Commands) -> None:
    """Put ``report`` on the command line."""
    report = commands.add_parser("report", help="read exports, check every row, and write report, tables and figures")
    report.add_argument(
        "exports",
        metavar="EXPORT_DIR",
        nargs="+",
        help="directories with the CSV files of data exports, or of such directories, read as one data set",
    )
    report.add_argument("--out", metavar="DIR", required=True, help="the directory to write to; created if necessary")
    report.add_argument("--estimate", action="store_true", help="also estimate behavioural models, which takes longer")
    report.add_argument(
        "--bootstrap", metavar="B", default="200", help="how often --estimate resamples the independent units (default 200)"
    )
    report.add_argument(
        "--price-margin", metavar="M", default=f"{PRICE_MARGIN:g}", help=f"prices agree within ±M in logarithms (default {PRICE_MARGIN:g})"
    )
    report.add_argument(
        "--offer-margin",
        metavar="M",
        default=f"{OFFER_MARGIN:g}",
        help=f"offers agree within ±M of the endowment (default {OFFER_MARGIN:g})",
    )
    report.add_argument(
        "--no-figures", dest="figures", action="store_false", help="write tables and text only, which takes about a quarter of the time"
    )
    report.add_argument("--seed", metavar="SEED", default=str(SEED), help=f"seed of the draws of tests and bootstrap (default {SEED})")
    report.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write the report; returns 1 if rows contradict the mechanism."""
    wanted = Wanted(
        estimate=chosen.estimate,
        resamples=whole_number("--bootstrap", chosen.bootstrap, 2, MOST_RESAMPLES),
        margins=Margins(_margin("--price-margin", chosen.price_margin), _margin("--offer-margin", chosen.offer_margin)),
        seed=whole_number("--seed", chosen.seed, 0, LARGEST_SEED),
        figures=chosen.figures,
    )
    found = write_report(chosen.exports, chosen.out, wanted)
    checks = found.checks
    for warning in found.warnings():
        print(f"{warning} {Path(chosen.out) / 'session_differences.csv'} shows what each session's record says.", file=sys.stderr)
    for wrong in checks.contradictions[:LARGEST_NAMED]:
        print(wrong, file=sys.stderr)
    if len(checks.contradictions) > LARGEST_NAMED:
        rest = len(checks.contradictions) - LARGEST_NAMED
        print(f"{rest} more contradictions are in {Path(chosen.out) / 'contradictions.csv'}.", file=sys.stderr)
    print(f"The report is {Path(chosen.out) / 'report.html'}.")
    return 1 if checks.contradictions else 0


def _margin(option: str, text: str) -> float:
    try:
        margin = float(text)
    except ValueError:
        margin = math.nan
    if not 0 < margin < math.inf:
        raise WrongArgument(f"{option} is {text}; it must be a number above zero, as in {option} 0.05.")
    return margin
