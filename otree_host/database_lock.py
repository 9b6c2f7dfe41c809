"""The database lock: nothing touches the database without holding it.

The whole server has one connection to its database, and a task that releases it rolls back
everything uncommitted, even the work of other tasks. Without this module, oTree creates sessions,
makes some exports and looks up the sender of a live page's message without its lock.
"""

from __future__ import annotations

import logging
from functools import wraps
from typing import Any

from otree import middleware
from otree.lookup import get_page_lookup
from otree.models import Participant


def to_live_pages_only(deliver: Any) -> Any:
    """A message for a live page that does not exist leaves one line in the log; oTree would write a
    long traceback for each.
    """

    @wraps(deliver)
    async def delivered(participant_code: str, page_name: str, payload: Any) -> None:
        if callable(_live_method(participant_code)):
            await deliver(participant_code=participant_code, page_name=page_name, payload=payload)
        else:
            logging.getLogger(__name__).warning("a live-page message for %.20r, who is not on a live page, was dropped", participant_code)

    return delivered


def _live_method(participant_code: str) -> Any:
    participant = Participant.objects_first(code=participant_code)
    if participant is None or not 1 <= participant._index_in_pages <= participant._max_page_index:
        return None
    return getattr(get_page_lookup(participant._session_code, participant._index_in_pages).page_class, "live_method", None)


def never(participant_code: str) -> bool:
    """Whether a live page's method may run without the lock."""
    return False


def the_one_lock(_lock: Any) -> Any:
    """The lock under which requests are answered."""
    return middleware.lock2
