"""The rows of oTree's database that a market uses: a session, a participant, a round, a market, a
subject.

oTree's models have no types; these protocols declare what the app's functions may rely on. A field
that may be empty is read with ``maybe``, since oTree raises an error for it.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Protocol


class ParticipantRow(Protocol):
    """A participant, over all rounds and apps. ``payoff`` is in points."""

    id: int
    id_in_session: int
    code: str
    label: str | None
    visited: bool
    payoff: Any
    session: SessionRow
    vars: MutableMapping[str, Any]


class SessionRow(Protocol):
    id: int
    code: str
    num_participants: int
    config: Mapping[str, Any]
    vars: MutableMapping[str, Any]

    def get_participants(self) -> Sequence[ParticipantRow]: ...
    def get_subsessions(self) -> Sequence[RoundRow]:
        """The rounds of all apps."""


class RoundRow(Protocol):
    """One round of one app."""

    round_number: int
    session: SessionRow

    def get_groups(self) -> Sequence[MarketRow]: ...
    def get_players(self) -> Sequence[SubjectRow]: ...
    def in_rounds(self, first: int, last: int) -> Sequence[RoundRow]: ...
    def set_group_matrix(self, group_matrix: list[list[int]]) -> None: ...


class MarketRow(Protocol):
    """A market in one round: the fields of ``Group``, except those of its stages
    (``stage_fields``).
    """

    id: int
    id_in_subsession: int
    round_number: int
    session: SessionRow
    agents: int | None
    state: str
    drawn: bool
    announcement: str
    shut_down: bool
    cleared: bool
    price: float | None
    total_q: float | None
    total_r: float | None
    over: bool

    def get_players(self) -> Sequence[SubjectRow]: ...
    def in_rounds(self, first: int, last: int) -> Sequence[MarketRow]: ...
    def field_maybe_none(self, field_name: str) -> Any: ...


class SubjectRow(Protocol):
    """A subject in one round: the fields of ``Player``, except those of its stages
    (``stage_fields``).
    """

    id: int
    id_in_group: int
    participant_id: int
    session_id: int
    group_id: int
    round_number: int
    session: SessionRow
    participant: ParticipantRow
    group: MarketRow
    ready: bool
    dropped: bool
    lobby_arrived: float
    lobby_seen: float | None
    type: str
    active: bool
    belief: str | None
    belief_source: str
    belief_shown: float
    belief_seconds: float
    stage2_read: bool
    state: str
    price: float | None
    final_q: float
    final_r: float
    points: float

    def in_round(self, round_number: int) -> SubjectRow: ...
    def in_previous_rounds(self) -> Sequence[SubjectRow]: ...
    def field_maybe_none(self, field_name: str) -> Any: ...


class Row(Protocol):
    def field_maybe_none(self, field_name: str) -> Any: ...


def maybe(row: Row, field: str) -> Any:
    """The value of a field; None if nothing is stored, when oTree itself would raise an error."""
    return row.field_maybe_none(field)
