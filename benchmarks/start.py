"""How long the command line of the theory takes to start: CPU time of small commands, relative to
that of importing NumPy in the same run.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).parents[1]
FILE = "environments/mixed_values.toml"
RUNS = 7
FLOOR = ("-c", "import numpy")
COMMANDS = {
    "check": ("-m", "theory", "check", FILE),
    "predict": ("-m", "theory", "predict", FILE),
    "stage2": ("-m", "theory", "stage2", FILE, "--types", "blue=7,green=3"),
    "incentives": ("-m", "theory", "incentives", FILE, "--agents", "12"),
    "--help": ("-m", "theory", "--help"),
}


def table() -> str:
    """The benchmark's report."""
    lines = [
        "start of python -m theory: CPU seconds, and over those of python -c 'import numpy'",
        f"{'command':18}{'seconds':>10}{'ratio':>8}",
    ]
    for name, command in COMMANDS.items():
        pairs = [(cpu_seconds(command), cpu_seconds(FLOOR)) for _ in range(RUNS)]
        seconds, ratio = statistics.median(ours for ours, _ in pairs), statistics.median(ours / floor for ours, floor in pairs)
        lines.append(f"{name:18}{seconds:10.2f}{ratio:7.1f}x")
    return "\n".join(lines)


def cpu_seconds(arguments: Sequence[str]) -> float:
    """User and system time of a Python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    print(table())
