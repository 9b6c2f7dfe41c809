"""Missed deadlines: how many a subject missed in a row, and when the subject becomes a dropout, for
whom no market waits.

Only what was due counts: a first offer, and a second offer if the subject is active. As soon as a
dropout answers or presses any button, markets wait for them again.
"""

from __future__ import annotations

from experiment.kept import HasVars

_KEY = "misses"


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


def is_dropout(subject: HasVars, allowed: int) -> bool:
    """Whether the subject missed ``allowed`` deadlines in a row, so that nobody waits any more;
    never if that is 0.
    """
    return 0 < allowed <= misses(subject)
