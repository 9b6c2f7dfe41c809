"""What one report reads from the database: each round's players once, and what is stored with
participants, without writing it back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiment.session import Experiment
from parimutuel_twostage.rows import MarketRow, RoundRow, SubjectRow


@dataclass
class Kept:
    """A copy of what is stored with a participant, because oTree writes back every participant
    whose ``vars`` were read.
    """

    id_in_session: int
    vars: MutableMapping[str, Any]


def kept_with(participant: Any) -> Kept:
    return Kept(participant.id_in_session, dict(participant._vars))


class Reading:
    """The rounds of a session that may be played, in order, each with its markets; and their
    players, read when needed.
    """

    def __init__(self, experiment: Experiment, subsession: RoundRow) -> None:
        self.experiment = experiment
        self.participants: Sequence[Any] = sorted(subsession.session.get_participants(), key=lambda one: one.id_in_session)
        self.rounds: Sequence[tuple[RoundRow, Sequence[MarketRow]]] = [
            (one, one.get_groups()) for one in subsession.in_rounds(1, experiment.settings.total_rounds)
        ]
        self._players: dict[int, Sequence[SubjectRow]] = {}
        self._by_group: dict[int, Sequence[SubjectRow]] = {}

    def players_in(self, round_number: int) -> Sequence[SubjectRow]:
        """All players of a round."""
        if round_number not in self._players:
            found = self.rounds[round_number - 1][0].get_players()
            self._players[round_number] = found
            members = defaultdict(list)
            for player in sorted(found, key=lambda one: one.id_in_group):
                members[player.group_id].append(player)
            self._by_group.update(members)
        return self._players[round_number]

    def players_of(self, group: MarketRow) -> Sequence[SubjectRow]:
        """The players of a market round, in the order of their seats."""
        self.players_in(group.round_number)
        return self._by_group.get(group.id, ())
