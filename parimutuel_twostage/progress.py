"""How a market goes on: it moves from each stage to the next as soon as everybody for whom it waits
has answered, or its time is up.

The market follows its own rows and the clock, never the pages its subjects are on; pages follow the
market. Each request from a wait page, and the server's scheduler, advances the market as far as
possible; repeating this changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from experiment.absence import is_dropout
from experiment.pauses import is_paused
from experiment.session import experiment_of
from otree_host import row_queries
from parimutuel_twostage import clock, market
from parimutuel_twostage.lobby import is_lobby_round
from parimutuel_twostage.rows import MarketRow, SessionRow, SubjectRow
from parimutuel_twostage.stage_fields import FIRST_OFFER, MARKET, RESULT, SECOND_OFFER, START, market_stage


def advance(group: MarketRow, now: float, asked: float | None = None) -> bool:
    """Advance the market round as far as possible now; return whether it went on.

    A request that arrived earlier, but is answered only now because the server was busy, ends no
    stage that was not over when it arrived: answers that arrived after it may still be waiting.
    """
    moved = False
    while not is_paused(group.session) and _steps(group, now, now if asked is None else asked):
        moved = True
    return moved


def starts_at_wait_page(session: SessionRow, round_number: int) -> bool:
    """Whether subjects wait for each other before this round: if they first meet in it, after
    reading or practising at their own pace.
    """
    settings = experiment_of(session).settings
    return settings.starts_together and not settings.has_lobby and round_number == settings.first_shared_round


def has_started(group: MarketRow) -> bool:
    """Whether first offers of this round may be made."""
    return market_stage(group, FIRST_OFFER).opened is not None


def arrive_at_start(player: SubjectRow, now: float) -> None:
    """Note that the subject is ready for the market."""
    player.ready = True
    clock.open_stage(player.group, START, now)


def missing(group: MarketRow, stage: str, most: int | None = None) -> Sequence[SubjectRow]:
    """The subjects from whom the market still awaits something in this stage; at most ``most`` of
    them.
    """
    if stage == START:
        return row_queries.not_ready(group, most)
    if stage == FIRST_OFFER:
        return row_queries.without_first_offer(group, most)
    if stage == SECOND_OFFER:
        return row_queries.not_through_second_stage(group, most)
    return []


def _steps(group: MarketRow, now: float, asked: float) -> bool:
    """Take the next step of the market, if it is time for one."""
    if group.cleared:
        return _leaves_result(group, now, asked)
    if not has_started(group):
        return _starts(group, now, asked)
    stage = SECOND_OFFER if group.drawn else FIRST_OFFER
    if not _is_over(group, stage, asked):
        return False
    if group.drawn:
        market.close_stage(group, SECOND_OFFER, now)
        market.clear_market(group)
        clock.open_stage(group, RESULT, now)
    else:
        market.close_stage(group, FIRST_OFFER, now)
        market.draw_inactive(group)
        clock.open_stage(group, SECOND_OFFER, now)
    return True


def _starts(group: MarketRow, now: float, asked: float) -> bool:
    """Open the first stage, once all subjects for whom the market waits are on the wait page before
    it.
    """
    if market_stage(group, START).opened is not None:
        over = clock.has_closed(group, START, asked) or all(map(_is_dropout, missing(group, START)))
    else:
        over = market_stage(group, MARKET).opened is not None and clock.has_closed(group, MARKET, asked)
    if over:
        clock.open_stage(group, FIRST_OFFER, now)
    return over


def _is_over(group: MarketRow, stage: str, now: float) -> bool:
    """Whether the market waits for nobody in this stage: all have answered, or all but dropouts, or
    its time is up.

    If only dropouts play, the stage lasts until its deadline, if it has one, because one of them
    may come back.
    """
    if clock.has_closed(group, stage, now):
        return True
    awaited = missing(group, stage, most=1)
    if awaited and _is_dropout(awaited[0]):
        awaited = missing(group, stage)
    if not all(map(_is_dropout, awaited)):
        return False
    return not awaited or market_stage(group, stage).deadline is None or not all(map(_is_dropout, row_queries.seats(group)))


def _is_dropout(player: SubjectRow) -> bool:
    return is_dropout(player.participant, experiment_of(player.session).settings.absence.misses_allowed)


def _leaves_result(group: MarketRow, now: float, asked: float) -> bool:
    """Open the next round for subjects who have not come to it by themselves, once nobody can still be reading the result."""
    if group.over or not clock.has_closed(group, RESULT, asked):
        return False
    if group.round_number < experiment_of(group.session).settings.total_rounds:
        for following in row_queries.next_groups(group):
            open_round(following, now)
    group.over = True
    return True


def open_round(group: MarketRow, now: float) -> None:
    """Begin a market's round although none of its subjects has come to it; the first round after a
    lobby does not begin without them.
    """
    if starts_at_wait_page(group.session, group.round_number):
        clock.open_stage(group, START, now)
    elif not is_lobby_round(group.session, group.round_number):
        clock.open_stage(group, FIRST_OFFER, now)
