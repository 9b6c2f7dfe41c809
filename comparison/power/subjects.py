"""Market rounds of an experiment that nobody has run yet: one treatment, played by a behavioural
model.

Markets are those of ``theory.simulation.market_rounds``; what is offered is drawn from the model's
choice probabilities on the grid of offers. Units differ: each has its own parameters, spread around
the given ones with the given standard deviations, on the scale of estimation (logarithms for
precisions). The spread takes five equally likely values, so that units with the same parameters are
played together.

Without an announcement no model reads a histogram. Then second offers respond, with the model's
precision, to the offers of the equilibrium in which the others' types stay unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from comparison.behaviour.equilibria import logit_choice
from comparison.behaviour.game import Game, game_of
from comparison.behaviour.models import model
from comparison.behaviour.parameters import LAMBDA2, InvalidParameter
from comparison.behaviour.players import players
from comparison.behaviour.situations import read_offers
from experiment.config import SessionSettings
from experiment.market_options import HISTOGRAM
from theory.economy.arrays import FloatArray, IntArray
from theory.efficiency.expectations import affordable_tail
from theory.equilibrium.semipooling import one_stage_offers
from theory.information.beliefs import private_posterior
from theory.information.enumeration import likely_configurations
from theory.simulation.market_rounds import Simulation, simulations
from theory.simulation.strategies import FirstStage, Profile

STEPS = norm.ppf((np.arange(5) + 0.5) / 5)
STEPS = STEPS / STEPS.std()
"""Five equally likely values with mean 0 and standard deviation 1."""

ROUNDS_AT_ONCE = 2**15


@dataclass(frozen=True, eq=False)
class Treatment:
    """What is played and by whom: a session's settings, a model's name, its parameters, and their
    standard deviations between units.

    A unit is ``markets`` markets of ``settings.schedule.rounds`` paid rounds: one if matching is
    fixed, all markets of a session if it is random.
    """

    label: str
    settings: SessionSettings
    model: str
    parameters: Mapping[str, float]
    between: Mapping[str, float]
    markets: int = 1


def played(treatment: Treatment, units: int, seed: Any, statistic: Callable[[Simulation], FloatArray]) -> FloatArray:
    """The average over each unit's market rounds of a ``statistic`` of them, (units,); market
    rounds in which it is nan are left out.

    Raises InvalidParameter, NoChoiceModel and what the theory raises.
    """
    streams = [np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(2)]
    step = streams[0].integers(len(STEPS), size=units) if any(treatment.between.values()) else np.full(units, len(STEPS) // 2)
    rounds, found = treatment.settings.schedule.rounds * treatment.markets, np.full(units, np.nan)
    for place in np.unique(step).tolist():
        parameters, mine = _moved(treatment, float(STEPS[place])), np.flatnonzero(step == place)
        for part in np.array_split(mine, -(-len(mine) * rounds // ROUNDS_AT_ONCE)):
            market_rounds = _play(treatment, parameters, len(part), int(streams[1].integers(2**62)))
            values = statistic(market_rounds).reshape(len(part), rounds)
            found[part] = np.nanmean(values, axis=1)
    return found


def _play(treatment: Treatment, parameters: Mapping[str, float], units: int, seed: int) -> Simulation:
    """The market rounds of this many units, with those of a unit together."""
    settings, rounds = treatment.settings, treatment.settings.schedule.rounds
    game = game_of(settings)
    subjects = players(game, model(treatment.model), parameters)
    nature, chance = np.random.SeedSequence(seed).spawn(2)
    lots = np.random.default_rng(chance).random((units * treatment.markets, settings.market_size))
    kinds = np.repeat(subjects.kinds(lots), rounds, axis=0)
    untold = None if settings.rules.announcement == HISTOGRAM else _untold(game, treatment.model, parameters)

    def first(generator: np.random.Generator, types: IntArray) -> FloatArray:
        return game.offers[subjects.first(kinds, types, generator.random(types.shape))]

    def second(generator: np.random.Generator, begun: FirstStage) -> FloatArray:
        here = generator.random(begun.types.shape)
        if untold is not None:
            return game.offers[_drawn(untold, begun.types, here)]
        read = read_offers(game, begun.offers)
        return game.offers[np.maximum(subjects.second(kinds, begun.types, read, begun.active, here), 0)]

    count = len(kinds)
    (played,) = simulations(settings.environment, Profile(first, second), count, int(np.random.default_rng(nature).integers(2**62)), count)
    return played


def _moved(treatment: Treatment, step: float) -> dict[str, float]:
    """The parameters of units that lie this many standard deviations away, kept within their
    ranges.
    """
    known = {parameter.name: parameter for parameter in model(treatment.model).parameters}
    for name in treatment.between:
        if name not in known:
            raise InvalidParameter(f"The model {treatment.model} has no parameter {name}, so units cannot differ in it.")
    return {
        name: known[name].value(known[name].clipped(known[name].free(value) + step * treatment.between.get(name, 0.0)))
        if name in known and treatment.between.get(name)
        else value
        for name, value in treatment.parameters.items()
    }


def _untold(game: Game, name: str, parameters: Mapping[str, float]) -> FloatArray:
    """The chance of every second offer by type, (K, G), if nothing is announced."""
    if LAMBDA2.name not in parameters:
        raise InvalidParameter(
            f"The model {name} says nothing about second offers without an announcement; a model with {LAMBDA2.name} does."
        )
    env, kinds = game.environment, len(game.environment.types)
    offers, points = one_stage_offers(env, game.active), np.zeros((kinds, len(game.offers)))
    others = game.active - 1
    for chunk in likely_configurations(env, others, affordable_tail(env, others)):
        totals = game.exogenous + chunk.configurations @ offers
        for z in range(len(env.states)):
            for x in range(kinds):
                sure = np.eye(len(env.states))[np.full(len(totals), z)]
                paid = game.stage2_points(np.full(len(totals), x), sure, totals)
                points[x] += private_posterior(env)[x, z] * (chunk.probability[:, z] @ paid)
    return np.asarray(np.exp(logit_choice(points, parameters[LAMBDA2.name])))


def _drawn(chances: FloatArray, types: IntArray, lots: FloatArray) -> IntArray:
    """A place on the grid for each random number, from the chances of its type (K, G)."""
    places = np.empty(lots.shape, np.int64)
    for x, chance in enumerate(chances):
        cumulated = np.cumsum(chance)
        places[types == x] = np.searchsorted(cumulated / cumulated[-1], lots[types == x], side="right")
    return places
