"""How the report writes moments, durations, stages and pages."""

from __future__ import annotations

import re
from datetime import datetime

from parimutuel_twostage.stage_fields import FIRST_OFFER, MARKET, RESULT, SECOND_OFFER, START

STAGE_WORDS = {
    START: "waiting until all are ready",
    MARKET: "reading about the market",
    FIRST_OFFER: "first offers",
    SECOND_OFFER: "second offers",
    RESULT: "result",
}


def clock_time(moment: float) -> str:
    """The server's time of day at a moment (epoch seconds)."""
    return datetime.fromtimestamp(moment).strftime("%H:%M:%S")


def duration(seconds: float) -> str:
    """Minutes and seconds, with hours if there are any; a duration that has not begun yet is 0:00."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def page_words(name: str) -> str:
    """The name of a page, ``FirstOffer``, as words, ``First offer``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name).capitalize()
