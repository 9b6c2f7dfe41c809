"""Subjects who behave as a model says: offers drawn for whole arrays of market rounds at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from comparison.behaviour.game import Game
from comparison.behaviour.models import Choice, Kind, Model
from comparison.behaviour.parameters import InvalidParameter, values_of
from comparison.behaviour.situations import Situations, situations_of
from theory.economy.arrays import BoolArray, FloatArray, IntArray

ABSENT_INDEX = -1
"""Stands in for the place of an offer that is not made."""


@dataclass(frozen=True, eq=False)
class Players:
    """A model at given parameter values, in a game. Offers are places on the grid; all randomness
    is passed in as uniform numbers.
    """

    game: Game
    model: Model
    values: FloatArray

    def kinds(self, lots: FloatArray) -> IntArray:
        """The kind of each subject, from one random number each; subjects keep it throughout."""
        shares = np.cumsum([kind.share for kind in self._at(_somewhere(self.game))])
        return np.minimum(np.searchsorted(shares, lots, side="right"), len(shares) - 1)

    def first(self, kinds: IntArray, types: IntArray, lots: FloatArray) -> IntArray:
        """First offers of subjects of these kinds and types, all of one shape."""
        choices = np.stack([kind.first for kind in self._at(_somewhere(self.game))])
        return _drawn(choices, kinds, types, lots)

    def second(self, kinds: IntArray, types: IntArray, read: IntArray, active: BoolArray, lots: FloatArray) -> IntArray:
        """Second offers in market rounds, all (S, N): ``read`` are the types that first offers are read as. -1 for the inactive."""
        situations, where = situations_of(self.game, types, read, active)
        offers = np.full(types.shape, ABSENT_INDEX)
        if len(situations):
            choices = np.stack([kind.second for kind in self._at(situations)])
            offers[active] = _drawn(choices, kinds[active], where[active], lots[active])
        return offers

    def _at(self, situations: Situations) -> tuple[Kind, ...]:
        choice: Choice = self.model.bind(situations, None)
        return choice(self.values)


def players(game: Game, model: Model, parameters: Mapping[str, float]) -> Players:
    """Raises InvalidParameter for values outside their range, and for a model that takes its
    beliefs from data.
    """
    if model.needs_data:
        raise InvalidParameter(f"The model {model.name} takes the others' offers from data, so it cannot be simulated.")
    return Players(game, model, values_of(model.name, model.parameters, parameters))


def _drawn(choices: FloatArray, kinds: IntArray, rows: IntArray, lots: FloatArray) -> IntArray:
    """One offer each from ln P (kinds, rows, G), by inversion."""
    cumulated = np.exp(choices).cumsum(axis=-1)
    drawn = np.empty(lots.shape, np.int64)
    pairs = kinds * choices.shape[1] + rows
    for pair in np.unique(pairs).tolist():
        here = pairs == pair
        chance = cumulated.reshape(-1, cumulated.shape[-1])[pair]
        drawn[here] = np.searchsorted(chance / chance[-1], lots[here], side="right")
    return drawn


def _somewhere(game: Game) -> Situations:
    """An arbitrary situation, for results that do not depend on it."""
    kinds = len(game.environment.types)
    return Situations(game, game.active * np.eye(1, kinds, dtype=np.int64), np.zeros(1, np.int64), np.zeros(1, np.int64))
