"""The choices to be explained: who offered what in which situation. They are counted once per data
set, so that a likelihood is a sparse product.

The models explain offers that a subject typed in paid rounds; those of robots and of absent
subjects are part of what others faced. A model's prediction is a vector of ln P over (type, offer)
at stage 1 and over (situation, offer) at stage 2, and a subject's log-likelihood is their counts
times that vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from comparison.behaviour.game import Game, NoChoiceModel, game_of
from comparison.behaviour.situations import Situations, read_offers, situations_of
from comparison.data.markets import MarketRound
from experiment.offers import TYPED, Offer
from theory.economy.arrays import BoolArray, FloatArray, IntArray

NOT_EXPLAINED = -1


@dataclass(frozen=True, eq=False)
class Play:
    """S market rounds of N agents.

    ``unit`` (S,) numbers the independent unit and ``subject`` (S, N) the subject, both from 0;
    ``types`` and ``read`` (S, N) as indices, the latter UNREAD without a first offer; ``active``
    (S, N) whether the agent traded at a stage 2 that took place; ``first`` and ``second`` (S, N)
    the grid places of the offers to be explained, else -1; ``second_offers`` (S, N, 2) everybody's
    in goods, nan if there is none.
    """

    game: Game
    unit: IntArray
    subject: IntArray
    types: IntArray
    read: IntArray
    active: BoolArray
    first: IntArray
    second: IntArray
    second_offers: FloatArray

    @property
    def units(self) -> int:
        """The number of independent units."""
        return int(self.unit.max(initial=-1)) + 1

    @cached_property
    def _situations(self) -> tuple[Situations, IntArray]:
        return situations_of(self.game, self.types, self.read, self.active)

    @property
    def situations(self) -> Situations:
        """The distinct situations of stage 2."""
        return self._situations[0]

    @cached_property
    def choices(self) -> Choices:
        """The offers to be explained, counted."""
        count = len(self.game.offers)
        explained1, explained2 = self.first >= 0, self.second >= 0
        subjects = int(self.subject.max(initial=-1)) + 1
        unit_of = np.zeros(subjects, np.int64)
        unit_of[self.subject] = self.unit[:, None]
        first = self.types[explained1] * count + self.first[explained1]
        second = self._situations[1][explained2] * count + self.second[explained2]
        return Choices(
            unit_of,
            _counted(self.subject[explained1], first, subjects, self.game.stage1_points.size),
            _counted(self.subject[explained2], second, subjects, len(self.situations) * count),
        )

    def mean_offers(self, weight: FloatArray) -> FloatArray:
        """The average offers of agents read as each type, at each sigma', (D, K, 2), with units
        weighted by ``weight`` (U,).

        If nobody was observed there in the units with weight, the average comes from the nearest
        sigma' (by the number of agents read differently) at which somebody was; if there is no such
        sigma', it is no offer.
        """
        known, kinds = self.situations.configurations, len(self.game.environment.types)
        market, seat = np.nonzero(self.active & (self.read >= 0))
        public = self.situations.which[self._situations[1][market, seat]]
        place = public * kinds + self.read[market, seat]
        counted = weight[self.unit[market]]
        offers = np.nan_to_num(self.second_offers[market, seat])
        size = len(known) * kinds
        number = np.bincount(place, counted, size)
        sums = np.stack([np.bincount(place, counted * offers[:, good], size) for good in (0, 1)], axis=-1)
        mean = np.divide(sums, number[:, None], out=np.zeros_like(sums), where=number[:, None] > 0).reshape(len(known), kinds, 2)
        return _filled(mean, number.reshape(len(known), kinds) > 0, known)


@dataclass(frozen=True, eq=False)
class Choices:
    """Counts of a subject's offers, (subjects, K G) at stage 1 and (subjects, C G) at stage 2, and each subject's unit."""

    unit_of: IntArray
    first: csr_array
    second: csr_array

    @property
    def number(self) -> int:
        """How many offers are explained."""
        return int(self.first.sum() + self.second.sum())


def played(markets: Sequence[MarketRound]) -> Play:
    """The choices in the market rounds of one treatment, all of the same game. Raises
    NoChoiceModel, and NotSeparating.
    """
    sizes = {market.environment.agents for market in markets}
    if len(sizes) > 1:
        raise NoChoiceModel(
            f"its markets have {min(sizes)} to {max(sizes)} agents, and behavioural models are fitted to one game at a time."
        )
    game = game_of(markets[0].settings)
    units: dict[tuple[str, str], int] = {}
    subjects: dict[tuple[str, str], int] = {}
    shape = (len(markets), max(len(market.rows) for market in markets))
    rows = Play(
        game,
        np.zeros(len(markets), np.int64),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros(shape, bool),
        np.full(shape, NOT_EXPLAINED),
        np.full(shape, NOT_EXPLAINED),
        np.full((*shape, 2), np.nan),
    )
    for s, market in enumerate(markets):
        n = slice(0, len(market.rows))
        code, said = market.session.code, [row.decision for row in market.rows]
        rows.unit[s] = units.setdefault((code, market.matching_group), len(units))
        own = [subjects.setdefault((code, row.participant_code), len(subjects)) for row in said]
        rows.subject[s] = own + own[:1] * (shape[1] - len(own))  # a seat without a row offers nothing, whoever is named in it
        rows.types[s, n] = market.type_index
        first, second = _pairs(market.stage1), _pairs(market.stage2)
        rows.read[s, n] = read_offers(game, first)
        rows.active[s, n] = market.active & (not market.shut_down)
        rows.second_offers[s, n] = second
        typed1 = np.array([row.stage1_source == TYPED for row in said]) & ~np.isnan(first[:, 0])
        typed2 = np.array([row.stage2_source == TYPED for row in said]) & ~np.isnan(second[:, 0]) & rows.active[s, n]
        rows.first[s, n] = np.where(typed1, game.index(np.nan_to_num(first)), NOT_EXPLAINED)
        rows.second[s, n] = np.where(typed2, game.index(np.nan_to_num(second)), NOT_EXPLAINED)
    return rows


def _pairs(offers: Sequence[Offer | None]) -> FloatArray:
    return np.array([(offer.q, offer.r) if offer else (np.nan, np.nan) for offer in offers])


def _counted(subject: IntArray, place: IntArray, subjects: int, places: int) -> csr_array:
    return csr_array((np.ones(len(place)), (subject, place)), shape=(subjects, places))


def _filled(mean: FloatArray, seen: BoolArray, known: IntArray) -> FloatArray:
    for y in range(known.shape[1]):
        missing, there = np.flatnonzero(~seen[:, y] & (known[:, y] > 0)), np.flatnonzero(seen[:, y])
        if missing.size and there.size:
            apart = np.abs(known[missing][:, None] - known[there][None]).sum(axis=2)
            mean[missing, y] = mean[there[apart.argmin(axis=1)], y]
    return mean
