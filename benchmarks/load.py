"""How long a market waits after its last submission, beside a bare oTree app on the same server and
database.

``python -m benchmarks.load`` prints the table; with ``--docs`` it also writes it into
``docs/load.md``. All subjects of a market submit at random moments within two seconds, go to the
wait page, are notified by its websocket, and load the next page. The time runs from the last
submission to the moment when the last of them has the next page. Both wait pages of a round are
measured: after the first offers (the draw and the announcement), and after the second offers (the
clearing).

The peer shows the same pages as constant content (``benchmarks.bare``). Runs alternate, and each
kind of run is done once before any counts, so that templates are read and compiled.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bare import PAGES, write_app, write_pages
from benchmarks.browsers import Browser, Trouble
from tests.app.played import PROJECT, copy_project
from tests.server import Serving, public_folder, serving

SIZES = (60, 120, 200)
PAIRS = 5
BAR = 1.3
WITHIN = 2.0
"""Seconds within which everybody submits."""
AT_ONCE = 8
"""The number of subjects who load a page at the same time while nothing is measured."""
GATES = ("first offers", "second offers")
DOCUMENT = PROJECT / "docs" / "load.md"
BEGIN, END = "<!-- written by python -m benchmarks.load --docs -->", "<!-- end -->"
SECONDS = 900
FIELDS = {
    "rounds": 1,
    "practice_rounds": 0,
    "market_size": 0,
    "stage1_deadline_seconds": SECONDS,
    "stage2_deadline_seconds": SECONDS,
    "result_deadline_seconds": SECONDS,
    "instructions": False,
    "quiz_attempts": 0,
}
OURS = "ours"
SETTINGS = """
SESSION_CONFIGS.append({{"name": "ours", "environment": "mixed_values", "num_demo_participants": 12,
                        "app_sequence": ["parimutuel_twostage", "parimutuel_outro"]}})
for name in {peers!r}:
    SESSION_CONFIGS.append({{"name": name, "app_sequence": [name], "num_demo_participants": 1}})
"""


@dataclass(frozen=True)
class Row:
    """One wait page at one size: medians of the seconds, and the ratio of these medians; ``errors``
    counts the subjects who saw one.
    """

    size: int
    gate: str
    ours: float
    bare: float
    errors: int

    @property
    def ratio(self) -> float:
        return self.ours / self.bare


@dataclass(frozen=True)
class Played:
    """A round of one market: the seconds of both wait pages, and the page that one of its subjects
    saw at each step.
    """

    seconds: tuple[float, float]
    errors: int
    pages: dict[str, str]


def table(sizes: Sequence[int] = SIZES, pairs: int = PAIRS) -> str:
    """The table that ``make bench`` prints."""
    return "\n".join(_lines(rows(sizes, pairs), pairs))


def rows(sizes: Sequence[int] = SIZES, pairs: int = PAIRS) -> Iterator[Row]:
    """Two rows per size."""
    with _serving_with_peers(sizes) as server:
        for size in sizes:
            first = play(server, OURS, size, seed=0)
            write_pages(server.project, _peer(size), first.pages)
            play(server, _peer(size), size, seed=0)
            ours, bare = [], []
            for number in range(1, pairs + 1):
                for name in (OURS, _peer(size)) if number % 2 else (_peer(size), OURS):
                    (ours if name == OURS else bare).append(play(server, name, size, number))
            errors = sum(played.errors for played in (first, *ours, *bare))
            for gate, title in enumerate(GATES):
                mine, theirs = (statistics.median(played.seconds[gate] for played in side) for side in (ours, bare))
                yield Row(size, title, mine, theirs, errors)


def play(server: Serving, name: str, size: int, seed: int) -> Played:
    """One round of one market of this size."""
    fields = FIELDS | {"market_size": size} if name == OURS else {}
    _, people = server.create_session(name, size, **fields)
    return asyncio.run(_play(server.port, people, name == OURS, random.Random(seed)))


async def _play(port: int, people: Sequence[str], ours: bool, rng: random.Random) -> Played:
    browsers = [Browser(port, asks_again=ours) for _ in people]
    doors = asyncio.Semaphore(AT_ONCE)

    async def sit_down(browser: Browser, person: str) -> None:
        async with doors:
            await browser.open(f"/InitializeParticipant/{person}")

    await asyncio.gather(*map(sit_down, browsers, people))
    pages: dict[str, str] = {}
    troubles: list[Trouble] = []
    seconds = []
    for page in PAGES[:2]:
        pages |= {browser.shown.name: browser.shown.text for browser in browsers}
        await asyncio.sleep(1)
        taken, more = await _gate(browsers, page, rng)
        troubles += more
        seconds.append(taken)
    pages |= {browser.shown.name: browser.shown.text for browser in browsers}
    await asyncio.gather(*map(_leave, browsers))
    return Played((seconds[0], seconds[1]), len(troubles), pages)


async def _leave(browser: Browser) -> None:
    """Move on from the result: after 10 s oTree's worker loads it for everyone who still shows it,
    which would fall into the next run.
    """
    await browser.submit({})
    await browser.close()


async def _gate(browsers: Sequence[Browser], page: str, rng: random.Random) -> tuple[float, list[Trouble]]:
    """Let everybody submit within two seconds; returns the seconds from the last submission to the
    last release, and the errors.
    """

    async def pass_gate(browser: Browser, delay: float, offer: dict[str, str]) -> tuple[float, float]:
        await asyncio.sleep(delay)
        submitted = time.perf_counter()
        await browser.submit(offer if browser.shown.name == page else {})
        await browser.wait()
        return submitted, time.perf_counter()

    ways = [pass_gate(browser, WITHIN * rng.random(), _offer(page, rng)) for browser in browsers]
    passed = await asyncio.gather(*ways, return_exceptions=True)
    moments = [moment for moment in passed if isinstance(moment, tuple)]
    return max(released for _, released in moments) - max(submitted for submitted, _ in moments), _troubles(passed)


def _troubles(results: Iterable[object]) -> list[Trouble]:
    """The errors that subjects met; any other error is raised."""
    troubles = []
    for result in results:
        if isinstance(result, Trouble):
            troubles.append(result)
        elif isinstance(result, BaseException):
            raise result
    return troubles


def _offer(page: str, rng: random.Random) -> dict[str, str]:
    """Any point of the grid, so that announcements have the largest possible number of bars."""
    stage = 1 + PAGES.index(page)
    return {f"stage{stage}_good": rng.choice("qr"), f"stage{stage}_amount": f"{rng.randint(1, 100) / 10:g}"}


def _peer(size: int) -> str:
    return f"bare{size}"


@contextmanager
def _serving_with_peers(sizes: Sequence[int]) -> Iterator[Serving]:
    folder = public_folder()
    try:
        peers = [_peer(size) for size in sizes]
        project = copy_project(folder, SETTINGS.format(peers=peers))
        for name in peers:
            write_app(project, name)
        with serving(project) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lines(measured: Iterable[Row], pairs: int) -> Iterator[str]:
    yield f"Load: seconds from the last submission to the last release; median of {pairs} alternating pairs; peer: a bare oTree app"
    yield ""
    yield f"{'subjects':>8}  {'after the':16}{'ours':>8}{'bare':>8}{'ratio':>8}{'bar':>9}{'errors':>8}"
    for row in measured:
        yield f"{row.size:8}  {row.gate:16}{row.ours:8.2f}{row.bare:8.2f}{row.ratio:8.2f}{f'<= {BAR}':>9}{row.errors:8}"


def write_document(measured: Sequence[Row], path: Path = DOCUMENT) -> None:
    """Put the table between the two markers in the document."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = ["| subjects | after the | seconds | bare oTree app | ratio | errors |", "|---:|---|---:|---:|---:|---:|"]
    lines += [f"| {row.size} | {row.gate} | {row.ours:.1f} | {row.bare:.1f} | {row.ratio:.2f} | {row.errors} |" for row in measured]
    path.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8", newline="\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the document if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="How long markets wait, compared with a bare oTree app.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--docs", action="store_true", help="write the table into docs/load.md")
    given = parser.parse_args(arguments)
    measured = list(rows(given.sizes, given.pairs))
    print("\n".join(_lines(measured, given.pairs)))
    if given.docs:
        write_document(measured)


if __name__ == "__main__":
    main()
