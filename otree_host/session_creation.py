"""Refuses sessions that cannot be played with a sentence, and leaves nothing of them in the
database.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NoReturn

from otree.database import db
from otree.room import ROOM_DICT
from otree.session import CreateSessionInvalidArgs
from sqlalchemy.exc import SAWarning

from experiment.config_fields import InvalidSettings, read_money


@contextmanager
def refused_if_invalid(session: Any) -> Iterator[None]:
    """A context for an app's creation of a session: any error in it refuses the session with a
    sentence.
    """
    try:
        yield
    except InvalidSettings as error:
        _refuse(session, str(error))
    except Exception:
        logging.getLogger(__name__).exception("a session could not be created")
        _refuse(session, "The session could not be created, because of an unexpected error; the server's log shows it.")


def arguments_checked_first(create_session: Any) -> Any:
    """Refuse arguments on which oTree would fail before it writes anything: the number of
    participants, the room, the fee.
    """

    @wraps(create_session)
    def create(session_config_name: Any, **kwargs: Any) -> Any:
        participants, room = kwargs.get("num_participants"), kwargs.get("room_name")
        fields = kwargs.get("modified_session_config_fields") or {}
        if participants is not None and (isinstance(participants, bool) or not isinstance(participants, int) or participants < 1):
            raise CreateSessionInvalidArgs(f"num_participants is {participants!r:.40}; it must be a whole number of at least 1.")
        if room and room not in ROOM_DICT:
            raise CreateSessionInvalidArgs(f"There is no room {room!r:.40}; settings.py names {', '.join(ROOM_DICT) or 'none'}.")
        if not isinstance(fields, dict):
            raise CreateSessionInvalidArgs("modified_session_config_fields must be an object of fields and values.")
        try:
            if "participation_fee" in fields:
                read_money("participation_fee", fields["participation_fee"])
        except InvalidSettings as error:
            raise CreateSessionInvalidArgs(str(error)) from None
        return create_session(session_config_name, **kwargs)

    return create


def _refuse(session: Any, reason: str) -> NoReturn:
    """Stop the creation of a session and leave nothing of it behind.

    By the time an app can object, oTree has committed the session and its participants. It deletes them when the objection
    reaches it; but the admin's form then rolls that deletion back. So the deletion is committed here, and oTree's own finds
    nothing to delete, of which SQLAlchemy would warn.
    """
    warnings.filterwarnings("ignore", message="DELETE statement on table 'otree_session'", category=SAWarning)
    db.rollback()
    db.delete(session)
    db.commit()
    raise CreateSessionInvalidArgs(reason) from None
