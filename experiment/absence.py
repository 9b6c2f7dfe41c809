"""Who misses deadlines: how often in a row, and from when on a subject is a dropout, whom no market waits for.

Only what was due counts: a first offer, and a second one of who is active. Who answers again, or presses any button again, is
waited for again.
"""

from __future__ import annotations

from experiment.kept import HasVars

_KEY = "misses"


def misses(subject: HasVars) -> int:
    """How many deadlines the subject has missed since the last that was kept."""
    return int(subject.vars.get(_KEY, 0))


def missed(subject: HasVars) -> None:
    """Note that one more deadline has passed without an answer."""
    subject.vars[_KEY] = misses(subject) + 1


def answered(subject: HasVars) -> None:
    """Note that the subject is there."""
    if misses(subject):
        subject.vars[_KEY] = 0


def is_dropout(subject: HasVars, allowed: int) -> bool:
    """Whether nobody waits for the subject any more: after ``allowed`` misses in a row; never where that is 0."""
    return 0 < allowed <= misses(subject)
