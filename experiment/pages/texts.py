"""The pages that show a study's own texts: consent with the welcome, and the debriefing."""

from __future__ import annotations

import html
import re
from typing import Any

from experiment.config import SessionSettings
from experiment.language import one_line
from experiment.leaving import DECLINED
from experiment.pages.market import consent_variables
from experiment.texts.markdown import HIGHEST_HEADING, Page, page
from experiment.texts.stored import OwnTexts

_NOTHING = Page("", "")


def consent_page(settings: SessionSettings, texts: OwnTexts | None, currency: str | None = None) -> dict[str, Any]:
    """The variables of the consent page. A welcome replaces the built-in introduction; a consent replaces all built-in words."""
    welcome = page(texts.welcome) if texts and texts.welcome else _NOTHING
    consent = page(texts.consent, HIGHEST_HEADING + bool(welcome.title)) if texts and texts.consent else _NOTHING
    return consent_variables(settings, currency) | {
        "own_title": welcome.title or consent.title,
        "own_welcome": welcome.html,
        "own_consent": (f"<h2>{consent.title}</h2>" if welcome.title and consent.title else "") + consent.html,
        "introduces": not (welcome.html or consent.html),
    }


def debriefing(texts: OwnTexts | None, left_because: str | None) -> dict[str, str]:
    """The variables of the debriefing: empty where the study has none, and for those who did not agree to take part."""
    shown = page(texts.debriefing) if texts and texts.debriefing and left_because != DECLINED else _NOTHING
    return {"debriefing_title": shown.title, "debriefing": shown.html}


def words_only(markup: str) -> str:
    """The words of a page, without its markup."""
    return one_line(html.unescape(re.sub(r"<[^>]*>", " ", markup)))
