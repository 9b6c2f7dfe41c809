"""Consent: which text a session shows, which version of it, who agreed when, and who did not agree."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from time import time
from typing import Any

from experiment.absence import stays_away
from experiment.export import CONSENT_COLUMNS, TEXT_COLUMNS
from experiment.leaving import DECLINED, leave
from experiment.locales import speaking_in
from experiment.pages.texts import consent_page, words_only
from experiment.session import currency_of, experiment_of, is_stored, locale_of
from experiment.texts.stored import version_of
from otree_host.rendering import rendered

DECLINES = "declines"
"""The field that the button of those who do not agree sends."""
BUILT_IN = "parimutuel_intro/BuiltInConsent.html"


def variables(session: Any) -> dict[str, Any]:
    """What the page shows."""
    experiment = experiment_of(session)
    return consent_page(experiment.settings, experiment.texts, currency_of(session))


def decide(player: Any, posted: Mapping[str, str]) -> None:
    """Store that the subject agrees, or does not: then they leave, and no market waits for them."""
    player.consent_version = version_of(text_shown(player.session))
    if DECLINES not in posted:
        player.consented_at = time()
        return
    player.declined = True
    stays_away(player.participant)
    leave(player.participant, DECLINED)


def text_shown(session: Any) -> str:
    """The consent that the session shows: the study's own Markdown, filled in, or the words of the built-in text."""
    texts = experiment_of(session).texts
    if texts and texts.consent:
        return texts.consent
    return words_only(rendered(BUILT_IN, variables(session)))


def rows(players: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """``consent.csv``: a header, then one row per participant; the cells of those who have not decided are empty."""
    yield list(CONSENT_COLUMNS)
    for player in players:
        if is_stored(player.session):
            at = player.field_maybe_none("consented_at")
            moment = "" if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
            version = player.field_maybe_none("consent_version") or ""
            yield [player.session.code, player.participant.code, moment, version, int(bool(player.field_maybe_none("declined")))]


def text_rows(players: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """``texts.csv``: a header, then one row per session and text. A text is written as a JSON string, so that its lines stay apart."""
    yield list(TEXT_COLUMNS)
    for session in {player.session_id: player.session for player in players if is_stored(player.session)}.values():
        texts = experiment_of(session).texts
        sources = dict(texts.sources) if texts else {}
        if not texts or not texts.consent:
            with speaking_in(locale_of(session)):
                sources["built-in consent"] = text_shown(session)
        for name, text in sources.items():
            yield [session.code, name, version_of(text), json.dumps(text, ensure_ascii=False)]
