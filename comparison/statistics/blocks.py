"""All market rounds of one economy as arrays, so that the theory is solved once and every statistic
is a few lines of arithmetic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from comparison.data.markets import MarketRound
from experiment.market_options import HISTOGRAM
from experiment.offers import Offer
from theory.economy.arrays import BoolArray, FloatArray, IntArray
from theory.economy.environment import Environment
from theory.information.beliefs import is_possible, posterior
from theory.mechanism import is_offer, market_trades


@dataclass(frozen=True, eq=False)
class Block:
    """B market rounds of K types and Z states with n rows in all, one market round after the other.

    ``places`` (B,) and ``rows`` (n,) give their places among all market rounds and all their rows.
    By market round: ``state`` (B,) as an index. By row: ``market`` (n,) from 0 to B - 1,
    ``type_index`` and ``active`` (n,), ``first`` and ``second`` offers and ``final`` bundles (n, 2)
    in goods, ``points`` (n,). An offer is nan if none was made. Markets that formed by arrival
    differ in size: anything that depends on M takes it from the rows, not from ``environment``.
    """

    environment: Environment
    markets: tuple[MarketRound, ...]
    places: IntArray
    rows: IntArray
    state: IntArray
    market: IntArray
    type_index: IntArray
    active: BoolArray
    first: FloatArray
    second: FloatArray
    final: FloatArray
    points: FloatArray

    @property
    def size(self) -> int:
        """B, the number of market rounds."""
        return len(self.markets)

    def sums(self, values: npt.ArrayLike) -> FloatArray:
        """Sums of values by row (n,) over the rows of each market round, (B,)."""
        return np.bincount(self.market, np.asarray(values, float), self.size).astype(float)

    def counts(self, kinds: IntArray, chosen: BoolArray) -> IntArray:
        """How many of the chosen rows (n,) are of each kind (n,), by market round: (B, K)."""
        width = len(self.environment.types)
        flat = np.bincount(self.market[chosen] * width + kinds[chosen], minlength=self.size * width)
        return flat.reshape(self.size, width)

    @cached_property
    def configuration(self) -> IntArray:
        """sigma, the type configuration of the active (B, K)."""
        return self.counts(self.type_index, self.active)

    @cached_property
    def solvable(self) -> BoolArray:
        """The market rounds to which the theory applies: somebody is active, and some state allows
        their types. (B,)
        """
        return np.asarray((self.configuration.sum(axis=1) > 0) & is_possible(self.environment, self.configuration))

    @cached_property
    def told(self) -> BoolArray:
        """Whether the histogram was announced, by market round (B,)."""
        return np.array([market.session.settings.rules.announcement == HISTOGRAM and not market.shut_down for market in self.markets])

    @cached_property
    def belief(self) -> FloatArray:
        """phi^sigma of the active agents' true types (B, Z), nan if the theory does not apply."""
        belief = np.full((self.size, len(self.environment.states)), np.nan)
        belief[self.solvable] = posterior(self.environment, self.configuration[self.solvable])
        return belief

    @cached_property
    def others(self) -> FloatArray:
        """Q_- and R_- of eq. (10) at stage 2 for each row (n, 2): exogenous offers and the other
        active agents' offers as made.

        nan for the inactive, and if an offer is not in O.
        """
        made = np.where(np.isnan(self.second), 0.0, self.second)
        _, totals = self.clear(made)
        return np.where(self.active[:, None], totals[self.market] - made, np.nan)

    def clear(self, offers: FloatArray) -> tuple[FloatArray, FloatArray]:
        """p2 (B,) and (Q, R) (B, 2) of eq. (3) at the given offers (n, 2) of the active; nan if one
        is not in O or nobody is active.
        """
        env, seats = self.environment, np.bincount(self.market).max()
        seat = np.arange(len(self.market)) - np.searchsorted(self.market, self.market)
        padded, there = np.full((self.size, seats, 2), np.nan), np.zeros((self.size, seats))
        padded[self.market, seat] = np.where(in_offers(self, offers)[:, None], offers, np.nan)
        there[self.market, seat] = self.active
        price, totals, open_ = np.full(self.size, np.nan), np.full((self.size, 2), np.nan), there.any(axis=1)
        if open_.any():
            trades = market_trades(env, padded[open_], there[open_])
            price[open_], totals[open_] = trades.price, np.stack([trades.total_q, trades.total_r], axis=1)
        return price, totals


def blocks(markets: Sequence[MarketRound]) -> tuple[Block, ...]:
    """The market rounds by economy, in the order in which economies appear."""
    sizes = np.array([len(market.rows) for market in markets])
    starts = np.cumsum(sizes) - sizes
    by_economy: dict[str, list[int]] = defaultdict(list)
    for place, market in enumerate(markets):
        by_economy[market.session.economy].append(place)
    return tuple(_block(tuple(markets[place] for place in places), np.array(places), starts) for places in by_economy.values())


def in_offers(block: Block, offers: FloatArray) -> BoolArray:
    """Whether each offer (n, 2) was made and lies in O."""
    return is_offer(offers, block.environment.endowment)


def _block(markets: tuple[MarketRound, ...], places: IntArray, starts: IntArray) -> Block:
    environment = markets[0].session.environment
    said = [row.decision for market in markets for row in market.rows]
    sizes = [len(market.rows) for market in markets]
    return Block(
        environment=environment,
        markets=markets,
        places=places,
        rows=np.concatenate([np.arange(start, start + size) for start, size in zip(starts[places], sizes, strict=True)]),
        state=np.array([environment.state_index(market.state) for market in markets]),
        market=np.repeat(np.arange(len(markets)), sizes),
        type_index=np.concatenate([market.type_index for market in markets]),
        active=np.concatenate([market.active for market in markets]),
        first=_pairs(offer for market in markets for offer in market.stage1),
        second=_pairs(offer for market in markets for offer in market.stage2),
        final=np.array([(decision.final_q, decision.final_r) for decision in said]),
        points=np.array([decision.points for decision in said]),
    )


def _pairs(offers: Iterable[Offer | None]) -> FloatArray:
    return np.array([(np.nan, np.nan) if offer is None else (offer.q, offer.r) for offer in offers])
