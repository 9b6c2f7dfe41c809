"""The addresses by which participants, the experimenter and programs get in: labels, links, keys and codes are checked.

oTree takes any text of at most 100 characters for a label, and lets a visitor without one into a room, from another browser once more.
Its codes come from a generator whose later numbers can be computed from earlier ones, of which its login page and its rooms hand out as
many as anybody asks for. Its link for a whole session has 25 bits, asks for no hash of a label, and is open for every session. Whatever
it does not expect (a cookie written by hand, a visitor's data that are a list) it answers with a server error.
"""

from __future__ import annotations

import secrets
from functools import wraps
from json import JSONDecodeError
from random import SystemRandom
from typing import Any

from itsdangerous import BadSignature
from otree.common import AUTH_COOKIE_NAME
from otree.models import Session
from otree.views import cbv
from sqlalchemy import event
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse

from experiment.labels import ONLINE_ROOM, is_label, refusal_of_visitor, wrong_address

LABEL_FIELD = "participant_label"
LINK_BYTES = 10
"""Written with twice as many characters, the most that oTree stores."""
OPERATING_SYSTEM = SystemRandom()
"""Where codes come from."""


def label_checked_first(validate: Any) -> Any:
    """For a visitor of a room: the label is checked before oTree's own conditions. With secure addresses every fault gets one answer."""

    @wraps(validate)
    def validated(room: Any, visitor: Any) -> dict[str, str]:
        refusal = refusal_of_visitor(room.name, visitor.get(LABEL_FIELD, ""), listed=room.use_secure_urls)
        if refusal:
            return {LABEL_FIELD: refusal}
        errors: dict[str, str] = validate(room, visitor)
        return {LABEL_FIELD: wrong_address()} if errors and room.use_secure_urls else errors

    return validated


def only_labels(set_label: Any) -> Any:
    """Wherever a label comes from, it is kept only if it is valid and nobody else in the session has it."""

    @wraps(set_label)
    def checked(self: Any, label: Any) -> None:
        if label and not is_label(label):
            raise HTTPException(404, "This is no participant label.")
        if label and any(other.id != self.id for other in self.session.pp_set.filter_by(label=label)):
            raise HTTPException(404, "Another participant has this label.")
        set_label(self, label)

    return checked


def closed_where_labels_are_needed(get: Any) -> Any:
    """The link for a whole session asks for no label, so it leads nowhere where a label is needed to enter."""

    @wraps(get)
    def got(self: Any, request: Any) -> Any:
        session = Session.objects_first(_anonymous_code=request.path_params["anonymous_code"])
        room = session.get_room() if session else None
        if room and (room.has_participant_labels or room.name == ONLINE_ROOM):
            raise HTTPException(404, wrong_address())
        return get(self, request)

    return got


def not_found(self: Any, request: Any) -> Any:
    """There are no sessions for Mechanical Turk, and oTree's page for its workers would end in a server error."""
    raise HTTPException(404)


def key_checked_first(dispatch: Any) -> Any:
    """A request without the key is refused before its body is read; one whose body is not JSON is refused, where oTree would fail."""

    @wraps(dispatch)
    async def dispatched(self: Any) -> None:
        refusal = cbv.validate_rest_key(Request(self.scope))
        try:
            await (refusal(self.scope, self.receive, self.send) if refusal else dispatch(self))
        except (JSONDecodeError, UnicodeDecodeError, RecursionError):
            raise HTTPException(400, "This is not JSON.") from None

    return dispatched


def log_out(self: Any, request: Any) -> Any:
    """As oTree's own, and also for a browser that is not logged in."""
    request.session.pop(AUTH_COOKIE_NAME, None)
    return RedirectResponse(request.url_for("Login"), status_code=302)


def make_links_long() -> None:
    """Give every new session a link that cannot be guessed."""
    event.listen(Session, "before_insert", _long_link)


def _long_link(mapper: Any, connection: Any, session: Any) -> None:
    session._anonymous_code = secrets.token_hex(LINK_BYTES)


def only_objects(post: Any) -> Any:
    """What a visitor's page sends to a room must be an object of names and values."""

    @wraps(post)
    async def posted(self: Any, request: Any) -> Any:
        try:
            return await post(self, request)
        except (TypeError, ValueError):
            raise HTTPException(400, "This is no visitor's data.") from None

    return posted


def start_page_first(url: Any) -> Any:
    """A participant who has a seat but has not reached a page yet is sent to the start; oTree would fail on the page before the first."""

    @wraps(url)
    def found(participant: Any) -> str:
        address: str = url(participant) if participant._index_in_pages else participant._start_url()
        return address

    return found


def any_bad_signature(_bad_time_signature: Any) -> Any:
    """What a cookie's signature may fail with: the base class of all of them."""
    return BadSignature
