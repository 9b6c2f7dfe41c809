"""Whether the time of a session stands still; stored with the session while it is paused."""

from __future__ import annotations

from experiment.kept import HasVars

_KEY = "paused_at"


def is_paused(session: HasVars) -> bool:
    """Whether the session is paused now."""
    return paused_since(session) is not None


def paused_since(session: HasVars) -> float | None:
    """The moment (epoch seconds) at which the time of the session was stopped; None while it runs."""
    since = session.vars.get(_KEY)
    return None if since is None else float(since)


def begin_pause(session: HasVars, now: float) -> None:
    """Stop the time of the session; nothing changes if it is already paused."""
    if not is_paused(session):
        session.vars[_KEY] = now


def end_pause(session: HasVars) -> None:
    """Let the time of the session run again."""
    session.vars[_KEY] = None


def move_pause(session: HasVars, seconds: float) -> None:
    """Move the moment at which a paused session was stopped; a running session has none."""
    since = paused_since(session)
    if since is not None:
        session.vars[_KEY] = since + seconds
