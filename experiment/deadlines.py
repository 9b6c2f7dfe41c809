"""Deadlines: one per market and stage, the same for all its members."""

from __future__ import annotations

GRACE_SECONDS = 3.0
"""An answer typed in time may take this long to arrive; a later one counts as missed."""
CLOSING_SECONDS = 4.0
"""This long after its deadline a stage closes, whoever is missing."""
TRANSITION_SECONDS = 12
"""The longest that oTree takes to close the page of an absent subject and bring the others to the
next stage.
"""


def deadline_after(now: float, seconds: float) -> float | None:
    """The moment (epoch seconds) at which a stage that opens now ends; None if the config sets no
    limit (0).
    """
    return now + seconds if seconds > 0 else None


def seconds_left(deadline: float | None, now: float) -> float | None:
    """The time that a page has left: at least one second, so that a page opened late closes by
    itself.
    """
    return None if deadline is None else max(deadline - now, 1.0)


def is_late(deadline: float | None, now: float) -> bool:
    """Whether a typed offer that arrives now is too late."""
    return deadline is not None and now > deadline + GRACE_SECONDS


def is_closed(deadline: float | None, now: float) -> bool:
    """Whether the stage waits for nobody any more."""
    return deadline is not None and now >= deadline + CLOSING_SECONDS


def runs_at(deadline: float | None, moment: float) -> bool:
    """Whether, at a moment, the stage of this deadline was still open."""
    return deadline is not None and not is_closed(deadline, moment)
