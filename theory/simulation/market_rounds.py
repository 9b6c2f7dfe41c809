"""Random market rounds of section 2: nature, stage 1, the draw of the inactive, stage 2, and everybody's points.

Nature draws z from kappa and types i.i.d. from mu_z; the M active are drawn uniformly; offers come from a profile of strategies;
prices and bundles are those of eq. (1)-(3). Each kind of draw has a stream of random numbers of its own, all derived from
one seed, and takes the market rounds in order. So two profiles simulated with one seed meet the same states, types and
inactive agents, and the result does not depend on how many rounds are computed at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from theory.economy.arrays import BoolArray, FloatArray, IntArray
from theory.economy.environment import Environment
from theory.information.counting import picked
from theory.mechanism import active_after_draw, fixed_price_trade, is_offer, market_trades
from theory.simulation.strategies import FirstStage, Profile

AGENTS_AT_ONCE = 2**18
"""Rounds are computed for about this many agents at a time: enough to be fast with little memory."""


@dataclass(frozen=True, eq=False)
class Simulation:
    """S market rounds of N agents.

    ``state`` (S,) and ``types`` (S, N) as indices; ``active`` (S, N); ``stage1`` and ``stage2`` offers (S, N, 2) in goods, the latter nan
    for the inactive; ``price`` p2 (S,); ``bundles`` (S, N, 2) after trade, at p1 for the inactive; ``points`` u(q, r; x, z) (S, N).
    """

    state: IntArray
    types: IntArray
    active: BoolArray
    stage1: FloatArray
    stage2: FloatArray
    price: FloatArray
    bundles: FloatArray
    points: FloatArray


def simulate(environment: Environment, profile: Profile, sessions: int, seed: int) -> Simulation:
    """``sessions`` market rounds at once: mind the memory, about 100 bytes for each agent in each of them.

    Raises what the strategies raise, and ValueError if an offer is not in O.
    """
    parts = list(simulations(environment, profile, sessions, seed))
    return Simulation(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Simulation)))


def simulations(environment: Environment, profile: Profile, sessions: int, seed: int, rows: int | None = None) -> Iterator[Simulation]:
    """The same market rounds, ``rows`` at a time, so that memory does not grow with their number."""
    if sessions < 1 or seed < 0:
        raise ValueError(f"{sessions} sessions with the seed {seed}: it takes at least one session, and a seed of at least 0.")
    size = max(1, AGENTS_AT_ONCE // environment.agents) if rows is None else rows
    streams = [np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(5)]
    for start in range(0, sessions, size):
        yield _rounds(environment, profile, min(size, sessions - start), streams)


def _rounds(env: Environment, profile: Profile, count: int, streams: list[np.random.Generator]) -> Simulation:
    nature, individual, lottery, first, second = streams
    state = picked(env.prior, nature.random(count))
    types = _types(env, state, individual.random((count, env.agents)))
    active = active_after_draw(lottery.random((count, env.agents)), env.active)
    stage1 = _in_o(env, profile.first_offers(first, types), np.ones_like(active))
    offers = _in_o(env, profile.stage2(second, FirstStage(env, state, types, active, stage1)), active)
    stage2 = np.where(active[..., None], offers, np.nan)
    market = market_trades(env, stage2, active)
    fixed = fixed_price_trade(env, stage1)
    bundles = np.where(active[..., None], market.bundles, fixed.bundles)
    points = env.utility.points(bundles[..., 0], bundles[..., 1], env.utility.weight[types, state[:, None]])
    return Simulation(state, types, active, stage1, stage2, market.price, bundles, points)


def _types(env: Environment, state: IntArray, lots: FloatArray) -> IntArray:
    """Types i.i.d. from mu_z in each row."""
    types = np.empty(lots.shape, np.int64)
    for z in range(len(env.states)):
        types[state == z] = picked(env.likelihood[z], lots[state == z])
    return types


def _in_o(env: Environment, offers: FloatArray, made: BoolArray) -> FloatArray:
    if offers.shape != (*made.shape, 2):
        raise ValueError(f"a strategy made offers of shape {offers.shape}; {(*made.shape, 2)} is wanted, one pair for each agent.")
    wrong = made & ~is_offer(offers, env.endowment)
    if wrong.any():
        raise ValueError(f"a strategy made the offer {offers[wrong][0].tolist()}; it takes part of one good's endowment, or nothing.")
    return offers
