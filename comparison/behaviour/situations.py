"""The situations in which stage-2 offers are made: as much of an active agent's knowledge as the
models use.

After the announcement everybody reads the first offers through I(.), eq. (7). sigma' counts the
types read from all active agents' offers: it is common knowledge. An agent also knows its own type
x, and that its own offer was read as x'. So it believes sigma* = sigma' - [x'] + [x], eq. (8).
Market rounds with the same (sigma', x, x') put the agent in the same situation. There are few of
these, which makes estimation fast. An absent first offer is read as no type's, as in
``theory.equilibrium.separating``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from comparison.behaviour.game import Game
from theory.economy.arrays import BoolArray, FloatArray, IntArray
from theory.information.beliefs import trembling_posterior


@dataclass(frozen=True, eq=False)
class Situations:
    """C distinct situations: ``announced`` sigma' (C, K), ``own`` type x and ``read_as`` x' (C,),
    UNREAD if there was no first offer.
    """

    game: Game
    announced: IntArray
    own: IntArray
    read_as: IntArray

    def __len__(self) -> int:
        return len(self.own)

    @cached_property
    def others(self) -> IntArray:
        """The other active agents, by the types they are read as, (C, K)."""
        return np.asarray(self.announced - (np.arange(self.announced.shape[1]) == self.read_as[:, None]))

    @cached_property
    def believed(self) -> IntArray:
        """sigma* of eq. (8), (C, K)."""
        return np.asarray(self.others + (np.arange(self.announced.shape[1]) == self.own[:, None]))

    @cached_property
    def posterior(self) -> FloatArray:
        """phi of sigma*, (C, Z); the belief of the fewest trembles if no state allows sigma*."""
        return trembling_posterior(self.game.environment, self.believed)

    @cached_property
    def _public(self) -> tuple[IntArray, IntArray]:
        configurations, which = np.unique(self.announced, axis=0, return_inverse=True)
        return configurations, which

    @property
    def configurations(self) -> IntArray:
        """The distinct sigma', (D, K)."""
        return np.asarray(self._public[0])

    @property
    def which(self) -> IntArray:
        """The row of ``configurations`` of each situation, (C,)."""
        return np.asarray(self._public[1])

    @cached_property
    def public_posterior(self) -> FloatArray:
        """phi of sigma', by row of ``configurations``, (D, Z)."""
        return trembling_posterior(self.game.environment, self.configurations)

    def others_totals(self, offers: FloatArray) -> FloatArray:
        """(Q_-, R_-) (C, 2) if everybody read as type y offers ``offers[d, y]`` at sigma' number d,
        (D, K, 2).
        """
        made = np.where(self.others[..., None] > 0, self.others[..., None] * offers[self.which], 0.0)
        return np.asarray(self.game.exogenous + made.sum(axis=1))


def situations_of(game: Game, types: IntArray, read: IntArray, active: BoolArray) -> tuple[Situations, IntArray]:
    """The distinct situations in market rounds, and each agent's: types and read types (S, N) to (S, N), -1 for the inactive."""
    kinds = len(game.environment.types)
    announced = np.stack([((read == y) & active).sum(axis=1) for y in range(kinds)], axis=1)
    market, seat = np.nonzero(active)
    told = np.column_stack([announced[market], types[market, seat], read[market, seat]])
    distinct, which = np.unique(told, axis=0, return_inverse=True)
    index = np.full(active.shape, -1)
    index[market, seat] = which
    return Situations(game, distinct[:, :kinds], distinct[:, kinds], distinct[:, kinds + 1]), index


def read_offers(game: Game, offers: npt.ArrayLike) -> IntArray:
    """The types that first offers (..., 2) are read as; UNREAD if nan."""
    env, offers = game.environment, np.asarray(offers, float)
    quantity = env.endowment_q - offers[..., 0] + offers[..., 1] / env.fixed_price
    return game.intervals.read(quantity)
