"""The stages of a market round, and the fields in which each is stored: the only module with the
names of these fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from experiment.offers import Offer
from parimutuel_twostage.rows import MarketRow, SubjectRow, maybe

START, MARKET, FIRST_OFFER, SECOND_OFFER, RESULT = "start", "market", "stage1", "stage2", "result"
STAGES = (FIRST_OFFER, SECOND_OFFER, RESULT)
EVERY_STAGE = (START, MARKET, *STAGES)
BELIEF = "belief"
"""A page of the second stage that is timed separately."""


@dataclass(frozen=True)
class MarketStage:
    """A stage of one market. ``opened`` and ``deadline`` are epoch seconds, None if the stage has
    not opened, or has no deadline.
    """

    group: MarketRow
    opened_field: str
    deadline_field: str

    @property
    def opened(self) -> float | None:
        opened: float | None = maybe(self.group, self.opened_field)
        return opened

    @property
    def deadline(self) -> float | None:
        deadline: float | None = maybe(self.group, self.deadline_field)
        return deadline

    def open(self, now: float, deadline: float | None) -> None:
        setattr(self.group, self.opened_field, now)
        self.close_at(deadline)

    def close_at(self, deadline: float | None) -> None:
        setattr(self.group, self.deadline_field, deadline)


def market_stage(group: MarketRow, stage: str) -> MarketStage:
    """A stage of this market."""
    opened, deadline = _MARKET_FIELDS[stage]
    return MarketStage(group, opened, deadline)


_MARKET_FIELDS = {
    START: ("start_opened", "start_deadline"),
    MARKET: ("market_opened", "market_deadline"),
    FIRST_OFFER: ("stage1_opened", "stage1_deadline"),
    SECOND_OFFER: ("stage2_opened", "stage2_deadline"),
    RESULT: ("result_opened", "result_deadline"),
}


@dataclass(frozen=True)
class OfferFields:
    """The fields of a subject's row in which an offer is stored."""

    good: str
    amount: str
    q: str
    r: str
    source: str
    shown: str
    seconds: str
    events: str


OFFER_FIELDS = {
    FIRST_OFFER: OfferFields(
        "stage1_good", "stage1_amount", "stage1_q", "stage1_r", "stage1_source", "stage1_shown", "stage1_seconds", "stage1_events"
    ),
    SECOND_OFFER: OfferFields(
        "stage2_good", "stage2_amount", "stage2_q", "stage2_r", "stage2_source", "stage2_shown", "stage2_seconds", "stage2_events"
    ),
}


@dataclass(frozen=True)
class OfferStage:
    """A subject's offer in one stage: as typed, as stored, and its source."""

    player: SubjectRow
    fields: OfferFields

    @property
    def typed(self) -> tuple[str | None, str | None]:
        """The good and the amount, as typed."""
        return maybe(self.player, self.fields.good), maybe(self.player, self.fields.amount)

    @property
    def offer(self) -> Offer | None:
        q, r = maybe(self.player, self.fields.q), maybe(self.player, self.fields.r)
        return None if q is None or r is None else Offer(q, r)

    @property
    def source(self) -> str | None:
        source: str | None = maybe(self.player, self.fields.source)
        return source

    @property
    def seconds(self) -> float | None:
        """How long the subject took."""
        seconds: float | None = maybe(self.player, self.fields.seconds)
        return seconds

    @property
    def events(self) -> str | None:
        """The log of the aids of the page."""
        events: str | None = maybe(self.player, self.fields.events)
        return events

    def keep(self, offer: Offer) -> None:
        setattr(self.player, self.fields.q, offer.q)
        setattr(self.player, self.fields.r, offer.r)

    def keep_seconds(self, now: float) -> None:
        """Note how long the subject took, from the moment the page was shown."""
        setattr(self.player, self.fields.seconds, max(now - maybe(self.player, self.fields.shown), 0.0))

    def keep_source(self, source: str) -> None:
        setattr(self.player, self.fields.source, source)

    def keep_events(self, events: str) -> None:
        setattr(self.player, self.fields.events, events)

    def forget_typed(self) -> None:
        setattr(self.player, self.fields.good, None)
        setattr(self.player, self.fields.amount, None)


def offer_stage(player: SubjectRow, stage: str) -> OfferStage:
    """The first or the second offer of this subject."""
    return OfferStage(player, OFFER_FIELDS[stage])


def note_first_shown(player: SubjectRow, page: str, now: float) -> None:
    """Store the moment at which the subject first saw a page of a stage, or the page of beliefs."""
    field = _SHOWN_FIELDS[page]
    if maybe(player, field) is None:
        setattr(player, field, now)


_SHOWN_FIELDS = {
    MARKET: "market_shown",
    FIRST_OFFER: "stage1_shown",
    BELIEF: "belief_shown",
    SECOND_OFFER: "stage2_shown",
    RESULT: "result_shown",
}
