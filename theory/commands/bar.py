"""A progress bar on a terminal's standard error, where ``tqdm`` is installed; the theory needs NumPy and SciPy alone."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Self


class NoBar:
    """Has the interface of a progress bar and shows nothing."""

    def __init__(self) -> None:
        self.n = 0
        self.total: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Does nothing: there is nothing on the screen to remove."""

    def update(self, steps: int = 1) -> None:
        """Report that this many more steps are done."""
        self.n += steps


def progress_bar(name: str, unit: str, total: int | None = None, done: int = 0) -> Any:
    """A bar to use in ``with``: ``update(steps)`` adds to ``n`` of ``total``; shown where standard error is a terminal."""
    try:
        from tqdm import tqdm
    except ImportError:
        return NoBar()
    return tqdm(desc=name, unit=unit, total=total, initial=done, file=sys.stderr, leave=False, disable=None)
