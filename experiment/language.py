"""The words and numbers of a language: every sentence that a subject reads passes through this
module.

The server has a language, which ``use`` sets when it starts. While a request for a session is
answered, the session's own language is current (``speaking``), in the task or thread that answers
it and in no other. Translations are gettext catalogues, ``_locale/<code>/LC_MESSAGES/messages.po``;
the English sentences are in the program itself.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from babel.core import UnknownLocaleError
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, get_decimal_symbol

CATALOGUES = Path(__file__).resolve().parent.parent / "_locale"
ENGLISH = "en"
NAME = "name of a state or type"
"""The gettext context of the names of states and types in the environments that come with the
project.
"""
_PLACE = re.compile(r"\{([\w.]+)\}")


class UnknownLanguage(ValueError):
    """There is no catalogue for a language. The message is one sentence."""


@dataclass(frozen=True)
class Language:
    """A language: its code (``en``, ``de``), its words, and its decimal sign."""

    code: str
    words: gettext.NullTranslations
    decimal_sign: str


def languages(catalogues: Path = CATALOGUES) -> tuple[str, ...]:
    """The codes of the languages that have a catalogue, English first."""
    return (ENGLISH, *sorted(path.parent.parent.name for path in catalogues.glob("*/LC_MESSAGES/messages.po")))


def read_language(code: str, catalogues: Path = CATALOGUES) -> Language:
    """The language with this code. Raises UnknownLanguage with one sentence."""
    available = languages(catalogues)
    if code not in available:
        raise UnknownLanguage(f"The language {code!r:.20} is not known; there are words in {', '.join(available)}.")
    try:
        decimal_sign = get_decimal_symbol(code)
    except (UnknownLocaleError, ValueError):
        raise UnknownLanguage(f"_locale/{code} is not named after a language; its name must be a code such as de or pt_BR.") from None
    words = gettext.NullTranslations() if code == ENGLISH else _catalogue(catalogues / code / "LC_MESSAGES" / "messages.po")
    return Language(code, words, decimal_sign)


def use(code: str) -> None:
    """Make this the server's language, which ``speaking`` may replace for a while. Raises
    UnknownLanguage with one sentence.
    """
    global _server
    _server = _read(code)


@contextmanager
def speaking(code: str) -> Iterator[Language]:
    """Make a language the current one for a while: in this task or thread, in those started from it
    meanwhile, and in no other.
    """
    spoken = _read(code)
    token = _spoken.set(spoken)
    try:
        yield spoken
    finally:
        _spoken.reset(token)


def language() -> Language:
    """The current language."""
    return _spoken.get() or _server


def say(message: str, /, **values: Any) -> str:
    """A sentence in the current language; ``{name}`` in it is filled with the value of that name."""
    return fill(language().words.gettext(message), values)


def say_many(one: str, many: str, count: int, /, **values: Any) -> str:
    """The form of a sentence that goes with this count, filled in as ``say`` does."""
    return fill(language().words.ngettext(one, many, count), values)


def message(sentence: str) -> str:
    """Mark a sentence that is passed to ``say`` later, so that it is collected for translation."""
    return sentence


def name_of(name: str) -> str:
    """The name of a state or type as subjects read it: translated if the catalogue has it, else as
    in the file.
    """
    return language().words.pgettext(NAME, name)


def fill(message: str, values: Mapping[str, Any]) -> str:
    """Put values, by name, into the places of a sentence; every other brace stays as it is."""
    return _PLACE.sub(lambda place: str(values[place.group(1)]), message)


def one_line(text: str) -> str:
    """A sentence as catalogues have it: a line break or a run of blanks becomes one blank."""
    return " ".join(text.split())


def places(message: str) -> tuple[str, ...]:
    """The names of the places in a sentence, in order."""
    return tuple(_PLACE.findall(message))


def localized(number: str) -> str:
    """A number with a decimal point, rewritten as the current language writes it."""
    return number.replace(".", language().decimal_sign)


def money(amount: Decimal, currency: str) -> str:
    """An amount of money, with the sign of its currency (an ISO code) in the position of the
    current language.

    It has the currency's decimals, and more if the amount has more: it is never rounded.
    """
    return format_currency(amount, currency, locale=language().code, decimal_quantization=False)


def day_text(day: date) -> str:
    """A day, with the name of the month, as the current language writes it."""
    return format_date(day, "long", locale=language().code)


def _catalogue(path: Path) -> gettext.NullTranslations:
    """The compiled catalogue that the set-up wrote beside ``path``, or one compiled now if that is
    absent or older.
    """
    compiled = path.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime >= path.stat().st_mtime:
        return gettext.GNUTranslations(io.BytesIO(compiled.read_bytes()))
    made = io.BytesIO()
    with path.open("rb") as file:
        write_mo(made, read_po(file, locale=path.parent.parent.name))  # with the forms for counts of that language
    made.seek(0)
    return gettext.GNUTranslations(made)


def _read(code: str) -> Language:
    """A language, read once for each state of its catalogue."""
    path = CATALOGUES / code / "LC_MESSAGES" / "messages.po"
    changed = path.stat().st_mtime if code != ENGLISH and path.exists() else 0.0
    known = _known.get(code)
    if known is None or known[0] != changed:
        known = _known[code] = changed, read_language(code)
    return known[1]


_known: dict[str, tuple[float, Language]] = {}
_server = read_language(ENGLISH)
_spoken: ContextVar[Language | None] = ContextVar("language", default=None)
