"""How subjects who arrive one by one become markets: who is there, when a market forms and of how many, and who is told that none did.

Everybody's wait counts from their own arrival, whatever happens in between. Whoever is *there* has asked for the lobby's page
lately, as that page does by itself every few seconds while it is open, in front and attended to. A market forms

- at the target size as soon as so many are there, those who came first;
- at any smaller size from the least one on, of all who are there, once the longest wait among them has reached ``lobby_seconds``.

Who has waited that long and is in no market is told so, and leaves.
"""

from __future__ import annotations

from collections.abc import Sequence

from experiment.options import LobbyRules

RECHECK_SECONDS = 3.0
"""How often the lobby's page asks again, as long as few are waiting."""
RECHECKS_PER_SECOND = 10.0
"""The most questions the server is asked by the pages of one lobby; where more are waiting, each asks less often."""
RECHECKS_MISSED = 4
"""Who has missed so many is taken to be away."""


def recheck_after(present: int) -> float:
    """Seconds between two questions of one page while so many are there."""
    return max(RECHECK_SECONDS, present / RECHECKS_PER_SECOND)


def away_after(waiting: int) -> float:
    """Seconds of silence after which a subject counts as away, while so many are waiting."""
    return RECHECKS_MISSED * recheck_after(waiting)


def market_to_form(arrived: Sequence[float], target: int, lobby: LobbyRules, now: float) -> int:
    """How many of those who are there, the first to arrive first, become a market now; 0 for none. ``arrived`` in seconds."""
    if len(arrived) >= target:
        return target
    if len(arrived) >= lobby.min_market_size and any(wait_is_over(moment, lobby, now) for moment in arrived):
        return len(arrived)
    return 0


def wait_is_over(arrived: float, lobby: LobbyRules, now: float) -> bool:
    """Whether who arrived then has waited as long as anybody has to."""
    return now - arrived >= lobby.seconds


def may_leave(arrived: float, lobby: LobbyRules, now: float) -> bool:
    """Whether who arrived then may leave the lobby with the show-up fee."""
    return now - arrived >= lobby.leave_seconds
