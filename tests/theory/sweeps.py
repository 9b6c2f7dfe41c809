"""Sweeps of a small grid, and the command that makes them, for the tests of sweeps."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

from theory.cli import main

PROJECT = Path(__file__).parents[2]
FILE = str(PROJECT / "environments" / "mixed_values.toml")
THREE = str(PROJECT / "environments" / "three_types.toml")

AGENTS = ("--vary", "mechanism.agents=2,12,24")
SHARES = ("--vary", "mechanism.inactive_share=1/6,0.25")
QUICK = (*AGENTS, *SHARES, "--measure", "stage1,competitive", "--jobs", "1")


def program(*arguments: object, limit=None, **changes: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "theory", "sweep", *map(str, arguments)]
    environment = {**os.environ, **changes}
    return subprocess.run(command, capture_output=True, check=False, cwd=PROJECT, env=environment, timeout=600, preexec_fn=limit)


def swept(*arguments: object) -> int:
    return main(["sweep", *map(str, arguments)])


def refused(capsys, *arguments: object) -> str:
    assert swept(*arguments) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.count("\n") == 1
    return streams.err


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))
