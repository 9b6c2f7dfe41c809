"""The market rounds of a data set: the rows of one market in one round, with what the theory needs
to know about them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from comparison.data.reading import DecisionRow, Export, Session
from experiment.config import SessionSettings
from experiment.offers import Offer
from experiment.rounds import announce
from theory.economy.arrays import BoolArray, IntArray
from theory.economy.environment import Environment
from theory.mechanism import is_offer


@dataclass(frozen=True, eq=False)
class MarketRound:
    """One market in one round; ``rows`` are in the order of the export. All tuples and arrays are
    by row.
    """

    session: Session
    round_number: int
    market: str
    rows: tuple[DecisionRow, ...]

    @cached_property
    def settings(self) -> SessionSettings:
        """The session's settings with N and M of this market.

        If markets form by arrival, N is what the market's rows say, if the lobby allows that size.
        Practice rounds come before the lobby and keep the session's N.
        """
        settings, said = self.session.settings, Counter(row.decision.agents for row in self.rows).most_common(1)[0][0]
        return settings.for_market(said) if said in settings.market_sizes and not self.practice else settings

    @property
    def environment(self) -> Environment:
        return self.settings.environment

    @property
    def practice(self) -> bool:
        return self.session.settings.is_practice(self.round_number)

    @property
    def solo(self) -> bool:
        """Whether one subject practises in this market among robots."""
        return self.session.settings.is_solo(self.round_number)

    @property
    def paid_round(self) -> int:
        """The number of the round among rounds of its kind, practice or paid, counted from 1."""
        return self.session.settings.round_in_kind(self.round_number)

    @property
    def matching_group(self) -> str:
        return self.rows[0].decision.matching_group

    @cached_property
    def state(self) -> str:
        return self.rows[0].decision.state

    @cached_property
    def type_index(self) -> IntArray:
        return np.array([self.session.environment.type_index(row.decision.type) for row in self.rows], dtype=np.int64)

    @cached_property
    def active(self) -> BoolArray:
        return np.array([row.decision.active == 1 for row in self.rows], dtype=np.bool_)

    @cached_property
    def stage1(self) -> tuple[Offer | None, ...]:
        return tuple(row.stage1 for row in self.rows)

    @cached_property
    def stage2(self) -> tuple[Offer | None, ...]:
        return tuple(row.stage2 for row in self.rows)

    @cached_property
    def obeys_o(self) -> tuple[BoolArray, BoolArray]:
        """Whether each first and each second offer lies in O or is absent; both (rows,)."""
        environment = self.session.environment
        pairs = np.array([[(offer.q, offer.r) if offer else (0.0, 0.0) for offer in stage] for stage in (self.stage1, self.stage2)])
        first, second = is_offer(pairs, environment.endowment)
        return first, second

    @cached_property
    def shut_down(self) -> bool:
        """Whether the offers made at stage 1 shut this market down (section 3.3), if the session
        config says so.
        """
        return self.session.settings.rules.shutdown_if_equal and announce(self.stage1, self.active.tolist(), True).shut_down

    @cached_property
    def configuration(self) -> IntArray:
        """sigma, the active agents' type configuration, shape (types,)."""
        return np.bincount(self.type_index[self.active], minlength=len(self.session.environment.types))


def market_rounds(export: Export) -> tuple[MarketRound, ...]:
    """All market rounds of a data set, ordered by session, round and market."""
    gathered: dict[tuple[str, int, str], list[DecisionRow]] = defaultdict(list)
    for row in export.rows:
        gathered[row.decision.session_code, row.decision.round_number, row.decision.market].append(row)
    return tuple(
        MarketRound(export.sessions[code], number, market, tuple(gathered[code, number, market]))
        for code, number, market in sorted(gathered, key=lambda key: (key[0], key[1], _natural(key[2])))
    )


def _natural(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdecimal() and name.isascii() else (10**9, name)
