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

GOODS, TYPES, POINTS, FIRST, ANNOUNCEMENT, SECOND, PAY = SECTIONS = ("goods", "types", "points", "first", "announcement", "second", "pay")
"""Every section there can be, in order. A session without an announcement lacks the section on it."""
MINUTES = {GOODS: 1, TYPES: 1, POINTS: 1, FIRST: 2, ANNOUNCEMENT: 1, SECOND: 2, PAY: 1}
"""About how long a careful reader takes for a section, and for its example if there is one to try."""


@dataclass(frozen=True)
class Section:
    """One section: its title, a shorter one for a list of contents, and the template that puts it
    into words. ``tried`` says that readers of its page can try out numbers.
    """

    name: str
    title: str
    short: str
    template: str
    tried: bool


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

    @property
    def minutes(self) -> int:
        """About how long it takes to read everything."""
        return sum(MINUTES[section.name] for section in self.sections)


@once_per_settings
def instructions(settings: SessionSettings, currency: str, own_type: str | None = None, formed: bool = False) -> Instructions:
    """The instructions of a session; ``currency`` is an ISO code.

    The points of ``own_type`` come first. If a lobby forms the markets, their size is shown
    as a range until the reader's market is ``formed``, and the numbers that depend on it are
    examples for the largest market. The instructions are the same on every page of a market, so
    they are computed once.
    """
    titles, shorter = section_titles(), short_titles()
    tried = (FIRST, SECOND) if settings.inactive else (SECOND,)
    return Instructions(
        sections=tuple(
            Section(name, titles[name], shorter[name], f"parimutuel/instructions/{name}.html", name in tried)
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
        POINTS: say("What your goods are worth"),
        FIRST: say("Stage 1: your first offer"),
        ANNOUNCEMENT: say("The announcement"),
        SECOND: say("Stage 2: your second offer and the price"),
        PAY: say("What you are paid"),
    }


def short_titles() -> dict[str, str]:
    """Titles of at most two words, for a list of contents."""
    return {
        GOODS: say("Market"),
        TYPES: say("States, types"),
        POINTS: say("Points"),
        FIRST: say("First offer"),
        ANNOUNCEMENT: say("Announcement"),
        SECOND: say("Second offer"),
        PAY: say("Payment"),
    }
