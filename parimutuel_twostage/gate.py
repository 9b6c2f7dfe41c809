"""The one module that touches oTree's private interface: gates that recheck by themselves, pages that tell when they open,
form answers that are read with suspicion, and sessions that are refused without a trace.

Written for and tested with the version of oTree named in ``WRITTEN_FOR``; ``tests/app`` fails on any other.
"""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

from otree.api import Page, WaitPage
from otree.constants import admin_secret_code, timeout_happened
from otree.database import db
from otree.session import CreateSessionInvalidArgs
from sqlalchemy.exc import SAWarning
from starlette.datastructures import FormData

WRITTEN_FOR = "6.0.15"

ONE_ANSWER = "Please make one offer only: choose one good, or nothing, and type one amount."
LONGEST_ANSWER = 40
"""What is longer is cut, and marked so that it cannot be read as an offer; no offer needs half of it."""


class Gate(WaitPage):
    """A wait page that reloads itself every ten seconds.

    oTree releases a market when its last member asks for the gate, and tells the others once. Where that request or that
    message is lost, nobody would ask again. A reload asks again: whoever waits finds out that all have answered.
    """

    template_name = "parimutuel/Gate.html"


class StagePage(Page):
    """A page that is told when a subject comes to it (``opens(player)``) and that can leave the app at once."""

    @staticmethod
    def opens(player: Any) -> None:
        """Called whenever the page is asked for or answered; must not mind being called again."""

    def get(self) -> Any:
        if self._is_displayed():
            self.call_user_defined("opens")
        return super().get()

    def post(self) -> Any:
        self.call_user_defined("opens")
        return super().post()

    def _increment_index_in_pages(self) -> None:
        """Go to the next app in one step; oTree would walk through the pages of every unplayed round."""
        target = self._get_next_page_index_if_skipping_apps()
        if target:
            self.participant._index_in_pages = target
        else:
            super()._increment_index_in_pages()


class OfferPage(StagePage):
    """A page with an offer: each field is answered once, and what comes after the deadline is no answer at all.

    Subclasses define ``is_late(player)`` and ``error_message(player, values)``. After a timeout nothing that stands in the
    form is stored.
    """

    form_model = "player"
    refusal: str | None = None

    def post(self) -> Any:
        self._form_data, self.refusal = _answers(self._form_data, self.form_fields)
        return super().post()

    def post_handle_form(self, post_data: Any) -> Any:
        if self.call_user_defined("is_late"):
            self.timeout_happened = True
        return None if self.timeout_happened else super().post_handle_form(post_data)

    def call_user_defined(self, method_name: str, *args: Any, **kwargs: Any) -> Any:
        if method_name == "error_message" and self.refusal:
            return self.refusal
        return super().call_user_defined(method_name, *args, **kwargs)


def refuse_session(session: Any, reason: str) -> NoReturn:
    """Stop the creation of a session and leave nothing of it behind.

    By the time an app can object, oTree has committed the session and its participants. It deletes them when the objection
    reaches it; but the admin's form then rolls that deletion back. So the deletion is committed here, and oTree's own finds
    nothing to delete, of which SQLAlchemy would warn.
    """
    warnings.filterwarnings("ignore", message="DELETE statement on table 'otree_session'", category=SAWarning)
    db.delete(session)
    db.commit()
    raise CreateSessionInvalidArgs(reason)


def _answers(posted: Any, fields: list[str]) -> tuple[FormData, str | None]:
    """The fields of the form and oTree's own, each at most once and of bounded length; and why not, if not."""
    answers, refusal = [], None
    for name in fields:
        values = posted.getlist(name)
        if len(values) > 1:
            refusal = ONE_ANSWER
        elif values and isinstance(values[0], str):
            answers.append((name, _shortened(values[0])))
    answers += [(name, posted[name]) for name in _OTREE_FIELDS if name in posted]
    return FormData(answers), refusal


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_ANSWER else text[:LONGEST_ANSWER] + "…"


_OTREE_FIELDS = (timeout_happened, admin_secret_code, "must_fail", "error_fields")
