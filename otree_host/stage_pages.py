"""Pages of a stage: they note when a subject comes to them, check what was sent, and follow the
market's own clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import time
from typing import Any, ClassVar

from otree.api import Page
from otree.constants import admin_secret_code, timeout_happened
from otree.database import db
from otree.views.abstract import ADMIN_SECRET_CODE

from experiment.language import message, say
from experiment.pauses import is_paused
from experiment.shown.own_seat import own_seat
from otree_host.fewer_queries import Unflushed
from otree_host.form_answers import LONGEST_ANSWER, read_answers

ONE_ANSWER = message("Please make one offer only: choose one good, or nothing, and type one amount.")
SECONDS_TOO_EARLY = 2.0
"""How far ahead a browser's clock may be when it closes a page."""


class SeatedPage(Unflushed, Page):
    """A page that has its subject's seat in a corner."""

    def get_context_data(self, **context: Any) -> Any:
        return super().get_context_data(**context) | {"own_seat": own_seat(self.session, self.participant)}


class StagePage(SeatedPage):
    """A page that notes when a subject comes to it (``opens(player)``), reads only its own fields,
    and can leave the app at once.

    A text longer than ``longest_answer`` is cut and marked. A field posted twice, or as a file, is
    refused with the sentence of ``one_answer()``, if the page has an ``error_message``.

    ``side_fields`` are the fields that the page's script adds to the form, each with the length
    beyond which it is dropped. They are not answers: no answer is refused for what they contain or
    lack.
    """

    refusal: str | None = None
    longest_answer: int = LONGEST_ANSWER
    side_fields: ClassVar[Mapping[str, int]] = {}

    @staticmethod
    def one_answer() -> str:
        return say(ONE_ANSWER)

    @staticmethod
    def opens(player: Any) -> None:
        """Called whenever the page is requested or answered; repeated calls must do no harm."""

    def get(self) -> Any:
        with db._db.no_autoflush:
            if self._is_displayed():
                self.call_user_defined("opens")
            return not_kept(super().get())

    def post(self) -> Any:
        if self._closes_too_early():
            return not_kept(self._redirect_to_page_the_user_should_be_on())
        self._form_data, refused = read_answers(self._form_data, self._get_form_fields(), self.longest_answer, self.side_fields)
        self.refusal = self.one_answer() if refused else None
        self.call_user_defined("opens")
        return not_kept(super().post())

    def call_user_defined(self, method_name: str, *args: Any, **kwargs: Any) -> Any:
        if method_name == "error_message" and self.refusal:
            return self.refusal
        return super().call_user_defined(method_name, *args, **kwargs)

    def get_context_data(self, **context: Any) -> Any:
        return super().get_context_data(**context) | {"paused": is_paused(self.session)}

    def remaining_timeout_seconds_inner(self) -> float | None:
        """The time left by the market's own clock, read anew at every call, since a deadline may be
        moved.

        oTree would keep the first value and let its worker close the page, which the market does
        not need.
        """
        seconds = self._seconds_by_the_market()
        self.participant._timeout_page_index = self._index_in_pages
        self.participant._timeout_expiration_time = None if seconds is None else time() + seconds
        return seconds

    def _closes_too_early(self) -> bool:
        """Whether a browser closes the page by itself although its deadline was moved and has not
        passed.

        The subject has not sent the form. The page is shown again, with its new time and what was
        typed.
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


def not_kept(response: Any) -> Any:
    """Make a browser request the page again when its back button leads here, since the stage of a
    cached page may be over.
    """
    response.headers["Cache-Control"] = "no-store"
    return response
