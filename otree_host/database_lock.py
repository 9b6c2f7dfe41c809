"""One at a time: nothing touches the database without oTree's lock. With ``gate``, the only module that touches oTree's private
interface.

The whole server has one connection to its database, and who gives it back undoes what is not committed, whoever it was that did it.
oTree creates sessions, makes some exports and looks up who sent a message to a live page without its lock.
"""

from __future__ import annotations

import logging
from functools import wraps
from typing import Any

from otree import middleware
from otree.channels import consumers
from otree.lookup import get_page_lookup
from otree.models import Participant


def _to_live_pages_only(deliver: Any) -> Any:
    """A message that nobody is there for ends in a line in the log; oTree would write a page into it for each."""

    @wraps(deliver)
    async def delivered(participant_code: str, page_name: str, payload: Any) -> None:
        if callable(_live_method(participant_code)):
            await deliver(participant_code=participant_code, page_name=page_name, payload=payload)
        else:
            logging.getLogger(__name__).warning("a message to a live page of %.20r, who is on none, was dropped", participant_code)

    return delivered


def _live_method(participant_code: str) -> Any:
    participant = Participant.objects_first(code=participant_code)
    if participant is None or not 1 <= participant._index_in_pages <= participant._max_page_index:
        return None
    return getattr(get_page_lookup(participant._session_code, participant._index_in_pages).page_class, "live_method", None)


middleware.PATHS_WITHOUT_LOCK = set()
consumers.BaseCreateSession.lock = middleware.lock2
consumers.live_method_is_async = lambda participant_code: False  # asked without the lock, and what it says yes to runs without it
consumers.live_payload_function = _to_live_pages_only(consumers.live_payload_function)
