"""What the lobby's page shows: how many subjects a market takes, how many are present, how long
anybody waits.
"""

from __future__ import annotations

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


def count_of(present: int) -> str:
    """How many are in the lobby, as a sentence to one of them."""
    if present == 0:
        return say("You are not counted at the moment.")
    return say_many("You are the only one here so far.", "{present} participants are here, you included.", present, present=present)


def duration(seconds: int) -> str:
    """A time in minutes if it is a whole number of minutes, else in seconds."""
    if seconds >= 60 and seconds % 60 == 0:
        return say_many("{minutes} minute", "{minutes} minutes", seconds // 60, minutes=seconds // 60)
    return say_many("{seconds} second", "{seconds} seconds", seconds, seconds=seconds)
