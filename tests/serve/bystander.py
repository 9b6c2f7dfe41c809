"""Somebody who only wants a page, in a process of their own, so that they are not slowed down by whoever attacks.

As a program: asks again and again for an address and writes how long each answer took, a line each, until its input ends.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PAUSE_SECONDS = 0.05
PATIENCE = 30.0
PROXYLESS = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Bystander:
    """How long the answers took, in seconds, in the order in which they came; infinite where none came."""

    waits: list[float] = field(default_factory=list)
    _came: threading.Condition = field(default_factory=threading.Condition)

    def note(self, seconds: float) -> None:
        with self._came:
            self.waits.append(seconds)
            self._came.notify_all()

    def wait_for_answers(self, number: int, seconds: float = 120.0) -> list[float]:
        """The next answers, this many of them."""
        with self._came:
            begin = len(self.waits)
            if not self._came.wait_for(lambda: len(self.waits) >= begin + number, seconds):
                raise AssertionError(f"A bystander got {len(self.waits) - begin} of {number} answers within {seconds:.0f} s.")
            return self.waits[begin : begin + number]


@contextmanager
def bystander(url: str) -> Iterator[Bystander]:
    """One who asks for this page for as long as the block lasts."""
    process = subprocess.Popen([sys.executable, __file__, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    watched, lines = Bystander(), process.stdout

    def follow() -> None:
        for line in lines:
            watched.note(float(line))

    reader = threading.Thread(target=follow, daemon=True)
    reader.start()
    try:
        watched.wait_for_answers(1)
        yield watched
    finally:
        process.stdin.close()
        try:
            process.wait(2 * PATIENCE)
        finally:
            process.kill()
            reader.join(10)


def ask(url: str) -> float:
    begin = time.monotonic()
    try:
        PROXYLESS.open(url, timeout=PATIENCE).read()
    except OSError:
        return float("inf")
    return time.monotonic() - begin


def main(url: str) -> None:
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    while not over.wait(PAUSE_SECONDS):
        print(ask(url), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
