"""What a text leaves open: the values that the project fills in, ``{show_up_fee}``, and the places
that the experimenter has to fill in, ``[INSTITUTION]`` or ``{{institution}}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from difflib import get_close_matches

from experiment.config import SessionSettings
from experiment.language import fill, money
from experiment.options import LOTTERY, MONEY
from experiment.texts.problems import InvalidText

_SQUARE = re.compile(r"(?<!\\)\[([^\[\]]{2,200})\](?![\[(:])")
_BRACES = re.compile(r"\{\{[^{}\n]*\}\}")
FIELD = re.compile(r"(?<!\{)\{(?P<name>[A-Za-z_]\w*)\}(?!\})")

VALUES: Mapping[str, tuple[str, Callable[[SessionSettings, str], str | None]]] = {
    "show_up_fee": ("the show-up fee", lambda settings, currency: money(settings.participation_fee, currency)),
    "paid_if_declined": (
        "what is paid to those who do not agree: the show-up fee, or nothing if `pay_declined` is no",
        lambda settings, currency: money(settings.participation_fee if settings.pay.declined else Decimal(0), currency),
    ),
    "hundred_points": (
        "what 100 points are worth; not where points are a chance in a lottery",
        lambda settings, currency: money(100 * settings.money_per_point, currency) if settings.pay.points_pay == MONEY else None,
    ),
    "lottery_prize": (
        "the prize of the lottery; only where points are a chance in it",
        lambda settings, currency: money(settings.pay.lottery_prize, currency) if settings.pay.points_pay == LOTTERY else None,
    ),
    "payment_floor": (
        "the least that is paid; only if `payment_floor` is set",
        lambda settings, currency: money(settings.pay.floor, currency) if settings.pay.floor else None,
    ),
    "payment_cap": (
        "the most that is paid; only if `payment_cap` is set",
        lambda settings, currency: money(settings.pay.cap or Decimal(0), currency) if settings.pay.cap else None,
    ),
    "minutes": (
        "how long the session takes; only if the session field `minutes` is set",
        lambda settings, currency: str(settings.words.minutes) if settings.words.minutes else None,
    ),
    "rounds": ("how many rounds count", lambda settings, currency: str(settings.schedule.rounds)),
    "practice_rounds": ("how many practice rounds come first", lambda settings, currency: str(settings.schedule.practice_rounds)),
    "market_size": ("how many participants trade in a market", lambda settings, currency: str(settings.market_size)),
}
"""What a text may name in braces: what it is, and its value in a session, or None where it has none."""


def check_fields(place: str, source: str) -> None:
    """Raises InvalidText for a name in braces that is not one of VALUES."""
    for found in FIELD.finditer(source):
        if found["name"] not in VALUES:
            close = get_close_matches(found["name"], VALUES, n=1)
            hint = f"did you mean {{{close[0]}}}?" if close else f"it may be {', '.join(f'{{{name}}}' for name in VALUES)}."
            raise InvalidText(place, line_at(source, found.start()), f"{{{found['name']}}} is not known; {hint}")


def check_filled(place: str, source: str) -> None:
    """Raises InvalidText for the first place that the experimenter has not filled in."""
    for position, found in _placeholders(source):
        shown = " ".join(found.split())
        meant = f" (or \\{shown} if these words are meant)." if found.startswith("[") else "."
        raise InvalidText(place, line_at(source, position), f"{shown} is not filled in: write what belongs there{meant}")


def filled(place: str, source: str, settings: SessionSettings, currency: str) -> str:
    """The text with the session's values in it, in the current language. Raises InvalidText for a
    value that the session does not have.
    """
    check_fields(place, source)
    values = {}
    for found in FIELD.finditer(source):
        name = found["name"]
        what, value_in = VALUES[name]
        value = value_in(settings, currency)
        if value is None:
            raise InvalidText(place, line_at(source, found.start()), f"{{{name}}} has no value in this session: it is {what}.")
        values[name] = value
    return FIELD.sub(lambda found: fill(found[0], values), source)


def line_at(source: str, position: int) -> int:
    """The number of the line with this position, counted from 1."""
    return source.count("\n", 0, position) + 1


def _placeholders(source: str) -> list[tuple[int, str]]:
    """Where double braces stand, or capitals in square brackets that are neither a link nor follow a backslash; and what is there."""
    square = [(found.start(), found[0]) for found in _SQUARE.finditer(source) if found[1] == found[1].upper() != found[1].lower()]
    return sorted(square + [(found.start(), found[0]) for found in _BRACES.finditer(source)])
