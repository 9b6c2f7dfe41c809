"""When the stages of a market open and close: one moment for all its subjects, stored with the
market.

A stage opens when the one before it ends. The first stage of a round opens when the first subject
sees its page, or when all must have left the round before. Before the first offer of a new round
subjects still read the result of the last one, which has its own deadline. So that reading costs
nobody time, the time for the first offer counts from the moment by which all must have finished
reading.
"""

from __future__ import annotations

from experiment.config import SessionSettings
from experiment.deadlines import TRANSITION_SECONDS, deadline_after, is_closed, is_late, runs_at, seconds_left
from experiment.market_options import RANDOM
from experiment.pauses import is_paused, paused_since
from experiment.session import experiment_of
from parimutuel_twostage.rows import MarketRow, SubjectRow
from parimutuel_twostage.stage_fields import (
    EVERY_STAGE,
    FIRST_OFFER,
    MARKET,
    RESULT,
    SECOND_OFFER,
    STAGES,
    START,
    market_stage,
    note_first_shown,
)

MARKET_SECONDS = 30
"""How many seconds the subjects of a market that formed in a lobby have to read about it."""


def note_shown(player: SubjectRow, stage: str, now: float, noted_as: str | None = None) -> None:
    """Note that the subject sees the pages of this stage, and open the stage for the market if it
    is not open yet.

    A page that shares its stage with another page, but is timed separately, is ``noted_as`` its own
    name.
    """
    note_first_shown(player, noted_as or stage, now)
    open_stage(player.group, stage, now)


def open_stage(group: MarketRow, stage: str, now: float) -> None:
    """Open a stage for the whole market, with its deadline; a stage that is open already does not
    change.
    """
    kept = market_stage(group, stage)
    if kept.opened is None:
        settings = experiment_of(group.session).settings
        stopped = paused_since(group.session)
        moment = now if stopped is None else stopped  # a stage that opens during a pause has all its time after the pause
        start = max(moment, last_round_over(group, settings, moment), market_read(group, moment)) if stage == FIRST_OFFER else moment
        kept.open(now, deadline_after(start, seconds(settings, stage)))


def time_left(player: SubjectRow, stage: str, now: float) -> float | None:
    """Seconds until the stage closes for the market; None if it has no deadline or time stands
    still.
    """
    return None if is_paused(player.session) else seconds_left(market_stage(player.group, stage).deadline, now)


def too_late(player: SubjectRow, stage: str, now: float) -> bool:
    """Whether an answer that arrives now is too late."""
    return not is_paused(player.session) and is_late(market_stage(player.group, stage).deadline, now)


def has_closed(group: MarketRow, stage: str, now: float) -> bool:
    """Whether the stage is over for the market, whoever is missing."""
    return is_closed(market_stage(group, stage).deadline, now)


def postpone(group: MarketRow, stopped: float, gap: float) -> None:
    """Postpone the deadlines that ran when time stopped by the time for which it stood still."""
    for stage in EVERY_STAGE:
        kept = market_stage(group, stage)
        deadline = kept.deadline
        if deadline is not None and runs_at(deadline, stopped):
            kept.close_at(deadline + gap)


def seconds(settings: SessionSettings, stage: str) -> int:
    """How long a stage lasts by the session's settings; 0 if it has no deadline."""
    if stage == MARKET:
        return MARKET_SECONDS
    if stage == START:
        return settings.absence.start_seconds if settings.deadlines.stage1 else 0
    lasts = {FIRST_OFFER: settings.deadlines.stage1, SECOND_OFFER: settings.deadlines.stage2, RESULT: settings.deadlines.result}
    return lasts[stage]


def last_round_over(group: MarketRow, settings: SessionSettings, now: float) -> float:
    """The moment by which all subjects of this market must have left the result of the round
    before.

    With random matching they come from several markets, which may be behind; for each of these,
    time counts from its last deadline. Without a deadline for the result this cannot be known, and
    the time counts from now. The same holds after a practice round alone: everybody here has left
    it, and the first paid round begins behind a wait page.
    """
    if group.round_number == 1 or settings.is_solo(group.round_number - 1) or not seconds(settings, RESULT):
        return now
    subjects = group.get_players()[: None if settings.schedule.matching == RANDOM else 1]
    before = {subject.in_round(group.round_number - 1).group for subject in subjects}
    return max(market_over(market, settings, now) for market in before)


def market_read(group: MarketRow, now: float) -> float:
    """The moment by which all subjects of a market that formed in a lobby must have read about it."""
    deadline = market_stage(group, MARKET).deadline
    return now if deadline is None else float(deadline) + TRANSITION_SECONDS


def market_over(group: MarketRow, settings: SessionSettings, now: float) -> float:
    """The moment by which the subjects of a market must have left its result, counted from the last
    deadline that was set.
    """
    remaining = 0
    for stage in reversed(STAGES):
        kept = market_stage(group, stage)
        if kept.opened is not None:
            deadline = kept.deadline
            return float(now if deadline is None else deadline) + remaining
        remaining += seconds(settings, stage) + TRANSITION_SECONDS
    return now + remaining
