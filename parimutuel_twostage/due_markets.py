"""Markets that go on by themselves: what the server's scheduler does for them every second.

So no market waits for a page that nobody opens. If time has stood still, since the server was down, the machine asleep, or its clock set
forward, whatever was running is moved on by as much; if the clock was set back, everything is moved back.
"""

from __future__ import annotations

from typing import Any

from experiment.deadlines import CLOSING_SECONDS
from experiment.locales import speaking_in
from experiment.pauses import is_paused
from experiment.session import is_stored, locale_of
from otree_host import clock_set_back, row_queries, wait_pages
from otree_host.scheduler import Duties
from parimutuel_twostage import pausing, progress
from parimutuel_twostage.rows import SessionRow


def duties(group_class: Any) -> Duties:
    """What is done for the markets that are kept in rows of ``group_class``."""

    def due(now: float) -> list[int]:
        """The rounds of markets whose stage is over by the clock; every other step is taken when somebody asks."""
        return row_queries.over_by_the_clock(group_class, now - CLOSING_SECONDS)

    def carry_out(key: int, now: float) -> None:
        """Whatever is written or sent on the way is in the language of the session, as where somebody asks."""
        group = row_queries.row(group_class, key)
        if group is None:
            return
        with speaking_in(locale_of(group.session)):
            if progress.advance(group, now):
                wait_pages.release(group)

    return Duties(due, carry_out, make_up)


def make_up(session: SessionRow, before: float, now: float) -> None:
    """Have everything of a session that ran as far away as it was. A pause moves on by itself when it ends."""
    if not is_stored(session):
        return
    if now < before:
        if not pausing.is_over(session):
            clock_set_back.set_back(session, before - now)
    elif not is_paused(session):
        pausing.stand_still(session, before, now)
