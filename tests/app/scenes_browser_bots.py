"""A scene of bots in browsers: see ``played.py``."""

from __future__ import annotations

from typing import Any

from scenes import Played  # it starts oTree

# isort: split
from otree.bots import browser
from otree.database import session_scope
from otree.models import Session

SUBMITS = "// browser-bot-auto-submit"
PAGES = 200


def played_to_the_end(case: int, fields: dict[str, Any]) -> list[str]:
    """Every browser posts its empty form, as its page tells it to; where each ends."""
    played = Played("small_market", 4, **fields)
    browser.browser_bot_worker = browser.BotWorker()
    with session_scope():
        browser.initialize_session(session_pk=Session.objects_get(code=played.code).id, case_number=case)
    for subject in played.subjects:
        subject.come()
    for _ in range(PAGES):
        for subject in played.subjects:
            if SUBMITS in subject.text:
                subject.send()
            else:
                subject.reload()
    return played.pages
