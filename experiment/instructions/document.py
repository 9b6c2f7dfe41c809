"""The instructions of a session as a whole: the same sections on the pages before the market, in the panel, and in print."""

from __future__ import annotations

from dataclasses import dataclass

from experiment.config import SessionSettings
from experiment.instructions.sections import (
    Announced,
    DrawSection,
    First,
    Goods,
    Pay,
    Second,
    Size,
    Types,
    announced,
    draw,
    first,
    goods,
    pay,
    second,
    size,
    types,
)
from experiment.language import say
from experiment.market_options import HISTOGRAM
from experiment.settings_cache import once_per_settings
from experiment.shown.rules import Rules, rules

GOODS, TYPES, FIRST, DRAW, ANNOUNCEMENT, SECOND, PAY = SECTIONS = ("goods", "types", "first", "draw", "announcement", "second", "pay")
"""Every section there can be, in order. A session without an announcement lacks the section on it."""


@dataclass(frozen=True)
class Section:
    """One section: its title, and the template that puts it into words."""

    name: str
    title: str
    template: str


@dataclass(frozen=True)
class Instructions:
    """The variables of the sections' templates. Strings are safe in HTML; numbers are written as
    subjects read them.
    """

    sections: tuple[Section, ...]
    rules: Rules
    size: Size
    goods: Goods
    types: Types
    first: First
    draw: DrawSection
    announced: Announced | None
    second: Second
    pay: Pay


@once_per_settings
def instructions(settings: SessionSettings, currency: str, own_type: str | None = None, formed: bool = False) -> Instructions:
    """The instructions of a session; ``currency`` is an ISO code.

    The payoff table of ``own_type`` comes first. If a lobby forms the markets, their size is shown
    as a range until the reader's market is ``formed``, and the numbers that depend on it are
    examples for the largest market. The instructions are the same on every page of a market, so
    they are computed once.
    """
    titles = section_titles()
    return Instructions(
        sections=tuple(
            Section(name, titles[name], f"parimutuel/instructions/{name}.html")
            for name in SECTIONS
            if name != ANNOUNCEMENT or settings.rules.announcement == HISTOGRAM
        ),
        rules=rules(settings, own_type),
        size=size(settings, formed),
        goods=goods(settings),
        types=types(settings),
        first=first(settings),
        draw=draw(settings),
        announced=announced(settings) if settings.rules.announcement == HISTOGRAM else None,
        second=second(settings),
        pay=pay(settings, currency),
    )


def section_titles() -> dict[str, str]:
    return {
        GOODS: say("The market and the two goods"),
        TYPES: say("States and types"),
        FIRST: say("Stage 1: your first offer"),
        DRAW: say("The draw: active or inactive"),
        ANNOUNCEMENT: say("The announcement"),
        SECOND: say("Stage 2: your second offer and the price"),
        PAY: say("What you are paid"),
    }
