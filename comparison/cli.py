"""The command line: ``python -m comparison report EXPORT_DIR --out DIR``.

Exit status 0: the report is written and every row agrees with the mechanism. 1: the report is written, and some rows
contradict the mechanism; each is named on stderr, in the report's first section and in ``contradictions.csv``, and its
market round is left out of the statistics. 2: the export cannot be read; one sentence on stderr says where and why.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from comparison.reading import InvalidExport
from comparison.writing import write_report

LARGEST_NAMED = 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        checks = write_report(chosen.export, chosen.out)
    except InvalidExport as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The report cannot be written to {chosen.out}: {error.strerror or error}.", file=sys.stderr)
        return 2
    for wrong in checks.contradictions[:LARGEST_NAMED]:
        print(wrong, file=sys.stderr)
    if len(checks.contradictions) > LARGEST_NAMED:
        rest = len(checks.contradictions) - LARGEST_NAMED
        print(f"{rest} more contradictions are in {Path(chosen.out) / 'contradictions.csv'}.", file=sys.stderr)
    print(f"The report is {Path(chosen.out) / 'report.html'}.")
    return 1 if checks.contradictions else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m comparison", description="Exported decisions beside the theory.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    report = commands.add_parser("report", help="read an export, check every row, and write report, tables and figures")
    report.add_argument("export", metavar="EXPORT_DIR", help="a directory with the CSV files of the data export")
    report.add_argument("--out", metavar="DIR", required=True, help="where to write; made if it is not there")
    return parser
