"""The theory's prices and offers for the market rounds that were played, in a few batched calls per economy.

Three benchmarks stand beside every stage-2 price: Nash at the true types (Proposition 1 at the active agents' types), Nash
as announced (every active subject plays s2* of eq. (7)-(10): the own type as it is, the others' types as I(.) reads their
announced offers; where nothing is announced, the equilibrium of the game in which the others' types stay unknown), and the competitive
price of L^z(epsilon) at the state (Lemma 2).

The configurations of all market rounds of one economy are collected, and each distinct one is solved once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from comparison.markets import IntArray, MarketRound
from experiment.config import HISTOGRAM
from theory.beliefs import ImpossibleConfiguration
from theory.competitive import competitive_equilibrium
from theory.environment import Environment
from theory.mechanism import is_offer, market_trade
from theory.semipooling import one_stage_offers
from theory.separating import announced_offers
from theory.stage1 import UNREAD, NotSeparating, intervals, stage1_optimum, stage1_quantity
from theory.stage2 import NotSolved, solve_stage2
from theory.utility import FloatArray


@dataclass(frozen=True, eq=False)
class Economy:
    """What the theory says of an environment before anybody plays.

    ``alpha_star`` (K, 2) are the stage-1 optima in goods; ``lowest`` and ``highest`` (K,) bound I(x) in units of q1 and are nan
    where two optima coincide, which ``not_separating`` then says in a sentence. ``price`` (Z,) and ``bundles`` (Z, K, 2) are the
    competitive equilibrium of L^z(epsilon) by state.
    """

    environment: Environment
    alpha_star: FloatArray
    lowest: FloatArray
    highest: FloatArray
    not_separating: str | None
    price: FloatArray
    bundles: FloatArray


@dataclass(frozen=True, eq=False)
class Prediction:
    """The benchmarks of one market round; arrays by row of the market round, offers and bundles of shape (rows, 2).

    What the theory does not give is nan: prices and stage-2 offers where the types have probability zero in every state; those as
    announced also where the optima do not separate, where the market shut down or could have, with nothing announced, and where no
    equilibrium without an announcement was found; stage-2 offers of the inactive.
    ``read_as`` is the index of the type whose I(.) holds the first offer, or UNREAD where there is none. ``nash_bundles`` are
    what the Nash offers lead to at the Nash price, nan for the inactive.
    """

    economy: Economy
    read_as: IntArray
    nash_price: float
    nash_offers: FloatArray
    nash_bundles: FloatArray
    announced_price: float
    announced_offers: FloatArray
    competitive_price: float
    competitive_bundles: FloatArray


def predictions(markets: Sequence[MarketRound]) -> tuple[Prediction, ...]:
    """The benchmarks of every market round, in order."""
    by_economy: dict[str, list[int]] = defaultdict(list)
    for index, market in enumerate(markets):
        by_economy[market.session.economy].append(index)
    found: dict[int, Prediction] = {}
    for indices in tqdm(by_economy.values(), desc="solving the theory", unit=" economies", disable=None, leave=False):
        chosen = [markets[index] for index in indices]
        found.update(zip(indices, _predict(economy(chosen[0].session.environment), chosen), strict=True))
    return tuple(found[index] for index in range(len(markets)))


def economy(environment: Environment) -> Economy:
    """The predictions that need no data."""
    competitive = competitive_equilibrium(environment)
    unknown = np.full(len(environment.types), np.nan)
    lowest, highest, trouble = unknown, unknown, None
    try:
        read = intervals(environment)
        lowest, highest = read.lower, read.upper
    except NotSeparating as error:
        trouble = str(error)
    return Economy(
        environment=environment,
        alpha_star=stage1_optimum(environment).offers,
        lowest=lowest,
        highest=highest,
        not_separating=trouble,
        price=competitive.price,
        bundles=competitive.bundles,
    )


def _predict(economy: Economy, markets: Sequence[MarketRound]) -> list[Prediction]:
    nash = _nash(economy.environment, np.stack([market.configuration for market in markets]))
    reader = _Reader(economy)
    found = []
    for market, (price, offers, bundles) in zip(markets, nash, strict=True):
        state = economy.environment.state_index(market.state)
        active = market.active[:, None]
        read_as = reader.read(market)
        announced = reader.second_offers(market, read_as)
        found.append(
            Prediction(
                economy=economy,
                read_as=read_as,
                nash_price=price,
                nash_offers=np.where(active, offers[market.type_index], np.nan),
                nash_bundles=np.where(active, bundles[market.type_index], np.nan),
                announced_price=_price(economy.environment, announced[market.active]),
                announced_offers=announced,
                competitive_price=float(economy.price[state]),
                competitive_bundles=economy.bundles[state, market.type_index],
            )
        )
    return found


def _nash(environment: Environment, configurations: IntArray) -> list[tuple[float, FloatArray, FloatArray]]:
    """Price, offers (K, 2) and bundles (K, 2) at each configuration; nan where it is empty or impossible."""
    distinct, which = np.unique(configurations, axis=0, return_inverse=True)
    possible = (distinct.sum(axis=1) > 0) & _is_possible(environment, distinct)
    unknown = np.full((len(environment.types), 2), np.nan)
    answers = [(np.nan, unknown, unknown)] * len(distinct)
    if possible.any():
        solved = solve_stage2(environment, distinct[possible])
        for row, index in enumerate(np.flatnonzero(possible)):
            answers[index] = (float(solved.price[row]), solved.offers[row], solved.bundles[row])
    return [answers[index] for index in which]


def _is_possible(environment: Environment, configurations: IntArray) -> npt.NDArray[np.bool_]:
    """Whether some state gives every type of the configuration a positive probability."""
    excluded = (configurations[:, None, :] > 0) & (environment.likelihood[None, :, :] == 0)
    return np.asarray((~excluded.any(axis=2)).any(axis=1))


class _Reader:
    """s2* for the market rounds of one economy, computed once for all market rounds that read alike."""

    def __init__(self, economy: Economy) -> None:
        self._economy = economy
        self._intervals = intervals(economy.environment) if economy.not_separating is None else None
        self._known: dict[tuple[tuple[int, int], ...], dict[tuple[int, int], FloatArray]] = {}
        self._untold: dict[int, FloatArray] = {}

    def read(self, market: MarketRound) -> IntArray:
        """The type that each first offer of the market round is read as, (rows,)."""
        environment = self._economy.environment
        offers = _pairs(market)
        inside = is_offer(offers, environment.endowment_q, environment.endowment_r)
        if self._intervals is None:
            return np.full(len(offers), UNREAD)
        return np.where(inside, self._intervals.read(stage1_quantity(environment, offers)), UNREAD)

    def second_offers(self, market: MarketRound, read_as: IntArray) -> FloatArray:
        """s2* by row (rows, 2); nan for the inactive, and for all where the theory does not give it."""
        offers, settings = np.full((len(market.rows), 2), np.nan), market.session.settings
        if settings.announcement != HISTOGRAM and not settings.shutdown_if_equal:
            return np.where(market.active[:, None], self._without_announcement(int(market.active.sum()))[market.type_index], np.nan)
        told = settings.announcement == HISTOGRAM and not market.shut_down
        if not told or not (read_as[market.active] != UNREAD).any():
            return offers
        pairs = [(int(x), int(seen)) for x, seen in zip(market.type_index, read_as, strict=True)]
        key = tuple(sorted(pair for pair, active in zip(pairs, market.active, strict=True) if active))
        if key not in self._known:
            self._known[key] = self._solve(market, read_as, pairs)
        for row in np.flatnonzero(market.active):
            offers[row] = self._known[key][pairs[row]]
        return offers

    def _without_announcement(self, active: int) -> FloatArray:
        """The offers (K, 2) of so many agents who know their own types only; nan where no equilibrium was found."""
        if active not in self._untold:
            try:
                self._untold[active] = one_stage_offers(self._economy.environment, active)
            except NotSolved:
                self._untold[active] = np.full((len(self._economy.environment.types), 2), np.nan)
        return self._untold[active]

    def _solve(self, market: MarketRound, read_as: IntArray, pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], FloatArray]:
        active = np.flatnonzero(market.active)
        announced = np.where(read_as[:, None] == UNREAD, np.nan, _pairs(market))[active]
        try:
            offers = announced_offers(self._economy.environment, market.type_index[active], announced)
        except ImpossibleConfiguration:
            offers = np.full((len(active), 2), np.nan)
        return {pairs[row]: offer for row, offer in zip(active.tolist(), offers, strict=True)}


def _pairs(market: MarketRound) -> FloatArray:
    """The first offers (rows, 2); nan where there is none."""
    return np.array([(np.nan, np.nan) if offer is None else (offer.q, offer.r) for offer in market.stage1])


def _price(environment: Environment, offers: FloatArray) -> float:
    """p2 of eq. (3) at the given offers of all active agents; nan where one is not known."""
    if not len(offers) or np.isnan(offers).any():
        return float("nan")
    ends = environment.endowment_q, environment.endowment_r, environment.epsilon_q, environment.epsilon_r
    return market_trade(offers, *ends).price
