"""Missed deadlines: how many a subject missed in a row, and when the subject becomes a dropout, for
whom no market waits.

Only what was due counts: a first offer, and a second offer if the subject is active. As soon as a
dropout answers or presses any button, markets wait for them again. Somebody who does not take part at
all is a dropout from the start and for good, in every session.
"""

from __future__ import annotations

from experiment.kept import HasVars

_KEY, _STAYS_AWAY = "misses", "stays_away"


def misses(subject: HasVars) -> int:
    """How many deadlines the subject has missed since the last one they met."""
    return int(subject.vars.get(_KEY, 0))


def missed(subject: HasVars) -> None:
    """Note that one more deadline has passed without an answer."""
    subject.vars[_KEY] = misses(subject) + 1


def answered(subject: HasVars) -> None:
    """Note that the subject is there."""
    if misses(subject):
        subject.vars[_KEY] = 0


def stays_away(subject: HasVars) -> None:
    """Note that the subject does not take part: no market waits for them, now or later."""
    subject.vars[_STAYS_AWAY] = True


def is_dropout(subject: HasVars, allowed: int) -> bool:
    """Whether nobody waits for the subject any more: one who does not take part, or who missed
    ``allowed`` deadlines in a row; the latter never if that is 0.
    """
    return bool(subject.vars.get(_STAYS_AWAY)) or 0 < allowed <= misses(subject)
