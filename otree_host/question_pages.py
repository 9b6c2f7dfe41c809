"""Pages of questions that the app judges itself, such as those of a quiz."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from otree.api import Page
from otree.bots import browser
from starlette.datastructures import FormData

from experiment.language import message, say
from otree_host.form_answers import OTREE_FIELDS, read_answers
from otree_host.stage_pages import StagePage

ANSWER_ONCE = message("Please give one answer to each question. None of your answers was counted.")


NOTHING_POSTED: Mapping[str, str] = MappingProxyType({})


class QuestionPage(StagePage):
    """A page of questions that the app judges itself; nothing of the form is stored in the player's
    own fields.

    Subclasses define ``asks(player)``, the names of the fields that are read;
    ``error_message(player, posted)``, which judges what was posted and says why the subject stays
    on the page, or returns None to go on; and ``vars_for_template(player, posted)``, where
    ``posted`` is what was just typed, or ``NOTHING_POSTED`` if the page is shown for the first time.
    """

    posted: Mapping[str, str] = NOTHING_POSTED

    def post(self) -> Any:
        if self.participant.is_browser_bot:
            self._form_data = _as_bot(self._form_data, self.participant.code)
        self._form_data, refused = read_answers(self._form_data, self.call_user_defined("asks"), self.longest_answer)
        self.refusal = say(ANSWER_ONCE) if refused else None
        self.posted = {name: value for name, value in self._form_data.items() if name not in OTREE_FIELDS}
        self.call_user_defined("opens")
        return Page.post(self)

    def call_user_defined(self, method_name: str, *args: Any, **kwargs: Any) -> Any:
        if method_name == "error_message":
            return self.refusal or super().call_user_defined(method_name, self.posted)
        if method_name == "vars_for_template":
            return super().call_user_defined(method_name, self.posted)
        return super().call_user_defined(method_name, *args, **kwargs)


def _as_bot(posted: Any, code: str) -> FormData:
    """The form that a browser bot means to post: its page posts an empty form, and oTree passes the
    intended answers only to its own forms.
    """
    meant = browser.browser_bot_worker.queued_post_data.get(code)
    return FormData(dict(posted) | ({} if meant is None else {name: str(value) for name, value in meant.post_data.items()}))
