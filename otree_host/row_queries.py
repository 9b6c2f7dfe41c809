"""Reads the rows of a whole market in one query, where oTree would read them one by one.

A market of two hundred asks at every wait page who is missing: the answer must not take two hundred
rows, or two hundred queries.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from otree.database import db
from otree.models import Participant
from sqlalchemy import and_, bindparam, or_
from sqlalchemy.ext import baked
from sqlalchemy.orm import contains_eager, joinedload


def seats(group: Any) -> list[Any]:
    """The players of a market by seat, with their participants."""
    player = _players(group)
    return list(db.query(player).options(joinedload(player.participant)).filter(player.group_id == group.id).order_by(player.id_in_group))


def without_first_offer(group: Any, most: int | None = None) -> list[Any]:
    """The players whose first offer the market still awaits; at most ``most`` of them."""
    return _of(group, _without_first_offer(group), most)


def not_through_second_stage(group: Any, most: int | None = None) -> list[Any]:
    """The players from whom the market still awaits a second offer, or that they read why there is
    none; at most ``most`` of them.
    """
    return _of(group, _not_through_second_stage(group), most)


def not_ready(group: Any, most: int | None = None) -> list[Any]:
    """The players who are not yet on the wait page before the first round; at most ``most`` of them."""
    return _of(group, _not_ready(group), most)


def count_seats(group: Any) -> int:
    """The number of players of a market."""
    return _count(group)


def count_without_first_offer(group: Any) -> int:
    """How many players ``without_first_offer`` lists."""
    return _count(group, _without_first_offer(group))


def count_not_through_second_stage(group: Any) -> int:
    """How many players ``not_through_second_stage`` lists."""
    return _count(group, _not_through_second_stage(group))


def count_not_ready(group: Any) -> int:
    """How many players ``not_ready`` lists."""
    return _count(group, _not_ready(group))


def over_by_the_clock(kind: Any, limit: float) -> list[int]:
    """The keys of the market rounds (rows of ``kind``) in a stage whose deadline was at or before
    ``limit``.
    """
    unopened = kind.stage1_opened == None  # noqa: E711
    stages = (
        and_(unopened, or_(kind.start_deadline <= limit, kind.market_deadline <= limit)),
        and_(kind.drawn == False, kind.stage1_deadline <= limit),  # noqa: E712
        and_(kind.drawn == True, kind.cleared == False, kind.stage2_deadline <= limit),  # noqa: E712
        and_(kind.cleared == True, kind.over == False, kind.result_deadline <= limit),  # noqa: E712
    )
    return [key for (key,) in db.query(kind.id).filter(or_(*stages))]


def row(kind: Any, key: int) -> Any:
    """The row with this key; None if there is none."""
    return db.query(kind).get(key)


def by_participant(group: Any, first: int, last: int) -> dict[int, list[Any]]:
    """For each participant of the market, by id, the players of these rounds in order."""
    player = _players(group)
    people = db.query(player.participant_id).filter(player.group_id == group.id)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in _ordered(db.query(player).filter(player.participant_id.in_(people), player.round_number.between(first, last)), player):
        found[row.participant_id].append(row)
    return found


def next_groups(group: Any) -> list[Any]:
    """The markets in which the participants of this one are in the next round."""
    player, kind = _players(group), type(group)
    people = db.query(player.participant_id).filter(player.group_id == group.id)
    keys = db.query(player.group_id).filter(player.participant_id.in_(people), player.round_number == group.round_number + 1)
    return list(db.query(kind).filter(kind.id.in_(keys)).order_by(kind.id_in_subsession))


def waiting(group: Any) -> list[Any]:
    """The players of a market whose participants are on a wait page, even another market's, with
    their participants.
    """
    player = _players(group)
    found = db.query(player).join(player.participant).options(contains_eager(player.participant))
    return list(found.filter(player.group_id == group.id, Participant.is_on_wait_page == True).order_by(player.id_in_group))  # noqa: E712


def passed_by(group: Any) -> frozenset[int]:
    """The ids of the participants of a market whose next round was already drawn; looked up once
    per request.
    """
    if _PASSED_BY not in vars(group):
        player, kind = _players(group), type(group)
        found = _statements(lambda session: _drawn_next(session, player, kind), kind)(db._db)
        vars(group)[_PASSED_BY] = frozenset(key for (key,) in found.params(group=group.id, following=group.round_number + 1))
    passed: frozenset[int] = vars(group)[_PASSED_BY]
    return passed


def _drawn_next(session: Any, player: Any, kind: Any) -> Any:
    people = session.query(player.participant_id).filter(player.group_id == bindparam("group"))
    ahead = session.query(player.participant_id).join(kind, player.group_id == kind.id).filter(kind.drawn == True)  # noqa: E712
    return ahead.filter(player.round_number == bindparam("following"), player.participant_id.in_(people.subquery()))


_PASSED_BY = "_passed_by"
_statements = baked.bakery()


def _without_first_offer(group: Any) -> Any:
    return _players(group).stage1_source == None  # noqa: E711


def _not_through_second_stage(group: Any) -> Any:
    player = _players(group)
    if group.shut_down:
        return player.stage2_read == False  # noqa: E712
    offers = and_(player.active == True, player.stage2_source == None)  # noqa: E711, E712
    return or_(offers, and_(player.active == False, player.stage2_read == False))  # noqa: E712


def _not_ready(group: Any) -> Any:
    return _players(group).ready == False  # noqa: E712


def _count(group: Any, *wanted: Any) -> int:
    player = _players(group)
    return int(db.query(player.id).filter(player.group_id == group.id, *wanted).count())


def _of(group: Any, wanted: Any, most: int | None) -> list[Any]:
    player = _players(group)
    found = _ordered(db.query(player).filter(player.group_id == group.id, wanted), player)
    return list(found if most is None else found.limit(most))


def _ordered(query: Any, player: Any) -> Any:
    return query.order_by(player.round_number, player.id_in_group)


def _players(group: Any) -> Any:
    """The class of the players of the app that the group belongs to."""
    return type(group).player_set.property.mapper.class_
