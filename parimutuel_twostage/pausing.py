"""How the experimenter controls time: a session is paused and resumed, and a stage gets more time.

Answers typed while a session is paused are stored; nobody is late, no market goes on and no page
closes. Afterwards every running deadline is as far away as before.
"""

from __future__ import annotations

from experiment.market_options import RANDOM
from experiment.pauses import begin_pause, end_pause, is_paused, paused_since
from experiment.session import experiment_of
from otree_host import row_queries
from otree_host.wait_pages import release, reload_pages
from parimutuel_twostage import clock
from parimutuel_twostage.rows import MarketRow, RoundRow, SessionRow, maybe
from parimutuel_twostage.stage_fields import FIRST_OFFER, MARKET, RESULT, SECOND_OFFER, START, market_stage

__all__ = ["extend", "is_paused", "pause", "resume", "stand_still"]

LONGEST_EXTENSION = 3600


class CannotExtend(ValueError):
    """A stage that cannot be given more time; the message says why."""


def pause(session: SessionRow, now: float) -> None:
    """Stop the time of the session, in every market and on every open page."""
    begin_pause(session, now)
    _reload_all(session)


def resume(session: SessionRow, now: float) -> None:
    """Let time continue from where it was stopped."""
    stopped = paused_since(session)
    if stopped is None:
        return
    end_pause(session)
    stand_still(session, stopped, now)
    _reload_all(session)


def extend(group: MarketRow, seconds: int, now: float) -> None:
    """Give the market's current stage this much more time. Raises CannotExtend if it has no
    deadline or is over.
    """
    if not 1 <= seconds <= LONGEST_EXTENSION:
        raise CannotExtend(f"A stage can be extended by 1 to {LONGEST_EXTENSION} seconds, not by {seconds}.")
    stage = running_stage(group)
    deadline = None if stage is None else market_stage(group, stage).deadline
    if stage is None or deadline is None:
        raise CannotExtend("This stage has no deadline.")
    stopped = paused_since(group.session)
    if clock.has_closed(group, stage, now if stopped is None else stopped):
        raise CannotExtend("This stage is over.")
    market_stage(group, stage).close_at(deadline + seconds)
    if experiment_of(group.session).settings.schedule.matching == RANDOM:
        _postpone_next(group, seconds)
    reload_pages([player.participant for player in group.get_players()])


def running_stage(group: MarketRow) -> str | None:
    """The current stage of the market; None before its first."""
    if group.cleared:
        return RESULT
    if group.drawn:
        return SECOND_OFFER
    for stage in (FIRST_OFFER, MARKET, START):
        if market_stage(group, stage).opened is not None:
            return stage
    return None


def stand_still(session: SessionRow, stopped: float, now: float) -> None:
    """Postpone everything that ran when time stopped by the time for which it stood still:
    deadlines, and the waits in a lobby.
    """
    gap = now - stopped
    has_lobby = experiment_of(session).settings.has_lobby
    for subsession in rounds(session):
        for group in subsession.get_groups():
            clock.postpone(group, stopped, gap)
        if has_lobby:
            for player in subsession.get_players():
                arrived = maybe(player, "lobby_arrived")
                if arrived is not None and maybe(player.group, "agents") is None:
                    player.lobby_arrived = arrived + gap


def rounds(session: SessionRow) -> list[RoundRow]:
    """The rounds of the market app that are played."""
    last = experiment_of(session).settings.total_rounds
    every = [subsession for subsession in session.get_subsessions() if type(subsession).__module__ == __package__]
    return [subsession for subsession in every if subsession.round_number <= last]


def is_over(session: SessionRow) -> bool:
    """Whether nobody waits for anything any more in the last round."""
    last = experiment_of(session).settings.total_rounds
    return all(group.over for one in rounds(session) if one.round_number == last for group in one.get_groups())


def _postpone_next(group: MarketRow, seconds: int) -> None:
    """Postpone the next round for those markets of it that have begun, because subjects of this
    market come to them later by this time.
    """
    if group.round_number < experiment_of(group.session).settings.total_rounds:
        for following in row_queries.next_groups(group):
            stage = market_stage(following, FIRST_OFFER)
            deadline = stage.deadline
            if deadline is not None and not following.drawn:
                stage.close_at(deadline + seconds)


def _reload_all(session: SessionRow) -> None:
    """Reload open pages and wait pages, which show whether time stands still."""
    reload_pages(session.get_participants())
    for subsession in rounds(session):
        for group in subsession.get_groups():
            if not group.over:
                release(group)
