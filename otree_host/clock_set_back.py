"""Repairs after the server's clock was set back: every moment that a session has stored moves back
with it.

Moments are stored in epoch seconds and compared with the server's clock. If the clock is set back,
moments stored before lie in the future: a stage would last longer by the same time, a subject who
has left would count as present, an answer would seem to take a negative time. Deadlines that have
passed move too, since later stages are counted from them.
"""

from __future__ import annotations

from typing import Any

from otree.database import db

from experiment.pauses import move_pause

_MOMENTS: list[tuple[Any, tuple[str, ...]]] = []


def keeps_moments(model: Any, *names: str) -> None:
    """Declare which fields of an app's groups or players are moments, in epoch seconds."""
    _MOMENTS.append((model, names))


def set_back(session: Any, seconds: float) -> None:
    """Move every moment of a session back by this many seconds."""
    move_pause(session, -seconds)
    for model, names in _MOMENTS:
        earlier = {getattr(model, name): getattr(model, name) - seconds for name in names}
        db.query(model).filter(model.session_id == session.id).update(earlier, synchronize_session=False)
