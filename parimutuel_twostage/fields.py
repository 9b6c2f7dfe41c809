"""How values of the experiment are stored in the fields of oTree's models, and read back."""

from __future__ import annotations

import json
from functools import lru_cache

from experiment.config import SessionSettings
from experiment.rounds import Announcement
from experiment.session import experiment_of
from experiment.settings_cache import once_per_settings
from parimutuel_twostage.rows import MarketRow, maybe
from theory.mechanism import HistogramBar


def settings_of(group: MarketRow) -> SessionSettings:
    """The settings of the session, with N and M of this market."""
    settings, agents = experiment_of(group.session).settings, maybe(group, "agents")
    return settings if agents is None else _for_market(settings, agents)


def announcement_text(announcement: Announcement) -> str:
    """The announcement as it is stored with the market."""
    bars = [[bar.offer_q, bar.offer_r, bar.count] for bar in announcement.bars]
    return json.dumps({"bars": bars, "without_offer": announcement.without_offer, "shut_down": announcement.shut_down})


def announcement_of(group: MarketRow) -> Announcement:
    """The announcement that was made in this market."""
    return _announcement(group.announcement)


@once_per_settings
def _for_market(settings: SessionSettings, agents: int) -> SessionSettings:
    return settings.for_market(agents)


@lru_cache(maxsize=64)
def _announcement(text: str) -> Announcement:
    """Parsed once for all subjects of a market, who see it at the same time."""
    kept = json.loads(text)
    return Announcement(tuple(HistogramBar(*bar) for bar in kept["bars"]), kept["without_offer"], kept["shut_down"])
