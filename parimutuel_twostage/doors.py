"""Who gets in: the labels in recruiters' addresses and the cookies, read with suspicion. With ``gate`` and ``arrivals``, the only
module that touches oTree's private interface.

oTree takes any text of at most 100 characters for a label, and lets who has none into a room, on another browser once more.
What it does not expect (a cookie that somebody wrote by hand, a visitor's data that are a list) it answers with an error.
"""

from __future__ import annotations

from functools import wraps
from json import JSONDecodeError
from typing import Any

from itsdangerous import BadSignature
from otree.models import Participant
from otree.views import admin, cbv
from otree.views import participant as entrances
from starlette.exceptions import HTTPException
from starlette.middleware import sessions
from starlette.requests import Request

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


def _of_a_hit(get: Any) -> Any:
    """The entrance from MTurk is shut: no session of ours is offered there."""

    @wraps(get)
    def entered(self: Any, request: Any) -> Any:
        try:
            return get(self, request)
        except KeyError:
            raise HTTPException(404, "This session is not offered on MTurk.") from None

    return entered


def _key_first(dispatch: Any) -> Any:
    """Who has no key gets no further, whatever else they sent; and what is no JSON is refused."""

    @wraps(dispatch)
    async def dispatched(self: Any) -> None:
        refusal = cbv.validate_rest_key(Request(self.scope))
        try:
            await (refusal(self.scope, self.receive, self.send) if refusal else dispatch(self))
        except (JSONDecodeError, UnicodeDecodeError, RecursionError):
            raise HTTPException(400, "This is no JSON.") from None

    return dispatched


def _also_twice(get: Any) -> Any:
    """Who is not logged in may log out."""

    @wraps(get)
    def left(self: Any, request: Any) -> Any:
        request.session.setdefault(admin.AUTH_COOKIE_NAME, None)
        return get(self, request)

    return left


entrances.validate_room_visitor = _suspicious(entrances.validate_room_visitor)
Participant.set_label = _clean(Participant.set_label)
cbv.BaseRESTView.dispatch = _key_first(cbv.BaseRESTView.dispatch)
entrances.MTurkStart.get = _of_a_hit(entrances.MTurkStart.get)
entrances.AssignVisitorToRoom.post = _an_object(entrances.AssignVisitorToRoom.post)
admin.Logout.get = _also_twice(admin.Logout.get)
sessions.BadTimeSignature = BadSignature  # a cookie without any signature is as worthless as one with an old one
