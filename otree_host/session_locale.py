"""Answers every request about a session in the session's language and currency, including oTree's
own words and amounts.

oTree has one language and one currency for the whole process, read when it starts. Here the address
of a request says which session it is about. Before oTree answers, under its lock, that session's
language and currency become those of the task that answers (``experiment.locales``), and so of the
thread that makes the page. Requests about no session, and sessions without a stored locale, get the
server's.

Settings that oTree reads at every use follow: currency signs, decimal signs, and the words of its
catalogue, including its form errors. Texts that oTree translated while it was imported do not,
except the two that subjects may see, the titles of wait pages and of the countdown.
"""

from __future__ import annotations

import gettext
import logging
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache, wraps
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import otree
from otree import i18n
from otree.currency import RealWorldCurrency
from otree.models import Participant, Session
from otree.room import ROOM_DICT

from experiment.language import language, money
from experiment.locales import Locale, currency, server_locale, speaking_in
from experiment.session import kept_locale

OF_A_PARTICIPANT = ("p", "InitializeParticipant", "OutOfRangeNotification")
"""The first parts of addresses whose second part is a participant's code."""
MOST_KEPT = 100_000
_by_code: dict[str, Locale] = {}


def locale_of_request(path: str, asked: Iterable[str] = ()) -> Locale:
    """The locale of the session that an address is about; ``asked`` are the session codes in its
    query.
    """
    kind, *rest = path.strip("/").split("/")
    if kind == "static":
        return server_locale()
    if kind in OF_A_PARTICIPANT and rest:
        return _kept(rest[0], _session_of_participant)
    if kind == "join" and rest:
        return _kept(rest[0], lambda code: Session.objects_first(_anonymous_code=code))
    if kind == "room" and rest:
        session = ROOM_DICT[rest[0]].get_session() if rest[0] in ROOM_DICT else None
        return (kept_locale(session) if session else None) or server_locale()
    return _kept([*asked, *rest[-1:], ""][0], lambda code: Session.objects_first(code=code))


def _kept(code: str, session_of: Callable[[str], Any]) -> Locale:
    """The locale of the session that a code leads to, looked up once for each code."""
    known = _by_code.get(code)
    if known is None:
        session = session_of(code) if code.isalnum() and code.isascii() else None
        known = kept_locale(session) if session else None
        if known is None:
            return server_locale()
        if len(_by_code) >= MOST_KEPT:
            _by_code.clear()
        _by_code[code] = known
    return known


def _session_of_participant(code: str) -> Any:
    participant = Participant.objects_first(code=code)
    return participant and participant.session


def answered_in_its_language(dispatch: Any) -> Any:
    """Set the language before the answer starts: it runs in its own task, which begins with the
    language current at that moment.
    """

    @wraps(dispatch)
    async def dispatched(self: Any, request: Any, call_next: Any) -> Any:
        async def answered(request: Any) -> Any:
            with speaking_in(_locale(request)):
                return await call_next(request)

        return await dispatch(self, request, answered)

    return dispatched


def _locale(request: Any) -> Locale:
    try:
        return locale_of_request(request.url.path, request.query_params.getlist("session_code"))
    except Exception:
        logging.getLogger(__name__).exception("the language of a request could not be determined")
        return server_locale()


class SettingsOfTheRequest(ModuleType):
    """oTree's settings, which it looks up at every use, with the current language and currency."""

    @property
    def LANGUAGE_CODE(self) -> str:  # noqa: N802
        return language().code.replace("_", "-")

    @property
    def LANGUAGE_CODE_ISO(self) -> str:  # noqa: N802
        return language().code

    @property
    def DECIMAL_SEPARATOR(self) -> str:  # noqa: N802
        return language().decimal_sign

    @property
    def REAL_WORLD_CURRENCY_CODE(self) -> str:  # noqa: N802
        return currency()


@cache
def _otree_words(code: str) -> gettext.NullTranslations:
    return gettext.translation("django", str(Path(otree.__file__).parent / "locale"), languages=[code], fallback=True)


def core_words(domain: str, message: str) -> str:
    return _otree_words(language().code).gettext(message)


def core_words_for_many(domain: str, one: str, many: str, count: Any) -> str:
    return _otree_words(language().code).ngettext(one, many, count)


class TranslatedWhenShown:
    """A word of oTree's in a template, translated each time it is shown; oTree would translate it
    once, when it first reads the template.
    """

    def __init__(self, message: str) -> None:
        self._message = message

    def __str__(self) -> str:
        return str(i18n.core_gettext(self._message))


def button_label(message: str) -> str:
    """The label of an oTree button, from our catalogue or else from oTree's."""
    ours = language().words.gettext(message)
    return ours if ours != message else core_words("django", message)


def amount_with_sign(amount: RealWorldCurrency, places: int | None = None) -> str:
    """An amount, written as on the pages of subjects."""
    return money(Decimal(amount), currency())


def otree_words(_gettext: Any) -> Any:
    """The object in which oTree's ``i18n`` looks up words, instead of the module ``gettext``."""
    return SimpleNamespace(dgettext=core_words)


def form_languages(_locales: Any) -> Any:
    """The languages of the errors of oTree's forms."""
    return property(lambda meta: [language().code[:2]])


def wait_page_title(_title: Any) -> Any:
    return property(lambda page: i18n.core_gettext("Please wait"))


def countdown_title(_title: Any) -> Any:
    return property(lambda page: i18n.core_gettext("Time left to complete this page:"))
