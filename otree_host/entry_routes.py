"""Who gets in: labels and addresses, read with suspicion. With ``gate`` and ``arrivals``, the only module that touches oTree's
private interface.

oTree takes any text of at most 100 characters for a label, and lets who has none into a room, on another browser once more. Its
codes come from a generator whose later numbers can be computed from earlier ones, of which its login page and its rooms hand out
as many as somebody asks for. Its link for a whole session has 25 bits, asks for no label's hash, and is open for every session.
What it does not expect (a cookie that somebody wrote by hand, a visitor's data that are a list) it answers with an error.
"""

from __future__ import annotations

import secrets
from functools import wraps
from json import JSONDecodeError
from random import SystemRandom
from typing import Any

import otree.common
from itsdangerous import BadSignature
from otree.common import AUTH_COOKIE_NAME
from otree.models import Participant, Session
from otree.views import admin, cbv
from otree.views import participant as entrances
from otree.views.participant import AssignVisitorToRoom
from sqlalchemy import event
from starlette.exceptions import HTTPException
from starlette.middleware import sessions
from starlette.requests import Request
from starlette.responses import RedirectResponse

from experiment.labels import ONLINE_ROOM, is_label, refusal_of_visitor, wrong_address

LABEL_FIELD = "participant_label"
LINK_BYTES = 10
"""Twice as many characters, the most that oTree stores."""


def _suspicious(validate: Any) -> Any:
    """At the door of a room: the label first, then what oTree asks for. With secure addresses there is one answer to all that is wrong."""

    @wraps(validate)
    def validated(room: Any, visitor: Any) -> dict[str, str]:
        refusal = refusal_of_visitor(room.name, visitor.get(LABEL_FIELD, ""), listed=room.use_secure_urls)
        if refusal:
            return {LABEL_FIELD: refusal}
        errors: dict[str, str] = validate(room, visitor)
        return {LABEL_FIELD: wrong_address()} if errors and room.use_secure_urls else errors

    return validated


def _clean(set_label: Any) -> Any:
    """Wherever a label comes from, none is kept that is not one, and none that somebody else of the session has."""

    @wraps(set_label)
    def checked(self: Any, label: Any) -> None:
        if label and not is_label(label):
            raise HTTPException(404, "This is no participant label.")
        if label and any(other.id != self.id for other in self.session.pp_set.filter_by(label=label)):
            raise HTTPException(404, "Another participant has this label.")
        set_label(self, label)

    return checked


def _by_the_room(get: Any) -> Any:
    """Where a label is needed to enter, the link for the whole session, which asks for none, leads nowhere."""

    @wraps(get)
    def got(self: Any, request: Any) -> Any:
        session = Session.objects_first(_anonymous_code=request.path_params["anonymous_code"])
        room = session.get_room() if session else None
        if room and (room.has_participant_labels or room.name == ONLINE_ROOM):
            raise HTTPException(404, wrong_address())
        return get(self, request)

    return got


def _not_here(self: Any, request: Any) -> Any:
    """There are no sessions for Mechanical Turk; oTree's entrance for its workers would stumble over that."""
    raise HTTPException(404)


def _key_first(dispatch: Any) -> Any:
    """Who has no key is refused before anybody reads what they sent; and what is no JSON is refused, over which oTree would stumble."""

    @wraps(dispatch)
    async def dispatched(self: Any) -> None:
        refusal = cbv.validate_rest_key(Request(self.scope))
        try:
            await (refusal(self.scope, self.receive, self.send) if refusal else dispatch(self))
        except (JSONDecodeError, UnicodeDecodeError, RecursionError):
            raise HTTPException(400, "This is no JSON.") from None

    return dispatched


def _log_out(self: Any, request: Any) -> Any:
    """As oTree's, for whoever has no login too."""
    request.session.pop(AUTH_COOKIE_NAME, None)
    return RedirectResponse(request.url_for("Login"), status_code=302)


@event.listens_for(Session, "before_insert")
def _long_link(mapper: Any, connection: Any, session: Any) -> None:
    session._anonymous_code = secrets.token_hex(LINK_BYTES)


def _an_object(post: Any) -> Any:
    """What a visitor's page sends to a room is an object of names and values."""

    @wraps(post)
    async def posted(self: Any, request: Any) -> Any:
        try:
            return await post(self, request)
        except (TypeError, ValueError):
            raise HTTPException(400, "This is no visitor's data.") from None

    return posted


def _begun(url: Any) -> Any:
    """Who was given a seat, and has not gone on to its first page yet, is to begin; oTree would stumble over a page before the first."""

    @wraps(url)
    def found(participant: Any) -> str:
        address: str = url(participant) if participant._index_in_pages else participant._start_url()
        return address

    return found


entrances.validate_room_visitor = _suspicious(entrances.validate_room_visitor)
entrances.SessionWideLink.get = _by_the_room(entrances.SessionWideLink.get)
entrances.MTurkStart.get = _not_here
cbv.BaseRESTView.dispatch = _key_first(cbv.BaseRESTView.dispatch)
admin.Logout.get = _log_out
Participant.set_label = _clean(Participant.set_label)
Participant._url_i_should_be_on = _begun(Participant._url_i_should_be_on)
otree.common.rng = cbv.rng = SystemRandom()
AssignVisitorToRoom.post = _an_object(AssignVisitorToRoom.post)
sessions.BadTimeSignature = BadSignature  # a cookie without any signature is as worthless as one with an old one
