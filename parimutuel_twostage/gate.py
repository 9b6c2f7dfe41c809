"""The one module that touches oTree's private interface: gates that recheck by themselves, pages that tell when they open,
form answers that are read with suspicion, sessions that are refused without a trace, requests that must arrive whole,
sentences in templates.

Written for and tested with the version of oTree named in ``WRITTEN_FOR``; ``tests/app`` fails on any other.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NoReturn

import otree.session
from otree.api import Page, WaitPage
from otree.constants import admin_secret_code, timeout_happened
from otree.database import db
from otree.middleware import CommitTransactionMiddleware
from otree.session import CreateSessionInvalidArgs
from otree.templating import errors, nodes
from sqlalchemy.exc import SAWarning
from starlette.datastructures import FormData
from starlette.responses import PlainTextResponse

from experiment.config import read_money
from experiment.config_fields import InvalidSettings
from experiment.language import fill, language, one_line, places

WRITTEN_FOR = "6.0.15"

ONE_ANSWER = "Please make one offer only: choose one good, or nothing, and type one amount."
LONGEST_ANSWER = 40
"""What is longer is cut, and marked so that it cannot be read as an offer; no offer needs half of it."""


class Gate(WaitPage):
    """A wait page that asks again by itself every ten seconds.

    oTree releases a market when its last member asks for the gate, and tells the others once. Where that request or that
    message is lost, nobody would ask again. So the page does: whoever waits finds out that all have answered.
    """

    template_name = "parimutuel/Gate.html"


class StagePage(Page):
    """A page that is told when a subject comes to it (``opens(player)``), reads its own fields only, and can leave the app at once."""

    refusal: str | None = None

    @staticmethod
    def opens(player: Any) -> None:
        """Called whenever the page is asked for or answered; must not mind being called again."""

    def get(self) -> Any:
        if self._is_displayed():
            self.call_user_defined("opens")
        return super().get()

    def post(self) -> Any:
        self._form_data, self.refusal = _answers(self._form_data, self.form_fields)
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

    def post_handle_form(self, post_data: Any) -> Any:
        if self.call_user_defined("is_late"):
            self.timeout_happened = True
        return None if self.timeout_happened else super().post_handle_form(post_data)

    def call_user_defined(self, method_name: str, *args: Any, **kwargs: Any) -> Any:
        if method_name == "error_message" and self.refusal:
            return self.refusal
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


def _once_it_is_here(one_by_one: Any) -> Any:
    """Wait for the whole of a request before oTree takes its lock, and not for ever.

    oTree answers one request at a time, and takes its turn before the body has arrived: one subject whose connection
    breaks in the middle of an answer would stop the server for everybody.
    """

    async def call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await one_by_one(self, scope, receive, send)
            return
        try:
            messages = await asyncio.wait_for(_whole_request(receive), LONGEST_ARRIVAL)
        except TimeoutError:
            await PlainTextResponse("The request did not arrive in time.", 408)(scope, receive, send)
            return
        if sum(len(message.get("body", b"")) for message in messages) > LARGEST_REQUEST:
            await PlainTextResponse("The request is too large.", 413)(scope, receive, send)
        elif messages[-1]["type"] != "http.disconnect":

            async def replay() -> Any:
                return messages.pop(0) if messages else await receive()

            await one_by_one(self, scope, replay, send)

    return call


async def _whole_request(receive: Any) -> list[Any]:
    messages, size = [], 0
    while True:
        messages.append(await receive())
        size += len(messages[-1].get("body", b""))
        if not messages[-1].get("more_body") or size > LARGEST_REQUEST:
            return messages


@nodes.register("many")
class _Many(nodes.Node):
    """Between the two forms of a sentence with a count."""


@nodes.register("say", "endsay")
class _Say(nodes.Node):
    """A sentence in the language of the server, filled from the page's variables.

    ``{% say %}You have {rules.endowment_q} of good q.{% endsay %}``, or with a count that decides on the form:
    ``{% say rules.others %}one other{% many %}{rules.others} others{% endsay %}``. Line breaks count as blanks.
    """

    def process_token(self, token: Any) -> None:
        words = token.text.split()[1:]
        if len(words) > 1:
            raise errors.TemplateSyntaxError("say takes at most one argument, the count that decides on the form", token)
        self._count = nodes.Expression(words[0], token) if words else None

    def exit_scope(self) -> None:
        if not all(isinstance(child, nodes.TextNode | _Many) for child in self.children):
            raise errors.TemplateSyntaxError("between say and endsay there is text only, with {names} of variables", self.token)
        one, many, rest = self.split_children(_Many)
        if (many is None) != (self._count is None):
            raise errors.TemplateSyntaxError("say takes a count if, and only if, there is a form for many", self.token)
        self._forms = [one_line("".join(child.token.text for child in form)) for form in ([one, rest] if many else [one])]

    def wrender(self, context: Any) -> str:
        words = language().words
        many = self._count is not None
        message = words.ngettext(*self._forms, int(self._count.eval(context))) if many else words.gettext(self._forms[0])
        return fill(message, {name: context.resolve(name, self.token) for name in places(message)})


@nodes.register("again")
class _Again(nodes.Node):
    """What a block of the page holds, once more: ``{% again heading %}``, because a page's title is its heading.

    oTree renders only the first block of a name.
    """

    def process_token(self, token: Any) -> None:
        self._name = token.text.split()[1]

    def wrender(self, context: Any) -> str:
        blocks = context.template.block_registry[self._name]
        return str(blocks[0].render_block(context, blocks[:])).strip()


LONGEST_ARRIVAL = 10.0
"""Seconds."""
LARGEST_REQUEST = 1_000_000
"""Bytes."""

otree.session.create_session = _checked_first(otree.session.create_session)
CommitTransactionMiddleware.__call__ = _once_it_is_here(CommitTransactionMiddleware.__call__)
