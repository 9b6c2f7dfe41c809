"""How bots choose offers. A strategy sees what a subject sees: the data of the page's script and the public settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from experiment.config import SessionSettings
from experiment.offers import Offer
from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.equilibrium.semipooling import one_stage_offers
from theory.equilibrium.separating import announced_offer
from theory.equilibrium.stage1 import stage1_optimum
from theory.mechanism import HistogramBar


@dataclass(frozen=True)
class Situation:
    """An offer page: the stage, 1 or 2, and the data of the page's script."""

    stage: int
    known: Mapping[str, Any]


Strategy = Callable[[Situation], Offer]


@dataclass(frozen=True)
class Equilibrium:
    """The candidate equilibrium: alpha* at stage 1, s2* of eq. (7)-(10) after the announcement, each rounded to the grid.

    Without an announcement stage 2 is the game in which the others' types stay unknown; it raises NotSolved where that has no equilibrium.
    """

    settings: SessionSettings

    def __call__(self, situation: Situation) -> Offer:
        q, r = self.unrounded(situation)
        return self.settings.grid.nearest(float(q), float(r))

    def unrounded(self, situation: Situation) -> FloatArray:
        """The theory's offer (q, r), before it is rounded to the grid."""
        type_index = self._environment.type_index(situation.known["type"])
        if situation.stage == 1:
            return np.asarray(self._first_offers[type_index])
        announcement = situation.known["histogram"]
        if announcement is None:
            return np.asarray(self._unannounced_offers[type_index])
        bars = [HistogramBar(bar["q"], bar["r"], bar["count"]) for bar in announcement]
        own = situation.known["own_offer"]
        own_offer = (np.nan, np.nan) if own is None else (own["q"], own["r"])
        return announced_offer(self._environment, type_index, own_offer, bars, self.settings.active)

    @property
    def _environment(self) -> Environment:
        return self.settings.environment

    @cached_property
    def _first_offers(self) -> FloatArray:
        return stage1_optimum(self._environment).offers

    @cached_property
    def _unannounced_offers(self) -> FloatArray:
        return one_stage_offers(self._environment, self.settings.active)
