"""Participants who withdraw: each is found by their code, and what identifies them or what they said is removed from the database.

Types, offers and points stay: without them nobody could compute the others' market again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import time
from typing import Any

from experiment.session import is_stored
from experiment.withdrawal import (
    FORGOTTEN_FIELDS,
    WITHDRAWAL_COLUMNS,
    InvalidCode,
    code_of,
    note_forgotten,
    read_code,
    withdrawal_row,
)
from otree_host.added_pages import Refused, add_rest_address
from otree_host.participants import all_sessions, emptied_label

ADDRESS = "/api/forget"


def serve() -> None:
    """Add the address at which a program with the REST key has a participant forgotten."""
    add_rest_address(ADDRESS, forget)


def forget(sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """Remove label, questionnaire and events of the participant whose code was sent.

    The answer has the participant and the number of values removed, none if they had been removed before; an empty answer if nobody
    has this code. Raises Refused.
    """
    text = sent.get("code")
    try:
        code = read_code(text if isinstance(text, str) else "")
    except InvalidCode as wrong:
        raise Refused(str(wrong)) from None
    participant = _participant(code)
    if participant is None:
        return {}
    removed = _emptied(participant) + emptied_label(participant)
    at = note_forgotten(participant, time())
    return {"session": participant.session.code, "participant": participant.code, "removed": removed, "forgotten_at": at}


def rows(players: Sequence[Any]) -> Iterator[Sequence[str]]:
    """``withdrawals.csv``: a header, then one row per participant."""
    yield list(WITHDRAWAL_COLUMNS)
    for player in players:
        if is_stored(player.session) and (row := withdrawal_row(player.session.code, player.session, player.participant)):
            yield row


def _participant(code: str) -> Any | None:
    for session in all_sessions():
        for participant in session.get_participants() if is_stored(session) else ():
            if code_of(session, participant) == code:
                return participant
    return None


def _emptied(participant: Any) -> int:
    """How many fields of the participant had something in them, and are empty now."""
    removed = 0
    for player in participant.get_players():
        for name in FORGOTTEN_FIELDS.get(type(player).__module__, ()):
            if player.field_maybe_none(name):
                removed += 1
            setattr(player, name, None)
    return removed
