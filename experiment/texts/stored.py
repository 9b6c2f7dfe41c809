"""The texts of a session as they were when it was created: filled in, and kept whatever becomes of
the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiment.config import SessionSettings
from experiment.config_fields import InvalidSettings
from experiment.language import speaking
from experiment.locales import Locale
from experiment.texts.blanks import filled
from experiment.texts.items import Item, as_table, from_table
from experiment.texts.problems import InvalidText
from experiment.texts.studies import CONSENT, DEBRIEFING, QUESTIONNAIRE, TEXTS, WELCOME, read_study

VERSION_DIGITS = 12


@dataclass(frozen=True)
class OwnTexts:
    """The texts of one study in one language: ``sources`` are the files as subjects read them, by
    name, with the session's values filled in.
    """

    study: str
    language: str
    sources: Mapping[str, str]
    items: tuple[Item, ...] = ()

    @property
    def consent(self) -> str | None:
        return self.sources.get(CONSENT)

    @property
    def welcome(self) -> str | None:
        return self.sources.get(WELCOME)

    @property
    def debriefing(self) -> str | None:
        return self.sources.get(DEBRIEFING)

    @property
    def record(self) -> dict[str, str]:
        """The study, and the version of each file."""
        return {"study": self.study, **{name: version_of(text) for name, text in self.sources.items()}}


def own_texts(settings: SessionSettings, locale: Locale, texts: Path = TEXTS) -> OwnTexts | None:
    """The texts that a new session names; None if it has the built-in ones. Raises InvalidSettings
    with one sentence.
    """
    if not settings.words.study:
        return None
    try:
        study = read_study(settings.words.study, locale.language, texts)
        with speaking(locale.language):
            sources = {
                source.name: source.text if source.name == QUESTIONNAIRE else filled(source.place, source.text, settings, locale.currency)
                for source in study.sources
            }
    except InvalidText as error:
        raise InvalidSettings(str(error)) from None
    return OwnTexts(study.name, study.language, sources, study.items)


def version_of(text: str) -> str:
    """The version of a text: the first digits of its SHA-256, in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:VERSION_DIGITS]


def as_stored(texts: OwnTexts | None) -> dict[str, Any] | None:
    """The texts as plain values, to be stored with a session."""
    if texts is None:
        return None
    return {
        "study": texts.study,
        "language": texts.language,
        "sources": dict(texts.sources),
        "items": [as_table(item) for item in texts.items],
    }


def from_stored(stored: Mapping[str, Any] | None) -> OwnTexts | None:
    """The texts that were stored; None if the session has the built-in ones."""
    if stored is None:
        return None
    return OwnTexts(stored["study"], stored["language"], stored["sources"], tuple(from_table(item) for item in stored["items"]))
