"""The language in which a session is read and the currency in which it is paid.

Both are stored with a session when it is created, so a server restarted with others changes
neither. The server's own language and currency are used for new sessions, for sessions created
before these were stored, and for pages that belong to no session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from experiment.language import ENGLISH, speaking, use


@dataclass(frozen=True)
class Locale:
    """The code of a language, as ``experiment.language`` knows it, and the ISO code of a currency."""

    language: str
    currency: str


def serve_in(locale: Locale) -> None:
    """Make these the server's own language and currency, from now on and in every thread. Raises
    UnknownLanguage with one sentence.
    """
    global _server
    use(locale.language)
    _server = locale


def server_locale() -> Locale:
    """The server's own locale, whichever session the current request is about."""
    return _server


def currency() -> str:
    """The currency of the session that the current request is about, else the server's."""
    return _currency.get() or _server.currency


@contextmanager
def speaking_in(locale: Locale) -> Iterator[None]:
    """Answer a request about a session in its language and currency.

    Both hold for this task or thread and for those started from it meanwhile, and for no other.
    """
    with speaking(locale.language):
        token = _currency.set(locale.currency)
        try:
            yield
        finally:
            _currency.reset(token)


_server = Locale(ENGLISH, "USD")
_currency: ContextVar[str | None] = ContextVar("currency", default=None)
