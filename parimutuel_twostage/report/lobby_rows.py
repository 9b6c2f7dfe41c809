"""The subjects in the lobby, how long each has waited, and whose page has stopped asking."""

from __future__ import annotations

from html import escape
from typing import Any

from experiment.leaving import left_before_market
from parimutuel_twostage.lobby import is_lobby_round, present
from parimutuel_twostage.report.reading import Reading, kept_with
from parimutuel_twostage.report.words import duration
from parimutuel_twostage.rows import maybe


def lobby_rows(reading: Reading, now: float) -> dict[str, Any] | None:
    """The subjects who wait for a market, in the order of their arrival; None if the session has no
    lobby.
    """
    settings = reading.experiment.settings
    if not settings.has_lobby:
        return None
    waiting = [
        player
        for subsession, _ in reading.rounds
        if is_lobby_round(subsession.session, subsession.round_number)
        for player in reading.players_in(subsession.round_number)
        if maybe(player, "lobby_arrived") is not None
        and maybe(player.group, "agents") is None
        and not left_before_market(kept_with(player.participant))
    ]
    waiting.sort(key=lambda player: player.lobby_arrived)
    there = {player.id for player in present(waiting, now)}
    return {
        "there": len(there),
        "target": settings.market_size,
        "least": settings.lobby.min_market_size,
        "after": duration(settings.lobby.seconds),
        "rows": [
            {
                "number": player.participant.id_in_session,
                "label": escape(player.participant.label or ""),
                "waits": duration(now - player.lobby_arrived),
                "there": player.id in there,
            }
            for player in waiting
        ],
    }
