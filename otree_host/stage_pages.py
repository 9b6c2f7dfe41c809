"""The one module that touches oTree's private interface: pages that tell when they open,
form answers that are read with suspicion, sessions that are refused without a trace,
addresses that anybody may open, and what the page of payments says. Beside it, ``sentences`` has the tags of the templates, ``incoming``
reads requests before oTree does.

Written for and tested with the version of oTree named in ``WRITTEN_FOR``; ``tests/app`` fails on any other.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import wraps
from html import escape
from time import time
from types import MappingProxyType
from typing import Any, NoReturn

import otree.session
from otree.api import Page
from otree.bots import browser
from otree.constants import admin_secret_code, timeout_happened
from otree.currency import RealWorldCurrency
from otree.database import db
from otree.models import Participant, Session
from otree.session import CreateSessionInvalidArgs
from otree.templating import render
from otree.views.abstract import ADMIN_SECRET_CODE
from sqlalchemy.exc import SAWarning
from starlette.datastructures import FormData
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException

from experiment.config_fields import InvalidSettings, read_money
from experiment.language import message, say
from experiment.pauses import is_paused
from experiment.session import is_stored
from otree_host import template_tags  # noqa: F401  (its tags are in every template)
from otree_host.fewer_queries import Unflushed
from otree_host.incoming_requests import arrived

WRITTEN_FOR = "6.0.15"

ONE_ANSWER = message("Please make one offer only: choose one good, or nothing, and type one amount.")
LONGEST_ANSWER = 40
"""What is longer is cut, and marked so that it cannot be read as an offer; no offer needs half of it."""
ANSWER_ONCE = message("Please give one answer to each question. None of your answers was counted.")
LONGEST_LIST = 40
SECONDS_TOO_EARLY = 2.0
"""A browser's clock may be ahead by so much when it closes a page."""
SEPARATOR = ","


class StagePage(Unflushed, Page):
    """A page that is told when a subject comes to it (``opens(player)``), reads its own fields only, and can leave the app at once.

    What is longer than ``longest_answer`` is cut and marked. A field that was posted twice, or as a file, is refused, by an
    ``error_message`` if the page has one, with the sentence of ``one_answer()``.

    ``side_fields`` are what the page's script sends along with the form: each with the length from which on it is left out. They are
    no answers: nothing that stands in them, or does not, refuses an answer.
    """

    refusal: str | None = None
    longest_answer: int = LONGEST_ANSWER
    side_fields: Mapping[str, int] = {}

    @staticmethod
    def one_answer() -> str:
        return say(ONE_ANSWER)

    @staticmethod
    def opens(player: Any) -> None:
        """Called whenever the page is asked for or answered; must not mind being called again."""

    def get(self) -> Any:
        with db._db.no_autoflush:
            if self._is_displayed():
                self.call_user_defined("opens")
            return _not_kept(super().get())

    def post(self) -> Any:
        if self._closes_too_early():
            return _not_kept(self._redirect_to_page_the_user_should_be_on())
        self._form_data, refused = _answers(self._form_data, self._get_form_fields(), self.longest_answer, self.side_fields)
        self.refusal = self.one_answer() if refused else None
        self.call_user_defined("opens")
        return _not_kept(super().post())

    def call_user_defined(self, method_name: str, *args: Any, **kwargs: Any) -> Any:
        if method_name == "error_message" and self.refusal:
            return self.refusal
        return super().call_user_defined(method_name, *args, **kwargs)

    def get_context_data(self, **context: Any) -> Any:
        return super().get_context_data(**context) | {"paused": is_paused(self.session)}

    def remaining_timeout_seconds_inner(self) -> float | None:
        """What the market's own clock says, whenever it is asked: a deadline may be moved.

        oTree would keep what it said first, and have its worker close the page, which the market does not need.
        """
        seconds = self._seconds_by_the_market()
        self.participant._timeout_page_index = self._index_in_pages
        self.participant._timeout_expiration_time = None if seconds is None else time() + seconds
        return seconds

    def _closes_too_early(self) -> bool:
        """Whether a browser closes the page by itself, though its time was moved on and is not over.

        Nobody has sent what stands in the form. The page is shown again, with its new time and what was typed.
        """
        closes = self._form_data.get(timeout_happened) and self._form_data.get(admin_secret_code) != ADMIN_SECRET_CODE
        return bool(closes) and not self.participant.is_browser_bot and not self._is_past_timeout()

    def _is_past_timeout(self) -> bool:
        seconds = self._seconds_by_the_market()
        return seconds is not None and seconds < SECONDS_TOO_EARLY

    def _seconds_by_the_market(self) -> float | None:
        return self.call_user_defined("get_timeout_seconds") if hasattr(self, "get_timeout_seconds") else None

    def _increment_index_in_pages(self) -> None:
        """Go to the next app in one step; oTree would walk through the pages of every unplayed round."""
        target = self._get_next_page_index_if_skipping_apps()
        if target:
            self.participant._index_in_pages = target
        else:
            super()._increment_index_in_pages()


class OfferPage(StagePage):
    """A page with an offer: each field is answered once, and what comes after the deadline is no answer at all.

    Subclasses define ``is_late(player, arrived)``, by when the answer came in, and ``error_message(player, values)``. After a timeout
    nothing that stands in the form is stored. ``notes(player, sent)`` gets what stands in the side fields, with the answer and also
    after a timeout.
    """

    form_model = "player"

    @staticmethod
    def notes(player: Any, sent: Mapping[str, str]) -> None:
        """Called with the side fields that came; may be called again, with what came later, where the answer was refused."""

    def post_handle_form(self, post_data: Any) -> Any:
        self.call_user_defined("notes", {name: post_data[name] for name in self.side_fields if name in post_data})
        if self.call_user_defined("is_late", arrived()):
            self.timeout_happened = True
        return None if self.timeout_happened else super().post_handle_form(post_data)


class ListPage(OfferPage):
    """A page whose one field is posted several times, once per item of a list; they are joined, in order, by ``SEPARATOR``.

    The template has ``filled``: the items, which it has under the name of ``items``, each with what was typed for it.
    """

    longest_answer = 2000
    items = "states"
    typed: tuple[str, ...] = ()

    def post(self) -> Any:
        if self._closes_too_early():
            return _not_kept(self._redirect_to_page_the_user_should_be_on())
        (name,) = self.form_fields
        posted = self._form_data.getlist(name)[:LONGEST_LIST]
        self.typed = tuple(_shortened(value, LONGEST_ANSWER) if isinstance(value, str) else "?" for value in posted)
        others = [(field, value) for field, value in self._form_data.multi_items() if field != name]
        self._form_data = FormData([*others, (name, self.joined(self.typed))])
        return super().post()

    def get_context_data(self, **context: Any) -> Any:
        shown = super().get_context_data(**context)
        typed = [*map(escape, self.typed), *[""] * len(shown[self.items])]
        shown["filled"] = list(zip(shown[self.items], typed, strict=False))
        return shown

    @staticmethod
    def joined(values: tuple[str, ...]) -> str:
        """As one text; a single value may be a whole list already."""
        return values[0] if len(values) == 1 else SEPARATOR.join(value.replace(SEPARATOR, ".") for value in values)


def pays(total_of: Callable[[Any], tuple[Decimal, Decimal] | None]) -> None:
    """Let oTree's page of payments say what the participants are paid.

    oTree's own total is points times the exchange rate plus the show-up fee, which knows no prize, floor or cap, and does not
    reach every cent. ``total_of(participant)`` is (what is paid beyond the fee, the total), None where oTree is to reckon itself.
    """
    beyond, total = Participant.payoff_in_real_world_currency, Participant.payoff_plus_participation_fee

    def reckoned(own: Any, place: int) -> Any:
        def amount(participant: Any) -> Any:
            paid = total_of(participant)
            return own(participant) if paid is None else RealWorldCurrency(paid[place])

        return amount

    Participant.payoff_in_real_world_currency, Participant.payoff_plus_participation_fee = reckoned(beyond, 0), reckoned(total, 1)


class QuestionPage(StagePage):
    """A page of questions that the app judges itself; nothing of the form is stored in the player's own fields.

    Subclasses define ``asks(player)``, the names of the fields that are read; ``error_message(player, posted)``, which judges what was
    posted and says why the subject stays on the page, None to go on; and ``vars_for_template(player, posted)``, where ``posted`` is
    empty unless it is shown again with what was just typed.
    """

    posted: Mapping[str, str] = {}

    def post(self) -> Any:
        if self.participant.is_browser_bot:
            self._form_data = _as_bot(self._form_data, self.participant.code)
        self._form_data, refused = _answers(self._form_data, self.call_user_defined("asks"), self.longest_answer)
        self.refusal = say(ANSWER_ONCE) if refused else None
        self.posted = {name: value for name, value in self._form_data.items() if name not in _OTREE_FIELDS}
        self.call_user_defined("opens")
        return Page.post(self)

    def call_user_defined(self, method_name: str, *args: Any, **kwargs: Any) -> Any:
        if method_name == "error_message":
            return self.refusal or super().call_user_defined(method_name, self.posted)
        if method_name == "vars_for_template":
            return super().call_user_defined(method_name, self.posted)
        return super().call_user_defined(method_name, *args, **kwargs)


@contextmanager
def refused_if_invalid(session: Any) -> Iterator[None]:
    """Around what an app does when a session is created: whatever goes wrong refuses the session with a sentence."""
    try:
        yield
    except InvalidSettings as error:
        _refuse(session, str(error))
    except Exception:
        logging.getLogger(__name__).exception("a session could not be created")
        _refuse(session, "The session could not be created, for a reason that nobody foresaw; the server's log has it.")


def serve_publicly(address: str, template: str, variables: Callable[[Any], dict[str, Any]]) -> None:
    """Let anybody open ``address``, which has a place ``{session_code}``: the template, filled from the session.

    oTree makes a route of every class with a ``url_pattern`` in a few modules of its own, when it first imports ``otree.urls``,
    and that is after all apps; none of these routes asks for a login unless its class looks whether it has to. So the class
    is put into one of these modules. An unknown session, and one whose creation is not over, is not found.
    """

    from otree.views import rest  # not above: it takes hold of what this module puts in place of oTree's own create_session

    class PublicPage(HTTPEndpoint):
        url_pattern = address

        def get(self, request: Any) -> Any:
            return render(template, variables(stored_session(request.path_params["session_code"])))

    if "otree.urls" in sys.modules:
        raise RuntimeError("otree.urls has been imported before the apps, so that no address can be added any more")
    PublicPage.__module__ = rest.__name__
    PublicPage.__name__ = PublicPage.__qualname__ = f"PublicPage{address}"
    setattr(rest, PublicPage.__name__, PublicPage)


def stored_session(code: str) -> Any:
    """The session that an address names; one that is unknown, or whose creation is not over, is not found."""
    if not code.isalnum():
        raise HTTPException(404)
    session = db.get_or_404(Session, code=code)
    if not is_stored(session):
        raise HTTPException(404)
    return session


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


def _not_kept(response: Any) -> Any:
    """Have a browser ask again when its back button leads here: a page kept by the browser may be one that is over."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _answers(posted: Any, fields: list[str], longest: int, side_fields: Mapping[str, int] = MappingProxyType({})) -> tuple[FormData, bool]:
    """The fields of the form, those on the side and oTree's own, each at most once and not too long; and whether one had to be refused."""
    answers, refused = [], False
    for name in fields:
        values = posted.getlist(name)
        if len(values) > 1 or not all(isinstance(value, str) for value in values):
            refused = True
        elif values:
            answers.append((name, _shortened(values[0], longest)))
    for name, most in side_fields.items():
        values = posted.getlist(name)
        if len(values) == 1 and isinstance(values[0], str) and len(values[0]) <= most:
            answers.append((name, values[0]))
    answers += [(name, posted[name]) for name in _OTREE_FIELDS if name in posted]
    return FormData(answers), refused


def _as_bot(posted: Any, code: str) -> FormData:
    """What a bot in a browser means: its page posts an empty form, and oTree tells what was meant to forms of its own only."""
    meant = browser.browser_bot_worker.queued_post_data.get(code)
    return FormData(dict(posted) | ({} if meant is None else {name: str(value) for name, value in meant.post_data.items()}))


def _shortened(text: str, longest: int) -> str:
    """Cut to a length, and without halves of characters, which no page could be written with."""
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= longest else text[:longest] + "…"


_OTREE_FIELDS = (timeout_happened, admin_secret_code, "must_fail", "error_fields")


def _checked_first(create_session: Any) -> Any:
    """Refuse, before oTree writes anything, what it would stumble over: the number of participants, the room, the fee."""

    @wraps(create_session)
    def create(session_config_name: Any, **kwargs: Any) -> Any:
        participants, room = kwargs.get("num_participants"), kwargs.get("room_name")
        fields = kwargs.get("modified_session_config_fields") or {}
        if participants is not None and (isinstance(participants, bool) or not isinstance(participants, int) or participants < 1):
            raise CreateSessionInvalidArgs(f"num_participants is {participants!r:.40}; it must be a whole number of at least 1.")
        if room and room not in _rooms():
            raise CreateSessionInvalidArgs(f"There is no room {room!r:.40}; settings.py names {', '.join(_rooms()) or 'none'}.")
        if not isinstance(fields, dict):
            raise CreateSessionInvalidArgs("modified_session_config_fields must be an object of fields and values.")
        try:
            if "participation_fee" in fields:
                read_money("participation_fee", fields["participation_fee"])
        except InvalidSettings as error:
            raise CreateSessionInvalidArgs(str(error)) from None
        return create_session(session_config_name, **kwargs)

    return create


def _rooms() -> list[str]:
    from otree.room import ROOM_DICT

    return list(ROOM_DICT)


otree.session.create_session = _checked_first(otree.session.create_session)
