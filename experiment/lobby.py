"""How subjects who arrive one by one become markets: who is present, when a market forms and how
large it is, and who is told that none formed.

Everybody's wait counts from their own arrival, whatever happens in between. Subjects are *present*
if their lobby page has sent a request lately, as it does by itself every few seconds while it is
open, in front and attended to. A market forms

- at the target size, from those who came first, as soon as this many are present;
- at any smaller permitted size, from all who are present, once the longest wait
  among them has reached ``lobby_seconds``.

A subject who has waited that long and is in no market is told so, and leaves.
"""

from __future__ import annotations

from collections.abc import Sequence

from experiment.options import LobbyRules

RECHECK_SECONDS = 3.0
"""How often the lobby's page asks again while few are waiting."""
RECHECKS_PER_SECOND = 10.0
"""The most requests that the pages of one lobby make; if more subjects are waiting, each page asks
less often.
"""
RECHECKS_MISSED = 4
"""A subject whose page has missed this many requests counts as away."""


def recheck_after(present: int) -> float:
    """Seconds between two requests of one page while this many subjects are present."""
    return max(RECHECK_SECONDS, present / RECHECKS_PER_SECOND)


def away_after(waiting: int) -> float:
    """Seconds of silence after which a subject counts as away, while this many are waiting."""
    return RECHECKS_MISSED * recheck_after(waiting)


def market_to_form(arrived: Sequence[float], target: int, lobby: LobbyRules, now: float) -> int:
    """How many of those who are present become a market now, earliest arrivals first; 0 for none.
    ``arrived`` is in seconds.
    """
    if len(arrived) >= target:
        return target
    if len(arrived) >= lobby.min_market_size and any(wait_is_over(moment, lobby, now) for moment in arrived):
        return len(arrived)
    return 0


def wait_is_over(arrived: float, lobby: LobbyRules, now: float) -> bool:
    """Whether a subject who arrived then has waited as long as anybody has to."""
    return now - arrived >= lobby.seconds


def wait_left(arrived: float, lobby: LobbyRules, now: float) -> float:
    """The most seconds that a subject who arrived then still has to wait."""
    return max(arrived + lobby.seconds - now, 0.0)


def may_leave(arrived: float, lobby: LobbyRules, now: float) -> bool:
    """Whether a subject who arrived then may leave the lobby with the show-up fee."""
    return now - arrived >= lobby.leave_seconds
