"""The addresses by which participants, the experimenter and programs enter: labels, links, keys and
codes are checked.

oTree accepts any text of at most 100 characters as a label, and lets a visitor without a label into
a room, and again from another browser. Its codes come from a generator whose later numbers can be
computed from earlier ones, and its login page and its rooms reveal as many of these as anybody
requests. Its link for a whole session has 25 bits, requires no hash of a label, and works for every
session. oTree answers input that it does not expect (a cookie written by hand, a visitor's data in
the form of a list) with a server error.
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
"""Written as twice as many characters, the most that oTree stores."""
OPERATING_SYSTEM = SystemRandom()
"""The source of codes."""


def label_checked_first(validate: Any) -> Any:
    """Check the label of a visitor to a room before oTree's own conditions. With secure addresses
    every fault gets the same answer.
    """

    @wraps(validate)
    def validated(room: Any, visitor: Any) -> dict[str, str]:
        refusal = refusal_of_visitor(room.name, visitor.get(LABEL_FIELD, ""), listed=room.use_secure_urls)
        if refusal:
            return {LABEL_FIELD: refusal}
        errors: dict[str, str] = validate(room, visitor)
        return {LABEL_FIELD: wrong_address()} if errors and room.use_secure_urls else errors

    return validated


def only_labels(set_label: Any) -> Any:
    """A label from any source is stored only if it is valid and nobody else in the session has it."""

    @wraps(set_label)
    def checked(self: Any, label: Any) -> None:
        if label and not is_label(label):
            raise HTTPException(404, "This is not a participant label.")
        if label and any(other.id != self.id for other in self.session.pp_set.filter_by(label=label)):
            raise HTTPException(404, "Another participant has this label.")
        set_label(self, label)

    return checked


def closed_where_labels_are_needed(get: Any) -> Any:
    """Answer 404 to the link for a whole session if a label is needed to enter, because the link
    asks for none.
    """

    @wraps(get)
    def got(self: Any, request: Any) -> Any:
        session = Session.objects_first(_anonymous_code=request.path_params["anonymous_code"])
        room = session.get_room() if session else None
        if room and (room.has_participant_labels or room.name == ONLINE_ROOM):
            raise HTTPException(404, wrong_address())
        return get(self, request)

    return got


def not_found(self: Any, request: Any) -> Any:
    """Answer 404: there are no sessions for Mechanical Turk, and oTree's page for its workers would
    end in a server error.
    """
    raise HTTPException(404)


def key_checked_first(dispatch: Any) -> Any:
    """Refuse a request without the key before its body is read, and one whose body is not JSON, on
    which oTree would fail.
    """

    @wraps(dispatch)
    async def dispatched(self: Any) -> None:
        refusal = cbv.validate_rest_key(Request(self.scope))
        try:
            await (refusal(self.scope, self.receive, self.send) if refusal else dispatch(self))
        except (JSONDecodeError, UnicodeDecodeError, RecursionError):
            raise HTTPException(400, "This is not JSON.") from None

    return dispatched


def log_out(self: Any, request: Any) -> Any:
    """Log out as oTree does, and also a browser that is not logged in."""
    request.session.pop(AUTH_COOKIE_NAME, None)
    return RedirectResponse(request.url_for("Login"), status_code=302)


def make_links_long() -> None:
    """Give every new session a link that cannot be guessed."""
    event.listen(Session, "before_insert", _long_link)


def _long_link(mapper: Any, connection: Any, session: Any) -> None:
    session._anonymous_code = secrets.token_hex(LINK_BYTES)


def only_objects(post: Any) -> Any:
    """Accept from a visitor's page to a room only an object of names and values."""

    @wraps(post)
    async def posted(self: Any, request: Any) -> Any:
        try:
            return await post(self, request)
        except (TypeError, ValueError):
            raise HTTPException(400, "These are not a visitor's data.") from None

    return posted


def start_page_first(url: Any) -> Any:
    """Send a participant who has a seat but has not reached a page yet to the start; oTree would
    fail on the page before the first.
    """

    @wraps(url)
    def found(participant: Any) -> str:
        address: str = url(participant) if participant._index_in_pages else participant._start_url()
        return address

    return found


def any_bad_signature(_bad_time_signature: Any) -> Any:
    """The base class of all errors with which checking a cookie's signature may fail."""
    return BadSignature
