"""Nobody can block the server with connections: bystanders are answered during the attack, and a market plays to its end.

``FLOOD=large`` in the environment opens as many connections as a determined attacker would.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import psutil
import pytest

from experiment.config import read_settings
from serve.bots import Visit, play_session
from serve.rest import Rest
from serve.strategies import Equilibrium
from tests.serve.bystander import PATIENCE, Bystander, bystander
from tests.serve.floods import ATTACKS, MANY, half_headers, holding, is_ended
from tests.server import Serving, serving
from tests.sizes import sized

pytestmark = pytest.mark.server

LARGE = os.environ.get("FLOOD") == "large"
LARGE_NUMBER = 2000
FRACTION = sized(small=4, full=1)
"""At small size this many times fewer connections are opened."""
TOO_LONG = 9.0
"""Seconds. Without limits a single websocket stops the server for ten, or for as long as it likes; with them, for none."""
TRIALS = 3
"""On a machine that is busy with other things a page may take long; not three times."""
ANSWERS = 5
AGENTS, ROUNDS = sized(small=(4, 2), full=(8, 6))
ENDED_SECONDS = 30.0
"""Less than the 40 after which any websocket is ended that answers no ping."""
MEMORY_SECONDS = 120.0
KEPT_BYTES = 50 << 20


@dataclass
class Besieged:
    """A server on which markets are played one after the other, until ``over`` is set."""

    server: Serving
    over: threading.Event
    playing: Future[list[list[Visit]]]
    bystander: Bystander
    memory: int


def memory_of(server: Serving) -> int:
    """Bytes that the web server's process has in memory."""
    return int(psutil.Process(server.pids["server"]).memory_info().rss)


@pytest.fixture(scope="module")
def besieged() -> Iterator[Besieged]:
    with serving() as server, ThreadPoolExecutor(1) as pool:
        over = threading.Event()
        play_one(server)
        with bystander(f"{server.base_url}/login") as watched:
            playing = pool.submit(play_until, over, server)
            watched.wait_for_answers(ANSWERS)
            try:
                yield Besieged(server, over, playing, watched, memory_of(server))
            finally:
                over.set()


def play_until(over: threading.Event, server: Serving) -> list[list[Visit]]:
    """What all bots of all markets did; raises where one of them got stuck or saw an error."""
    visits = play_one(server)
    while not over.is_set():
        visits += play_one(server)
    return visits


def play_one(server: Serving) -> list[list[Visit]]:
    fields = {"instructions": False, "quiz_attempts": 0, "practice_rounds": 0, "rounds": ROUNDS}
    session = Rest(server.base_url, server.rest_key).create_session("small_market", AGENTS, fields)
    strategies = [Equilibrium(read_settings(session.config))] * AGENTS
    return play_session(server.base_url, session.participants, strategies, ROUNDS, show_progress=False)


def connections(name: str) -> int:
    """How many an attack opens. Of some it must always be more than the server lets one address keep."""
    if name in MANY:
        return LARGE_NUMBER if LARGE else ATTACKS[name][1]
    return -(-ATTACKS[name][1] // FRACTION)


def longest_wait(besieged: Besieged, name: str) -> float:
    """The slowest of a bystander's answers, in seconds, from the beginning of an attack until some came during it."""
    attack, _ = ATTACKS[name]
    with holding(besieged.server.port) as held:
        before = len(besieged.bystander.waits)
        attack(held, connections(name))
        besieged.bystander.wait_for_answers(ANSWERS, PATIENCE * (ANSWERS + 1))
        waits = besieged.bystander.waits[before:]
        print(f"{name}: {len(waits)} answers, the slowest after {max(waits):.2f} s")
        return max(waits)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_bystander_is_answered_while_the_attacker_holds_on(besieged: Besieged, name: str) -> None:
    assert any(longest_wait(besieged, name) < TOO_LONG for _ in range(TRIALS))


ENDED = [name for name in ATTACKS if name not in ("half headers", "unread pages")]


@pytest.fixture(scope="module")
def hung_up(besieged: Besieged) -> dict[str, bool]:
    """Whether the server ends the connection of an attacker, by the attack; all of them at once."""

    def is_hung_up(name: str) -> bool:
        attack, _ = ATTACKS[name]
        with holding(besieged.server.port) as held:
            attack(held, 1)
            return is_ended(held.sockets[-1], ENDED_SECONDS)

    with ThreadPoolExecutor(len(ENDED)) as pool:
        return dict(zip(ENDED, pool.map(is_hung_up, ENDED), strict=True))


@pytest.mark.parametrize("name", ENDED)
def test_the_attacker_is_hung_up_on(hung_up: dict[str, bool], name: str) -> None:
    assert hung_up[name]


def test_the_market_plays_to_its_end_and_the_memory_comes_back(besieged: Besieged) -> None:
    """The last test of this file: markets are played during all that comes before."""
    besieged.over.set()
    visits = besieged.playing.result(timeout=600)
    assert {one[-1].page for one in visits} == {"Payment"}
    assert len(visits) >= AGENTS
    deadline = time.monotonic() + MEMORY_SECONDS
    while (kept := memory_of(besieged.server) - besieged.memory) > KEPT_BYTES and time.monotonic() < deadline:
        time.sleep(0.5)
    print(f"memory: {besieged.memory >> 20} MB before, {kept / (1 << 20):+.0f} MB after")
    assert kept <= KEPT_BYTES
    assert besieged.server.log.count("Traceback") == 0


FEW_FILES = 256


def test_where_few_files_may_be_open_the_launcher_says_so_and_half_headers_shut_nobody_out() -> None:
    with serving(files=FEW_FILES) as server:
        assert server.output.count(f"lets the server open only {FEW_FILES} files") == 1
        with bystander(f"{server.base_url}/login") as watched, holding(server.port) as held:
            half_headers(held, 2 * FEW_FILES)
            assert any(max(watched.wait_for_answers(ANSWERS)) < TOO_LONG for _ in range(TRIALS))
        assert "Too many open files" not in server.log
        assert server.log.count("Traceback") == 0
