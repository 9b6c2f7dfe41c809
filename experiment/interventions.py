"""What the experimenter did to a running session's clock, stored with the session, because a pause
is part of its history.
"""

from __future__ import annotations

from dataclasses import dataclass

from experiment.kept import HasVars

_KEY = "interventions"
MOST_KEPT = 200


@dataclass(frozen=True)
class Intervention:
    """What was done at a moment (epoch seconds), in a sentence; or what was requested and why it
    was ``refused``.
    """

    at: float
    sentence: str
    refused: bool = False


def note_intervention(session: HasVars, done: Intervention) -> None:
    """Store it with the session; if there are very many, the oldest are dropped."""
    kept = [*session.vars.get(_KEY, []), {"at": done.at, "sentence": done.sentence, "refused": done.refused}]
    session.vars[_KEY] = kept[-MOST_KEPT:]


def interventions(session: HasVars) -> tuple[Intervention, ...]:
    """All interventions that were stored, the oldest first."""
    return tuple(Intervention(**kept) for kept in session.vars.get(_KEY, []))
