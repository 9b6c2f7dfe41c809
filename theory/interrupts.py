"""Delayed Ctrl-C: work that must not be cut short is finished before the interrupt is raised, and no interrupt is lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Delay an interrupt that arrives inside the block until the block ends."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread is interrupted
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)


def ignore_interrupts() -> None:
    """For a process that another process starts and ends: a terminal sends Ctrl-C to all processes of a command."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
