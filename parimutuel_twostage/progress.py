"""How a market goes on: from each stage to the next as soon as all who are waited for have answered, or its time is up.

The market goes by its own rows and the clock, never by the pages its subjects are on: pages follow the market. Whoever asks, a
subject at a gate or the server by itself, brings the market as far as it can go; asking again changes nothing.
"""

from __future__ import annotations

from typing import Any

from experiment.absence import is_dropout
from experiment.pauses import is_paused
from experiment.session import experiment_of
from otree_host import row_queries
from parimutuel_twostage import clock, market
from parimutuel_twostage.fields import maybe
from parimutuel_twostage.lobby import is_lobby_round


def advance(group: Any, now: float, asked: float | None = None) -> bool:
    """Bring the market round as far as it can go now; whether it went on.

    Who asked earlier, and is answered only now since the server was busy, ends no stage that was not over when they asked: answers that
    came in after them may still be on their way.
    """
    moved = False
    while not is_paused(group.session) and _steps(group, now, now if asked is None else asked):
        moved = True
    return moved


def starts_at_gate(session: Any, round_number: int) -> bool:
    """Whether subjects wait for each other before this round: where they first meet, coming from what each does at their own pace."""
    settings = experiment_of(session).settings
    return settings.starts_together and not settings.has_lobby and round_number == settings.first_shared_round


def has_started(group: Any) -> bool:
    """Whether first offers of this round may be made."""
    return maybe(group, "stage1_opened") is not None


def arrive_at_start(player: Any, now: float) -> None:
    """Note that the subject is ready for the market."""
    player.ready = True
    clock.open_stage(player.group, clock.START, now)


def _steps(group: Any, now: float, asked: float) -> bool:
    """Take the next step of the market, if it is time for one."""
    if group.cleared:
        return _leaves_result(group, now, asked)
    if not has_started(group):
        return _starts(group, now, asked)
    stage = clock.SECOND_OFFER if group.drawn else clock.FIRST_OFFER
    if not _is_over(group, stage, asked):
        return False
    if group.drawn:
        market.close_stage(group, 2, now)
        market.clear_market(group)
        clock.open_stage(group, clock.RESULT, now)
    else:
        market.close_stage(group, 1, now)
        market.draw_inactive(group)
        clock.open_stage(group, clock.SECOND_OFFER, now)
    return True


def _starts(group: Any, now: float, asked: float) -> bool:
    """Open the first stage, where all are at the gate before it or need not be waited for."""
    if maybe(group, "start_opened") is not None:
        over = clock.has_closed(group, clock.START, asked) or all(map(_is_dropout, row_queries.unready(group)))
    else:
        over = maybe(group, "market_opened") is not None and clock.has_closed(group, clock.MARKET, asked)
    if over:
        clock.open_stage(group, clock.FIRST_OFFER, now)
    return over


def _is_over(group: Any, stage: str, now: float) -> bool:
    """Whether nobody is waited for in this stage: all have answered, or all but dropouts, or its time is up.

    Where none but dropouts play, the stage lasts until its deadline, if it has one: one of them may come back.
    """
    if clock.has_closed(group, stage, now):
        return True
    number = 2 if group.drawn else 1
    missing = row_queries.due(group, number, most=1)
    if missing and _is_dropout(missing[0]):
        missing = row_queries.due(group, number)
    if not all(map(_is_dropout, missing)):
        return False
    return not missing or maybe(group, f"{stage}_deadline") is None or not all(map(_is_dropout, row_queries.seats(group)))


def _is_dropout(player: Any) -> bool:
    return is_dropout(player.participant, experiment_of(player.session).settings.absence.misses_allowed)


def _leaves_result(group: Any, now: float, asked: float) -> bool:
    """Open the next round for those who have not come to it by themselves, once nobody can still be reading the result."""
    if group.over or not clock.has_closed(group, clock.RESULT, asked):
        return False
    if group.round_number < experiment_of(group.session).settings.total_rounds:
        for following in row_queries.next_groups(group):
            open_round(following, now)
    group.over = True
    return True


def open_round(group: Any, now: float) -> None:
    """Let a market's round begin though none of its subjects has come to it; a lobby's does not begin without them."""
    if starts_at_gate(group.session, group.round_number):
        clock.open_stage(group, clock.START, now)
    elif not is_lobby_round(group.session, group.round_number):
        clock.open_stage(group, clock.FIRST_OFFER, now)
