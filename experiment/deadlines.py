"""Deadlines: one per market and stage, the same for all who are in it."""

from __future__ import annotations

GRACE_SECONDS = 3.0
"""An answer that was typed in time may need this long to arrive; what comes later is a miss."""
CLOSING_SECONDS = 4.0
"""So long after its deadline a stage is closed, whoever is missing."""
TRANSITION_SECONDS = 12
"""What it takes oTree at worst to close a page whose subject is gone and to bring the others to the next stage."""


def deadline_after(now: float, seconds: float) -> float | None:
    """The moment (epoch seconds) a stage that opens now ends; None where the config sets no limit (0)."""
    return now + seconds if seconds > 0 else None


def seconds_left(deadline: float | None, now: float) -> float | None:
    """The time a page still has, at least one second so that a page opened late closes by itself."""
    return None if deadline is None else max(deadline - now, 1.0)


def is_late(deadline: float | None, now: float) -> bool:
    """Whether a typed offer that arrives now is a miss."""
    return deadline is not None and now > deadline + GRACE_SECONDS


def is_closed(deadline: float | None, now: float) -> bool:
    """Whether nobody is waited for any more."""
    return deadline is not None and now >= deadline + CLOSING_SECONDS


def runs_at(deadline: float | None, moment: float) -> bool:
    """Whether the deadline was still to come, or its stage not yet closed, at a moment."""
    return deadline is not None and not is_closed(deadline, moment)
