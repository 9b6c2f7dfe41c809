"""Who gets in: the labels in recruiters' addresses and the cookies, read with suspicion. With ``gate`` and ``arrivals``, the only
module that touches oTree's private interface.

oTree takes any text of at most 100 characters for a label, and lets who has none into a room, on another browser once more.
What it does not expect (a cookie that somebody wrote by hand, a visitor's data that are a list) it answers with an error.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from itsdangerous import BadSignature
from otree.models import Participant
from otree.views import admin
from otree.views import participant as entrances
from otree.views.participant import AssignVisitorToRoom
from starlette.exceptions import HTTPException
from starlette.middleware import sessions

from experiment.labels import is_label, refusal_of_visitor

LABEL_FIELD = "participant_label"


def _suspicious(validate: Any) -> Any:
    """At the door of a room: the label first, then what oTree asks for."""

    @wraps(validate)
    def validated(room: Any, visitor: Any) -> dict[str, str]:
        refusal = refusal_of_visitor(room.name, visitor.get(LABEL_FIELD, ""))
        return {LABEL_FIELD: refusal} if refusal else validate(room, visitor)

    return validated


def _clean(set_label: Any) -> Any:
    """Wherever a label comes from, none is kept that is not one."""

    @wraps(set_label)
    def checked(self: Any, label: Any) -> None:
        if label and not is_label(label):
            raise HTTPException(404, "This is no participant label.")
        set_label(self, label)

    return checked


def _an_object(post: Any) -> Any:
    """What a visitor's page sends to a room is an object of names and values."""

    @wraps(post)
    async def posted(self: Any, request: Any) -> Any:
        try:
            return await post(self, request)
        except (TypeError, ValueError):
            raise HTTPException(400, "This is no visitor's data.") from None

    return posted


def _also_twice(get: Any) -> Any:
    """Who is not logged in may log out."""

    @wraps(get)
    def left(self: Any, request: Any) -> Any:
        request.session.setdefault(admin.AUTH_COOKIE_NAME, None)
        return get(self, request)

    return left


entrances.validate_room_visitor = _suspicious(entrances.validate_room_visitor)
Participant.set_label = _clean(Participant.set_label)
AssignVisitorToRoom.post = _an_object(AssignVisitorToRoom.post)
admin.Logout.get = _also_twice(admin.Logout.get)
sessions.BadTimeSignature = BadSignature  # a cookie without any signature is as worthless as one with an old one
