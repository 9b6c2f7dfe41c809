"""The lobby of a session whose markets form by arrival: applies the rules of ``experiment.lobby``
to the rows of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from experiment.leaving import LEFT_LOBBY, NO_MATCH, leave, left_before_market
from experiment.lobby import away_after, market_to_form, may_leave, recheck_after, wait_is_over, wait_left
from experiment.pages.lobby import clock_text, count_of
from experiment.pauses import is_paused, paused_since
from experiment.session import experiment_of
from parimutuel_twostage.rows import RoundRow, SessionRow, SubjectRow, maybe


def is_lobby_round(session: SessionRow, round_number: int) -> bool:
    """Whether markets form before this round: before the first paid round, since everybody
    practises alone.
    """
    settings = experiment_of(session).settings
    return settings.has_lobby and round_number == settings.schedule.practice_rounds + 1


def arrive(player: SubjectRow, there: bool, now: float) -> None:
    """Note that the subject's page has sent a request, and whether its reader is present."""
    if maybe(player, "lobby_arrived") is None:
        stopped = paused_since(player.session)
        player.lobby_arrived = now if stopped is None else stopped
    player.lobby_seen = now if there else None


def next_market(subsession: RoundRow, waiting_players: Sequence[SubjectRow], now: float) -> list[SubjectRow] | None:
    """The subjects who form a market now, in the order of their arrival, or None."""
    if is_paused(subsession.session):
        return None
    settings = experiment_of(subsession.session).settings
    there = present(waiting_players, now)
    size = market_to_form([player.lobby_arrived for player in there], settings.market_size, settings.lobby, now)
    return there[:size] or None


def present(waiting_players: Sequence[SubjectRow], now: float) -> list[SubjectRow]:
    """The subjects who are present, in the order of their arrival."""
    silent = now - away_after(len(waiting_players))
    there = [player for player in waiting_players if (seen := maybe(player, "lobby_seen")) is not None and seen >= silent]
    return sorted(there, key=lambda player: (player.lobby_arrived, player.participant_id))


def let_go(player: SubjectRow, now: float) -> None:
    """Let a subject leave who has waited for a while and is in no market."""
    arrived = maybe(player, "lobby_arrived")
    if not _is_placed(player) and arrived is not None and may_leave(arrived, experiment_of(player.session).settings.lobby, now):
        leave(player.participant, LEFT_LOBBY)


def give_up(player: SubjectRow, now: float) -> None:
    """Make a subject leave who has waited as long as anybody has to and is in no market, but not
    while time stands still.
    """
    if is_paused(player.session):
        return
    arrived = maybe(player, "lobby_arrived")
    if not _is_placed(player) and arrived is not None and wait_is_over(arrived, experiment_of(player.session).settings.lobby, now):
        leave(player.participant, NO_MATCH)


def has_left(player: SubjectRow) -> bool:
    return left_before_market(player.participant)


def waiting(player: SubjectRow, waiting_players: Sequence[SubjectRow], now: float) -> dict[str, Any]:
    """The numbers that the lobby's page needs; ``recheck`` and ``left`` are in seconds, and there is
    no ``left`` while time stands still.
    """
    settings, there = experiment_of(player.session).settings, len(present(waiting_players, now))
    arrived = maybe(player, "lobby_arrived")
    left = None if arrived is None or is_paused(player.session) else wait_left(arrived, settings.lobby, now)
    return {
        "count": count_of(there if maybe(player, "lobby_seen") is not None else 0, settings.market_size),
        "left": left,
        "left_text": clock_text(left),
        "may_leave": arrived is not None and may_leave(arrived, settings.lobby, now),
        "recheck": recheck_after(len(waiting_players)),
    }


def _is_placed(player: SubjectRow) -> bool:
    return maybe(player.group, "agents") is not None
