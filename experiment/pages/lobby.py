"""What the lobby's page shows: how many subjects a market takes, how many are present, how long
anybody waits.
"""

from __future__ import annotations

import math
from typing import Any

from experiment.config import SessionSettings
from experiment.language import say, say_many
from experiment.shown.rules import rules


def lobby_variables(settings: SessionSettings) -> dict[str, Any]:
    """The template variables of the lobby that do not change while somebody waits."""
    least = settings.lobby.min_market_size
    return {
        "heading": say("Waiting room"),
        "rules": rules(settings),
        "least": least,
        "smaller": least < settings.market_size,
        "longest_wait": duration(settings.lobby.seconds),
    }


def count_of(present: int, size: int) -> str:
    """How many of those who make a full market are in the lobby, as a sentence to one of them. More of
    them may be there for a moment.
    """
    if present == 0:
        return say("You are not counted at the moment.")
    if present == 1:
        return say("You are the only one of {size} here so far.", size=size)
    return say("{present} of {size} are here, you included.", present=min(present, size), size=size)


def clock_text(seconds: float | None) -> str:
    """A time that is left, as minutes and seconds; empty if no time is running."""
    if seconds is None:
        return ""
    whole = math.ceil(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def duration(seconds: int) -> str:
    """A time in minutes if it is a whole number of minutes, else in seconds."""
    if seconds >= 60 and seconds % 60 == 0:
        return say_many("{minutes} minute", "{minutes} minutes", seconds // 60, minutes=seconds // 60)
    return say_many("{seconds} second", "{seconds} seconds", seconds, seconds=seconds)
