"""What one subject may know, and nothing else: the only data about a market that reach a page.

The code that builds a ``SeatView`` decides what is known when; the code that shows it cannot show
more. Before the draw ``active`` is None. The announcement is present for active subjects only, from
the draw on; state, outcome and market are present from the clearing on.
"""

from __future__ import annotations

from dataclasses import dataclass

from experiment.config import SessionSettings
from experiment.offers import Offer
from experiment.rounds import Announcement, SeatOutcome


@dataclass(frozen=True)
class MarketSummary:
    """A cleared stage-2 market as shown with the result: totals include the exogenous offers; None
    if it shut down.
    """

    price: float | None
    total_q: float | None
    total_r: float | None
    announcement: Announcement | None


@dataclass(frozen=True)
class Answered:
    """How many of a market's subjects have answered in a stage, or are ready for it: not who, and not
    what.
    """

    count: int
    of: int


@dataclass(frozen=True)
class RoundRecord:
    """One finished round in a subject's history. ``stage2`` is None for the inactive and if the
    market shut down.
    """

    round_number: int
    practice: bool
    type: str
    state: str
    active: bool
    stage1: Offer | None
    stage2: Offer | None
    price: float | None
    final_q: float
    final_r: float
    points: float


@dataclass(frozen=True)
class SeatView:
    """One subject's knowledge at one page. ``stage1`` and ``stage2`` are the subject's own offers,
    None if absent; ``repeated`` says that the second is the first, made again for a subject who was
    absent.
    """

    settings: SessionSettings
    round_number: int
    type: str
    stage1: Offer | None = None
    active: bool | None = None
    shut_down: bool = False
    announcement: Announcement | None = None
    stage2: Offer | None = None
    repeated: bool = False
    state: str | None = None
    outcome: SeatOutcome | None = None
    market: MarketSummary | None = None
    history: tuple[RoundRecord, ...] = ()

    @property
    def announcement_is_random(self) -> bool:
        """Whether the announced offers are those of computer traders, which are random and say
        nothing about the state.
        """
        alone = self.settings.is_solo(self.round_number)
        return self.announcement is not None and alone and not self.settings.robots_offer_by_type

    @property
    def announcement_informs(self) -> bool:
        """Whether there is an announcement from which something about the state can be inferred."""
        return self.announcement is not None and not self.announcement_is_random
