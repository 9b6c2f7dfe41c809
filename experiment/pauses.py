"""Whether the time of a session stands still: kept with the session, from the pause to its end."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Protocol

_KEY = "paused_at"


class Pausable(Protocol):
    """What is needed of a session: a place to keep things in."""

    @property
    def vars(self) -> MutableMapping[str, Any]: ...


def is_paused(session: Pausable) -> bool:
    """Whether the session is paused now."""
    return paused_since(session) is not None


def paused_since(session: Pausable) -> float | None:
    """The moment (epoch seconds) at which the time of the session was stopped, None where it runs."""
    since = session.vars.get(_KEY)
    return None if since is None else float(since)


def begin_pause(session: Pausable, now: float) -> None:
    """Stop the time of the session; of a paused one it stands still already."""
    if not is_paused(session):
        session.vars[_KEY] = now


def end_pause(session: Pausable) -> None:
    """Let the time of the session run again."""
    session.vars[_KEY] = None


def move_pause(session: Pausable, seconds: float) -> None:
    """Move the moment at which a paused session was stopped; of a running one there is none."""
    since = paused_since(session)
    if since is not None:
        session.vars[_KEY] = since + seconds
