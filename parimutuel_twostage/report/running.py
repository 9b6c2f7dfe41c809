"""The markets that are under way: their stage, how much time it has, and for whom they wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from experiment.absence import is_dropout
from experiment.pauses import paused_since
from parimutuel_twostage import clock
from parimutuel_twostage.pausing import running_stage
from parimutuel_twostage.progress import missing
from parimutuel_twostage.report.reading import Reading, kept_with
from parimutuel_twostage.report.words import STAGE_WORDS, duration
from parimutuel_twostage.rows import MarketRow, SubjectRow
from parimutuel_twostage.stage_fields import RESULT, market_stage

MOST_NAMED = 15
"""If a market waits for more subjects, the rest are only counted."""


def running_markets(reading: Reading, now: float) -> list[dict[str, Any]]:
    """The market rounds that wait for somebody or something now, without practice rounds that each
    subject plays alone.
    """
    settings = reading.experiment.settings
    shared = [groups for subsession, groups in reading.rounds if not settings.is_solo(subsession.round_number)]
    return [_running(reading, group, now) for groups in shared for group in groups if _is_running(group)]


def _is_running(group: MarketRow) -> bool:
    if group.cleared:
        return not group.over and market_stage(group, RESULT).deadline is not None
    return running_stage(group) is not None


def _running(reading: Reading, group: MarketRow, now: float) -> dict[str, Any]:
    stage = str(running_stage(group))
    stopped = paused_since(group.session)
    moment = now if stopped is None else stopped
    deadline, opened = market_stage(group, stage).deadline, market_stage(group, stage).opened
    settings = reading.experiment.settings
    awaited = missing(group, stage)
    return {
        "id": group.id,
        "round": group.round_number,
        "practice": settings.is_practice(group.round_number),
        "market": group.id_in_subsession,
        "stage": stage,
        "stage_words": STAGE_WORDS[stage],
        "open_for": "" if opened is None else duration(moment - opened),
        "left": "" if deadline is None else duration(deadline - moment),
        "has_deadline": deadline is not None,
        "can_extend": deadline is not None and not clock.has_closed(group, stage, moment),
        "missing": len(awaited),
        "names": _names(awaited, settings.absence.misses_allowed),
    }


def _names(awaited: Sequence[SubjectRow], allowed: int) -> str:
    named = [
        f"{player.participant.id_in_session}{' (dropout)' if is_dropout(kept_with(player.participant), allowed) else ''}"
        for player in awaited[:MOST_NAMED]
    ]
    more = len(awaited) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
