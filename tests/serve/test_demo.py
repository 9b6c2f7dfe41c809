"""`make demo`: a whole session over HTTP, whose export alone proves prices and the bots' equilibrium play."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.serve.postgres import HOSTILE, copy_of_the_package
from tests.serve.test_below_private_folders import ODD
from tests.server import PROJECT
from tests.sizes import sized
from theory.economy.environment import Environment, parse_environment
from theory.equilibrium.separating import announced_offers
from theory.equilibrium.stage1 import stage1_optimum

pytestmark = pytest.mark.server

HALF_A_STEP = 0.05 + 1e-9
MARKETS, PRACTICE_ROUNDS, ROUNDS = sized(small=(1, 1, 2), full=(2, 2, 10))
BOTS = 12 * MARKETS
SMALLER = f"""\
import sys
from serve import demo
from serve.cli import main
demo.MARKETS, demo.PRACTICE_ROUNDS, demo.ROUNDS = {MARKETS}, {PRACTICE_ROUNDS}, {ROUNDS}
demo.FIELDS |= {{"practice_rounds": {PRACTICE_ROUNDS}, "rounds": {ROUNDS}}}
sys.exit(main(sys.argv[1:]))
"""
"""The command, with one market and fewer rounds."""
PROGRAM = sized(small=("-c", SMALLER), full=("-m", "serve"))
Row = dict[str, str]


@dataclass(frozen=True)
class Demo:
    said: str
    out: Path
    environment: Environment
    markets: list[list[Row]]
    """The decisions of each market and paid round."""


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """Below a private folder, PostgreSQL's programs included, with an odd name and in a hostile shell."""
    folder = Path(tempfile.mkdtemp(prefix="parimutuel-"))
    out = folder / ODD / "out"
    command = [sys.executable, *PROGRAM, "demo", "--data", str(folder / ODD / "data"), "--out", str(out)]
    shell = os.environ | HOSTILE | {"PYTHONPATH": str(copy_of_the_package(folder / "packages"))}
    done = subprocess.run(command, cwd=PROJECT, env=shell, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with (out / "export" / "sessions.csv").open(newline="", encoding="utf-8-sig") as file:
        (session,) = csv.DictReader(file)
    yield Demo(done.stdout + done.stderr, out, parse_environment(json.loads(session["json"])["environment"]), _markets(out))
    shutil.rmtree(folder)


def _markets(out: Path) -> list[list[Row]]:
    markets: dict[tuple[str, str], list[Row]] = defaultdict(list)
    with (out / "export" / "decisions.csv").open(newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if row["practice"] == "0":
                markets[row["round_number"], row["market"]].append(row)
    return list(markets.values())


def _active(market: list[Row]) -> list[Row]:
    return [row for row in market if row["active"] == "1"]


def _offers(rows: list[Row], stage: int) -> np.ndarray:
    return np.array([(float(row[f"stage{stage}_q"]), float(row[f"stage{stage}_r"])) for row in rows])


def test_the_data_are_in_the_folder_that_was_asked_for(demo: Demo) -> None:
    database = demo.out.with_name("data") / "demo" / "database"
    assert (database / "PG_VERSION").exists()
    assert sum(path.stat().st_size for path in (database / "base").rglob("*") if path.is_file()) > 1_000_000


def test_24_bots_practise_twice_and_play_10_rounds_in_2_markets(demo: Demo) -> None:
    """At full size."""
    assert len(demo.markets) == MARKETS * ROUNDS
    assert all(len(market) == 12 for market in demo.markets)
    assert len({row["participant_code"] for market in demo.markets for row in market}) == BOTS
    bot_rounds = BOTS * (PRACTICE_ROUNDS + ROUNDS)
    assert f"{bot_rounds}/{bot_rounds}" in demo.said


def test_prices_are_those_of_eq_3_recomputed_from_the_export(demo: Demo) -> None:
    epsilon = demo.environment.epsilon
    for market in demo.markets:
        active = _active(market)
        total_q, total_r = _offers(active, 2).sum(axis=0) + len(active) * epsilon
        assert [float(row["price"]) for row in active] == pytest.approx([total_r / total_q] * len(active), abs=1e-9)


def test_first_offers_are_alpha_star_up_to_the_grid(demo: Demo) -> None:
    optimum = stage1_optimum(demo.environment).offers
    for market in demo.markets:
        types = [demo.environment.type_index(row["type"]) for row in market]
        assert np.abs(_offers(market, 1) - optimum[types]).max() <= HALF_A_STEP


def test_second_offers_are_s2_star_up_to_the_grid(demo: Demo) -> None:
    for market in demo.markets:
        active = _active(market)
        types = [demo.environment.type_index(row["type"]) for row in active]
        predicted = announced_offers(demo.environment, types, _offers(active, 1))
        assert np.abs(_offers(active, 2) - predicted).max() <= HALF_A_STEP


def test_the_time_in_which_all_left_the_last_round_is_told(demo: Demo) -> None:
    assert re.search(rf"{BOTS} subjects left the last round within [\d.]+ s of its last offer", demo.said), demo.said


def test_the_report_and_the_payments_are_written(demo: Demo) -> None:
    assert (demo.out / "report.html").stat().st_size > 0
    with (demo.out / "export" / "payments.csv").open(newline="", encoding="utf-8-sig") as file:
        assert len(list(csv.DictReader(file))) == BOTS
