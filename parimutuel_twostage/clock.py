"""When the stages of a market open and close: one moment for all of its subjects, kept with the market.

A stage opens when the first subject sees its page. Before the first offer of a new round subjects still read the result of
the last one, with a deadline of its own; so that nobody pays for reading, the time for the first offer counts from the
moment the last of them must be through.
"""

from __future__ import annotations

from typing import Any

from experiment.config import RANDOM, SessionSettings
from experiment.deadlines import deadline_after, is_late, seconds_left
from experiment.session import experiment_of
from parimutuel_twostage.fields import maybe

MARKET, FIRST_OFFER, SECOND_OFFER, RESULT = "market", "stage1", "stage2", "result"
STAGES = (FIRST_OFFER, SECOND_OFFER, RESULT)


def open_stage(player: Any, stage: str, now: float, noted_as: str | None = None) -> None:
    """Note that the subject sees the pages of this stage, and open the stage for the market if this is the first.

    A page that shares its stage with another one, and is timed apart, is ``noted_as`` something else.
    """
    shown = f"{noted_as or stage}_shown"
    if maybe(player, shown) is None:
        setattr(player, shown, now)
    group = player.group
    if maybe(group, f"{stage}_opened") is None:
        settings = experiment_of(player.session).settings
        start = max(now, last_round_over(player, settings, now), told_of_market(group, now)) if stage == FIRST_OFFER else now
        setattr(group, f"{stage}_opened", now)
        setattr(group, f"{stage}_deadline", deadline_after(start, seconds(settings, stage)))


def time_left(player: Any, stage: str, now: float) -> float | None:
    """Seconds until the stage closes for the market; None where it has no deadline."""
    return seconds_left(maybe(player.group, f"{stage}_deadline"), now)


def too_late(player: Any, stage: str, now: float) -> bool:
    """Whether an answer that arrives now is a miss."""
    return is_late(maybe(player.group, f"{stage}_deadline"), now)


def seconds(settings: SessionSettings, stage: str) -> int:
    if stage == MARKET:
        return MARKET_SECONDS
    return int(getattr(settings, f"{stage}_seconds"))


def last_round_over(player: Any, settings: SessionSettings, now: float) -> float:
    """The moment by which all subjects of this market must have left the result of the round before.

    With random matching they come from several markets, which may be behind; each is counted on from its last deadline.
    Without a deadline for the result this cannot be known, and the time counts from now. So it does after a practice round alone:
    whoever is here has left it, and the first paid round begins behind a gate.
    """
    if player.round_number == 1 or settings.is_solo(player.round_number - 1) or not seconds(settings, RESULT):
        return now
    subjects = player.group.get_players() if settings.matching == RANDOM else [player]
    before = {subject.in_round(player.round_number - 1).group for subject in subjects}
    return max(market_over(group, settings, now) for group in before)


def told_of_market(group: Any, now: float) -> float:
    """The moment by which all subjects of a market that formed in a lobby must have read who they are."""
    deadline = maybe(group, f"{MARKET}_deadline")
    return now if deadline is None else float(deadline) + TRANSITION_SECONDS


def market_over(group: Any, settings: SessionSettings, now: float) -> float:
    """The moment by which the subjects of a market must have left its result, from the last deadline that was set."""
    remaining = 0
    for stage in reversed(STAGES):
        if maybe(group, f"{stage}_opened") is not None:
            deadline = maybe(group, f"{stage}_deadline")
            return float(now if deadline is None else deadline) + remaining
        remaining += seconds(settings, stage) + TRANSITION_SECONDS
    return now + remaining


TRANSITION_SECONDS = 12
"""What it takes oTree at worst to close a page whose subject is gone and to bring the others to the next stage."""
MARKET_SECONDS = 30
"""How long a market that formed in a lobby is told about itself."""
