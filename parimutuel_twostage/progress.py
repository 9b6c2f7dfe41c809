"""How a market goes on: from each stage to the next as soon as all who are waited for have answered, or its time is up.

The market goes by its own rows and the clock, never by the pages its subjects are on: pages follow the market. Whoever asks, a
subject at a gate or the server by itself, brings the market as far as it can go; asking again changes nothing.
"""

from __future__ import annotations

from typing import Any

from experiment.absence import is_dropout
from experiment.pauses import is_paused
from experiment.session import experiment_of
from parimutuel_twostage import clock, market
from parimutuel_twostage.fields import maybe
from parimutuel_twostage.lobby import is_lobby_round


def advance(group: Any, now: float) -> bool:
    """Bring the market round as far as it can go now; whether it went on."""
    moved = False
    while not is_paused(group.session) and _steps(group, now):
        moved = True
    return moved


def starts_at_gate(session: Any, round_number: int) -> bool:
    """Whether subjects wait for each other before this round: where they first meet, coming from what each does at their own pace."""
    settings = experiment_of(session).settings
    return settings.is_prepared_for and not settings.has_lobby and round_number == settings.first_shared_round


def has_started(group: Any) -> bool:
    """Whether first offers of this round may be made."""
    return maybe(group, "stage1_opened") is not None


def arrive_at_start(player: Any, now: float) -> None:
    """Note that the subject is ready for the market."""
    player.ready = True
    clock.open_stage(player.group, clock.START, now)


def next_markets(group: Any) -> list[Any]:
    """The markets in which the subjects of this one play the next round; none after the last."""
    number = group.round_number + 1
    if number > experiment_of(group.session).settings.total_rounds:
        return []
    found = {player.in_round(number).group for player in group.get_players()}
    return sorted(found, key=lambda other: other.id_in_subsession)


def _steps(group: Any, now: float) -> bool:
    """Take the next step of the market, if it is time for one."""
    if group.cleared:
        return _leaves_result(group, now)
    if not has_started(group):
        return _starts(group, now)
    stage = clock.SECOND_OFFER if group.drawn else clock.FIRST_OFFER
    if not _is_over(group, stage, now):
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


def _starts(group: Any, now: float) -> bool:
    """Open the first stage, where all are at the gate before it or need not be waited for."""
    if maybe(group, "start_opened") is not None:
        settings = experiment_of(group.session).settings
        players = group.get_players()
        missing = [player for player in players if not player.ready and not is_dropout(player.participant, settings.absence.misses_allowed)]
        over = not missing or clock.has_closed(group, clock.START, now)
    else:
        over = maybe(group, "market_opened") is not None and clock.has_closed(group, clock.MARKET, now)
    if over:
        clock.open_stage(group, clock.FIRST_OFFER, now)
    return over


def _is_over(group: Any, stage: str, now: float) -> bool:
    """Whether nobody is waited for in this stage: all have answered, or all but dropouts, or its time is up.

    Where none but dropouts play, the stage lasts as long as it may: one of them may come back.
    """
    if clock.has_closed(group, stage, now):
        return True
    allowed = experiment_of(group.session).settings.absence.misses_allowed
    players = group.get_players()
    missing = [player for player in players if market.is_due(player, 2 if group.drawn else 1)]
    if not missing:
        return True
    all_gone = all(is_dropout(player.participant, allowed) for player in players)
    return not all_gone and all(is_dropout(player.participant, allowed) for player in missing)


def _leaves_result(group: Any, now: float) -> bool:
    """Open the next round for those who have not come to it by themselves, once nobody can still be reading the result."""
    if group.over or not clock.has_closed(group, clock.RESULT, now):
        return False
    for following in next_markets(group):
        open_round(following, now)
    group.over = True
    return True


def open_round(group: Any, now: float) -> None:
    """Let a market's round begin though none of its subjects has come to it; a lobby's does not begin without them."""
    if starts_at_gate(group.session, group.round_number):
        clock.open_stage(group, clock.START, now)
    elif not is_lobby_round(group.session, group.round_number):
        clock.open_stage(group, clock.FIRST_OFFER, now)
