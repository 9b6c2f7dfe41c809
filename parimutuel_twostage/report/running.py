"""The markets that are under way: their stage, how much time it has, and whom they wait for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from experiment.absence import is_dropout
from experiment.pauses import paused_since
from otree_host import row_queries
from parimutuel_twostage import clock
from parimutuel_twostage.fields import maybe
from parimutuel_twostage.pausing import running_stage
from parimutuel_twostage.report.reading import Reading, kept_with
from parimutuel_twostage.report.words import STAGE_WORDS, duration

MOST_NAMED = 15
"""Of more who are waited for, the others are counted."""


def running_markets(reading: Reading, now: float) -> list[dict[str, Any]]:
    """The market rounds that wait for somebody or something now; practice rounds that each plays alone are no markets."""
    settings = reading.experiment.settings
    shared = [groups for subsession, groups in reading.rounds if not settings.is_solo(subsession.round_number)]
    return [_running(reading, group, now) for groups in shared for group in groups if _is_running(group)]


def _is_running(group: Any) -> bool:
    if group.cleared:
        return not group.over and maybe(group, "result_deadline") is not None
    return running_stage(group) is not None


def _running(reading: Reading, group: Any, now: float) -> dict[str, Any]:
    stage = str(running_stage(group))
    stopped = paused_since(group.session)
    moment = now if stopped is None else stopped
    deadline, opened = maybe(group, f"{stage}_deadline"), maybe(group, f"{stage}_opened")
    settings = reading.experiment.settings
    missing = _missing(group, stage)
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
        "missing": len(missing),
        "names": _names(missing, settings.absence.misses_allowed),
    }


def _missing(group: Any, stage: str) -> list[Any]:
    """Whose answer the stage is still without."""
    if stage == clock.START:
        return row_queries.unready(group)
    if stage in (clock.FIRST_OFFER, clock.SECOND_OFFER):
        return row_queries.due(group, 1 if stage == clock.FIRST_OFFER else 2)
    return []


def _names(missing: Sequence[Any], allowed: int) -> str:
    named = [
        f"{player.participant.id_in_session}{' (dropout)' if is_dropout(kept_with(player.participant), allowed) else ''}"
        for player in missing[:MOST_NAMED]
    ]
    more = len(missing) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
