"""How a participant leaves before the last round, and who has left; stored with the participant, so
that every app can read it.
"""

from __future__ import annotations

from experiment.kept import HasVars

DECLINED, QUIZ_FAILED, NO_MATCH, LEFT_LOBBY, TIMED_OUT = "declined", "quiz_failed", "no_match", "left_lobby", "timed_out"
REASONS = (DECLINED, QUIZ_FAILED, NO_MATCH, LEFT_LOBBY, TIMED_OUT)
BEFORE_MARKET = (DECLINED, QUIZ_FAILED, NO_MATCH, LEFT_LOBBY)
"""The reasons of participants who never made an offer in a market; the others were no longer there
when it ended. Where markets are formed beforehand, a participant who declined has a seat in one.
"""
_KEY = "left_because"


def leave(participant: HasVars, reason: str) -> None:
    """Note that the participant leaves now, with the show-up fee; a second reason does not replace
    the first.
    """
    if reason not in REASONS:
        raise ValueError(f"{reason!r} is not a reason to leave")
    participant.vars.setdefault(_KEY, reason)


def reason_to_leave(participant: HasVars) -> str | None:
    """Why the participant has left; None if they have not."""
    return participant.vars.get(_KEY)


def left_before_market(participant: HasVars) -> bool:
    """Whether the participant has left and never was in a market."""
    return reason_to_leave(participant) in BEFORE_MARKET
