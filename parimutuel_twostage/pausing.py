"""The experimenter's hand on the clock: a session stands still and goes on, and a stage gets more time.

What is typed while a session is paused is kept; nobody is late, no market goes on and no page closes. Afterwards every deadline
that ran is as far away as it was before.
"""

from __future__ import annotations

from typing import Any

from experiment.market_options import RANDOM
from experiment.pauses import begin_pause, end_pause, is_paused, paused_since
from experiment.session import experiment_of
from otree_host import row_queries
from otree_host.wait_pages import release, reload_pages
from parimutuel_twostage import clock
from parimutuel_twostage.fields import maybe

__all__ = ["extend", "is_paused", "pause", "resume", "stand_still"]

LONGEST_EXTENSION = 3600


class CannotExtend(ValueError):
    """A stage that cannot be given more time; the message says why."""


def pause(session: Any, now: float) -> None:
    """Stop the time of the session, in every market and on every open page."""
    begin_pause(session, now)
    _reload_all(session)


def resume(session: Any, now: float) -> None:
    """Let the time go on where it was stopped."""
    stopped = paused_since(session)
    if stopped is None:
        return
    end_pause(session)
    stand_still(session, stopped, now)
    _reload_all(session)


def extend(group: Any, seconds: int, now: float) -> None:
    """Give the stage that the market is in so much more time. Raises CannotExtend where it has no deadline, or is over."""
    if not 1 <= seconds <= LONGEST_EXTENSION:
        raise CannotExtend(f"A stage can be extended by 1 to {LONGEST_EXTENSION} seconds, not by {seconds}.")
    stage = running_stage(group)
    deadline = None if stage is None else maybe(group, f"{stage}_deadline")
    if deadline is None:
        raise CannotExtend("This stage has no deadline.")
    stopped = paused_since(group.session)
    if clock.has_closed(group, str(stage), now if stopped is None else stopped):
        raise CannotExtend("This stage is over.")
    setattr(group, f"{stage}_deadline", deadline + seconds)
    if experiment_of(group.session).settings.schedule.matching == RANDOM:
        _postpone_next(group, seconds)
    reload_pages([player.participant for player in group.get_players()])


def running_stage(group: Any) -> str | None:
    """The stage that the market is in, None before its first."""
    if group.cleared:
        return clock.RESULT
    if group.drawn:
        return clock.SECOND_OFFER
    for stage in (clock.FIRST_OFFER, clock.MARKET, clock.START):
        if maybe(group, f"{stage}_opened") is not None:
            return stage
    return None


def stand_still(session: Any, stopped: float, now: float) -> None:
    """Move everything that ran when time stopped on by the time it stood still: deadlines, and the waits in a lobby."""
    gap = now - stopped
    has_lobby = experiment_of(session).settings.has_lobby
    for subsession in _rounds(session):
        for group in subsession.get_groups():
            clock.postpone(group, stopped, gap)
        if has_lobby:
            for player in subsession.get_players():
                arrived = maybe(player, "lobby_arrived")
                if arrived is not None and maybe(player.group, "agents") is None:
                    player.lobby_arrived = arrived + gap


def _rounds(session: Any) -> list[Any]:
    """The market app's rounds that are played."""
    last = experiment_of(session).settings.total_rounds
    every = [subsession for subsession in session.get_subsessions() if type(subsession).__module__ == __package__]
    return [subsession for subsession in every if subsession.round_number <= last]


def _postpone_next(group: Any, seconds: int) -> None:
    """Subjects of this market play in several markets of the next round, some of which may have begun: they come later by as much."""
    if group.round_number < experiment_of(group.session).settings.total_rounds:
        for following in row_queries.next_groups(group):
            deadline = maybe(following, "stage1_deadline")
            if deadline is not None and not following.drawn:
                following.stage1_deadline = deadline + seconds


def _reload_all(session: Any) -> None:
    """Open pages and gates show whether time stands still."""
    reload_pages(session.get_participants())
    for subsession in _rounds(session):
        for group in subsession.get_groups():
            if not group.over:
                release(group)
