"""What a subject may know when: the one place where a market's rows become a ``SeatView``.

========================  ===============================================================================
known                     to whom, from when
========================  ===============================================================================
own type, own offers      to the subject, at once
active or inactive        to the subject, from the draw on
the announcement          to the active, from the draw on, if the session has an announcement
state, price, own bundle  to everybody, from the clearing on
own finished rounds       to the subject, at every page
the market                to the active, and to the inactive if the session says so, from the clearing on
how many have answered    to a subject who waits, not who they are
========================  ===============================================================================

Others' types and offers stay unknown for ever, except for the announcement.
"""

from __future__ import annotations

from experiment.config import SessionSettings
from experiment.market_options import HISTOGRAM
from experiment.offers import ABSENT
from experiment.rounds import Announcement, SeatOutcome
from experiment.seat import Answered, MarketSummary, RoundRecord, SeatView
from otree_host import row_queries
from parimutuel_twostage.fields import announcement_of, settings_of
from parimutuel_twostage.rows import MarketRow, SubjectRow, maybe
from parimutuel_twostage.stage_fields import FIRST_OFFER, SECOND_OFFER, START, offer_stage


def look(player: SubjectRow) -> SeatView:
    """What the subject knows now; stored with the row object, for the script of the same page."""
    vars(player)[_SEEN] = view = seat_view(player)
    return view


def just_seen(player: SubjectRow) -> SeatView:
    """The result of the last ``look`` in this request."""
    seen: SeatView | None = vars(player).pop(_SEEN, None)
    return seen or seat_view(player)


def seat_view(player: SubjectRow) -> SeatView:
    """What the subject in this seat knows now, which depends on how far the market has come."""
    group = player.group
    settings = settings_of(group)
    drawn, cleared = bool(group.drawn), bool(group.cleared)
    active = bool(player.active) if drawn else None
    sees_market = cleared and (active or settings.rules.inactive_see_market)
    announcement = _announced(settings, group) if active or sees_market else None
    second = offer_stage(player, SECOND_OFFER)
    return SeatView(
        settings=settings,
        round_number=player.round_number,
        type=player.type,
        stage1=offer_stage(player, FIRST_OFFER).offer,
        active=active,
        shut_down=bool(group.shut_down) if active or sees_market else False,
        announcement=announcement if active else None,
        stage2=second.offer,
        repeated=second.source == ABSENT and second.offer is not None,
        state=player.state if cleared else None,
        outcome=_outcome(player) if cleared else None,
        market=_market(group, announcement) if sees_market else None,
        history=_history(player, settings),
    )


def answered(player: SubjectRow, stage: str) -> Answered:
    """How many subjects of the market are through with this stage, for one of them who is."""
    awaited = {
        START: row_queries.count_not_ready,
        FIRST_OFFER: row_queries.count_without_first_offer,
        SECOND_OFFER: row_queries.count_not_through_second_stage,
    }[stage](player.group)
    seats = row_queries.count_seats(player.group)
    return Answered(seats - awaited, seats)


_SEEN = "_seen"


def _announced(settings: SessionSettings, group: MarketRow) -> Announcement | None:
    return announcement_of(group) if settings.rules.announcement == HISTOGRAM else None


def _outcome(player: SubjectRow) -> SeatOutcome:
    return SeatOutcome(maybe(player, "price"), player.final_q, player.final_r, player.points)


def _market(group: MarketRow, announcement: Announcement | None) -> MarketSummary:
    return MarketSummary(maybe(group, "price"), maybe(group, "total_q"), maybe(group, "total_r"), announcement)


def _history(player: SubjectRow, settings: SessionSettings) -> tuple[RoundRecord, ...]:
    """The finished rounds: those whose rows have a state, so that their markets need not be read."""
    earlier = player.in_previous_rounds() if player.round_number > 1 else []
    return tuple(
        RoundRecord(
            round_number=row.round_number,
            practice=settings.is_practice(row.round_number),
            type=row.type,
            state=row.state,
            active=row.active,
            stage1=offer_stage(row, FIRST_OFFER).offer,
            stage2=offer_stage(row, SECOND_OFFER).offer,
            price=maybe(row, "price"),
            final_q=row.final_q,
            final_r=row.final_r,
            points=row.points,
        )
        for row in (*earlier, player)
        if maybe(row, "state") is not None
    )
