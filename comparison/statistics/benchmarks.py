"""The theory's prices and offers for the market rounds that were played, in a few batched calls per
economy.

Every stage-2 price is compared with the prices of BENCHMARKS, each for the types, the state and the
first offers of its market round:

``nash``                        Proposition 1 at the active agents' types and the posterior phi^sigma that these give
``announced``                   every active subject plays s2* of eq. (7)-(10): their own type as it is, the others' types as I(.) reads
                                their announced offers; where nothing is announced, the equilibrium of the game in which the
                                others' types stay unknown
``competitive``                 L^z(epsilon) of Lemma 2 at the state
``competitive_posterior``       price takers who hold phi^sigma, in a market of M agents that clears
``nash_private``                Proposition 1, but each agent believes about the state what its own type says (tau_x)
``competitive_private``         price takers with the same beliefs
``nash_no_information``         Proposition 1, but all hold the prior kappa
``competitive_no_information``  price takers who hold kappa
``autarky``                     nobody offers: the price of the exogenous offers
``repeat_stage1``               every active agent offers at stage 2 what it offered at stage 1, nothing where it missed stage 1

All but the last are predictions of ``theory.equilibrium.rivals`` or of the paper itself. Each
distinct configuration is solved once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from comparison.data.markets import MarketRound
from comparison.statistics.blocks import Block, blocks, in_offers
from experiment.market_options import HISTOGRAM
from theory.economy.arrays import BoolArray, FloatArray, IntArray
from theory.economy.environment import Environment
from theory.equilibrium import rivals
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.semipooling import one_stage_offers
from theory.equilibrium.separating import offers_as_read
from theory.equilibrium.stage1 import UNREAD, NotSeparating, intervals, read_type, stage1_optimum
from theory.equilibrium.stage2 import NotSolved, solve_stage2
from theory.information.beliefs import is_possible

NASH, ANNOUNCED, COMPETITIVE, AUTARKY, REPEAT_STAGE1 = "nash", "announced", "competitive", "autarky", "repeat_stage1"
RIVALS: Mapping[str, rivals.Rival] = {
    "competitive_posterior": rivals.COMPETITIVE,
    "nash_private": rivals.NASH_PRIVATE,
    "competitive_private": rivals.COMPETITIVE_PRIVATE,
    "nash_no_information": rivals.NASH_NO_INFORMATION,
    "competitive_no_information": rivals.COMPETITIVE_NO_INFORMATION,
    AUTARKY: rivals.AUTARKY,
}
"""The benchmarks with their own belief and conduct, at the same types."""
BENCHMARKS = (NASH, ANNOUNCED, COMPETITIVE, *RIVALS, REPEAT_STAGE1)


@dataclass(frozen=True, eq=False)
class Economy:
    """What the theory says of an environment before anybody plays.

    ``alpha_star`` (K, 2) are the stage-1 optima in goods; ``lowest`` and ``highest`` (K,) bound
    I(x) in units of q1 and are nan if two optima coincide, which ``not_separating`` then says in a
    sentence. ``price`` (Z,) and ``bundles`` (Z, K, 2) are the competitive equilibrium of
    L^z(epsilon) by state.
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
    """The benchmarks of one market round; arrays by row of the market round, offers and bundles of
    shape (rows, 2).

    ``prices`` by the names of BENCHMARKS. ``read_as`` is the index of the type whose I(.) holds the
    first offer, or UNREAD if there is none. ``nash_bundles`` are the bundles from the Nash offers
    at the Nash price, nan for the inactive. Values that the theory does not give are nan: prices
    and stage-2 offers if the types have probability zero in every state; those as announced also if
    the optima do not separate, if the market shut down or could have done so while nothing is
    announced, and if no equilibrium without an announcement was found; stage-2 offers of the
    inactive.
    """

    economy: Economy
    read_as: IntArray
    prices: Mapping[str, float]
    nash_offers: FloatArray
    nash_bundles: FloatArray
    announced_offers: FloatArray
    competitive_bundles: FloatArray


def predictions(markets: Sequence[MarketRound]) -> tuple[Prediction, ...]:
    """The benchmarks of every market round, in order."""
    found: dict[int, Prediction] = {}
    for block in tqdm(blocks(markets), desc="solving the theory", unit=" economies", disable=None, leave=False):
        found.update(zip(block.places.tolist(), _predict(economy(block.environment), block), strict=True))
    return tuple(found[place] for place in range(len(markets)))


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


def _predict(economy: Economy, block: Block) -> list[Prediction]:
    nash_price, nash_offers, nash_bundles = _nash(block)
    read_as = _read(economy, block)
    announced = _announced(economy, block, read_as)
    prices = {
        NASH: nash_price,
        ANNOUNCED: block.clear(announced)[0],
        COMPETITIVE: economy.price[block.state],
        **{name: _rival_price(block, rival) for name, rival in RIVALS.items()},
        REPEAT_STAGE1: block.clear(np.where(np.isnan(block.first), 0.0, block.first))[0],
    }
    by_row = read_as, nash_offers, nash_bundles, announced, economy.bundles[block.state[block.market], block.type_index]
    cuts = np.flatnonzero(np.diff(block.market)) + 1
    parts = zip(*(np.split(values, cuts) for values in by_row), strict=True)
    return [
        Prediction(economy, read, {name: float(price[place]) for name, price in prices.items()}, *rest)
        for place, (read, *rest) in enumerate(parts)
    ]


def _nash(block: Block) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The price (B,), and offers and bundles by row (n, 2)."""
    size = len(block.environment.types)
    price, offers, bundles = np.full(block.size, np.nan), *np.full((2, block.size, size, 2), np.nan)
    if block.solvable.any():
        distinct, which = np.unique(block.configuration[block.solvable], axis=0, return_inverse=True)
        solved = solve_stage2(block.environment, distinct)
        price[block.solvable] = solved.price[which]
        offers[block.solvable], bundles[block.solvable] = solved.offers[which], solved.bundles[which]
    active = block.active[:, None]
    by_row = block.market, block.type_index
    return price, np.where(active, offers[by_row], np.nan), np.where(active, bundles[by_row], np.nan)


def _rival_price(block: Block, rival: rivals.Rival) -> FloatArray:
    price = np.full(block.size, np.nan)
    if block.solvable.any():
        configuration, state = block.configuration[block.solvable], block.state[block.solvable]
        price[block.solvable] = rivals.rival_outcome(block.environment, rival, configuration, state).price
    return price


def _read(economy: Economy, block: Block) -> IntArray:
    """The type that each first offer is read as (n,)."""
    if economy.not_separating is not None:
        return np.full(len(block.first), UNREAD)
    return np.where(in_offers(block, block.first), read_type(economy.environment, block.first), UNREAD)


def _announced(economy: Economy, block: Block, read_as: IntArray) -> FloatArray:
    """s2* by row (n, 2); nan for the inactive, and if the theory does not give it."""
    offers = np.full(block.first.shape, np.nan)
    rules = [market.session.settings.rules for market in block.markets]
    untold = np.array([not (rule.announcement == HISTOGRAM or rule.shutdown_if_equal) for rule in rules])
    size = block.sums(block.active).astype(np.int64)
    for active in np.unique(size[untold]):
        rows = (untold & (size == active))[block.market] & block.active
        offers[rows] = _without_announcement(economy.environment, int(active))[block.type_index[rows]]
    rows = (block.told & _readable(block, read_as))[block.market] & block.active
    if rows.any():
        offers[rows] = offers_as_read(block.environment, block.type_index[rows], read_as[rows], block.market[rows], size)
    return offers


def _readable(block: Block, read_as: IntArray) -> BoolArray:
    """Whether somebody's first offer is read and Bayes' rule applies whatever an active subject
    believes about the others' types (B,).
    """
    env, kinds = block.environment, np.arange(len(block.environment.types))
    seen = block.counts(read_as, block.active & (read_as != UNREAD))
    believed = seen[block.market] - (read_as[:, None] == kinds) + (block.type_index[:, None] == kinds)
    astray = block.active & ~is_possible(env, believed)
    return np.asarray((seen.sum(axis=1) > 0) & is_possible(env, seen) & (block.sums(astray) == 0))


def _without_announcement(environment: Environment, active: int) -> FloatArray:
    """The offers (K, 2) of this many agents who know only their own types; nan if no equilibrium
    was found.
    """
    unknown = np.full((len(environment.types), 2), np.nan)
    if not active:
        return unknown
    try:
        return one_stage_offers(environment, active)
    except NotSolved:
        return unknown
