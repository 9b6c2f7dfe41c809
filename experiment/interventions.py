"""What the experimenter did to the time of a session while it ran, kept with the session: a pause is part of what happened in it."""

from __future__ import annotations

from dataclasses import dataclass

from experiment.kept import HasVars

_KEY = "interventions"
MOST_KEPT = 200


@dataclass(frozen=True)
class Intervention:
    """What was done at a moment (epoch seconds), in a sentence; or what was asked for and why it was ``refused``."""

    at: float
    sentence: str
    refused: bool = False


def note_intervention(session: HasVars, done: Intervention) -> None:
    """Write it down with the session; of very many, the oldest are forgotten."""
    kept = [*session.vars.get(_KEY, []), {"at": done.at, "sentence": done.sentence, "refused": done.refused}]
    session.vars[_KEY] = kept[-MOST_KEPT:]


def interventions(session: HasVars) -> tuple[Intervention, ...]:
    """All that were noted, the oldest first."""
    return tuple(Intervention(**kept) for kept in session.vars.get(_KEY, []))
