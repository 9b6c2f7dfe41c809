"""``report``: exports read, checked and compared with the theory, written as a report.

Exit status 0: the report is written and every row agrees with the mechanism. 1: the report is written, and some rows
contradict the mechanism; each is named on stderr, in the report's first section and in ``contradictions.csv``, and its
market round is left out of the statistics. 2: the export cannot be read; one sentence on stderr says where and why.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from comparison.commands.command import Commands
from comparison.writing import write_report

LARGEST_NAMED = 50


def add(commands: Commands) -> None:
    """Put ``report`` on the command line."""
    report = commands.add_parser("report", help="read exports, check every row, and write report, tables and figures")
    report.add_argument(
        "exports", metavar="EXPORT_DIR", nargs="+", help="directories with the CSV files of data exports, read as one data set"
    )
    report.add_argument("--out", metavar="DIR", required=True, help="where to write; made if it is not there")
    report.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write the report; 1 where rows contradict the mechanism."""
    checks = write_report(chosen.exports, chosen.out)
    for wrong in checks.contradictions[:LARGEST_NAMED]:
        print(wrong, file=sys.stderr)
    if len(checks.contradictions) > LARGEST_NAMED:
        rest = len(checks.contradictions) - LARGEST_NAMED
        print(f"{rest} more contradictions are in {Path(chosen.out) / 'contradictions.csv'}.", file=sys.stderr)
    print(f"The report is {Path(chosen.out) / 'report.html'}.")
    return 1 if checks.contradictions else 0
