"""Choices simulated straight into arrays, without an export: for studies that need thousands of data sets."""

from __future__ import annotations

import numpy as np

from comparison.behaviour.choices import NOT_EXPLAINED, Play
from comparison.behaviour.players import Players
from comparison.behaviour.situations import read_offers
from theory.economy.arrays import FloatArray, IntArray
from theory.simulation.market_rounds import simulations
from theory.simulation.strategies import FirstStage, Profile


def replicated(players: Players, units: int, rounds: int, seed: int) -> Play:
    """Choices of ``units`` markets that never mix, with ``rounds`` market rounds each, by the
    paper's mechanism; N seats are N subjects.
    """
    game, agents = players.game, players.game.environment.agents
    source = np.random.default_rng([seed, 1])
    subject = np.arange(units * agents).reshape(units, agents).repeat(rounds, axis=0)
    kinds = players.kinds(source.random(units * agents))[subject]

    def first(generator: np.random.Generator, types: IntArray) -> FloatArray:
        return game.offers[players.first(kinds, types, generator.random(types.shape))]

    def second(generator: np.random.Generator, begun: FirstStage) -> FloatArray:
        read = read_offers(game, begun.offers)
        places = players.second(kinds, begun.types, read, begun.active, generator.random(begun.types.shape))
        return np.where(begun.active[..., None], game.offers[places], 0.0)

    (found,) = simulations(game.environment, Profile(first, second), units * rounds, seed, units * rounds)
    return Play(
        game=game,
        unit=np.arange(units).repeat(rounds),
        subject=subject,
        types=found.types,
        read=read_offers(game, found.stage1),
        active=found.active,
        first=game.index(found.stage1),
        second=np.where(found.active, game.index(np.nan_to_num(found.stage2)), NOT_EXPLAINED),
        second_offers=found.stage2,
    )
