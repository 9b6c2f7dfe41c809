"""Markets that go on by themselves: what the server's scheduler does for them every second.

So no market waits for a page that nobody opens. If time stood still, because the server was down,
the machine asleep, or its clock set forward, every running deadline is postponed by that time; if
the clock was set back, every moment is moved back.
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
    """What the scheduler does for the markets that are stored in rows of ``group_class``."""

    def due(now: float) -> list[int]:
        """The market rounds whose stage is over by the clock; every other step is taken when a page
        asks.
        """
        return row_queries.over_by_the_clock(group_class, now - CLOSING_SECONDS)

    def carry_out(key: int, now: float) -> None:
        """Everything written or sent meanwhile is in the language of the session, as in requests of
        its subjects.
        """
        group = row_queries.row(group_class, key)
        if group is None:
            return
        with speaking_in(locale_of(group.session)):
            if progress.advance(group, now):
                wait_pages.release(group)

    return Duties(due, carry_out, make_up)


def make_up(session: SessionRow, before: float, now: float) -> None:
    """Keep everything that ran in a session as far away as it was. A pause makes up for its time by
    itself when it ends.
    """
    if not is_stored(session):
        return
    if now < before:
        if not pausing.is_over(session):
            clock_set_back.set_back(session, before - now)
    elif not is_paused(session):
        pausing.stand_still(session, before, now)
