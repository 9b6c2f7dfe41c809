"""The two-stage game as behavioural models see it: a finite set of offers, and the expected payoff
of each offer, in points.

Offers lie on one signed axis, from all of good q through nothing to all of good r, in the steps of
the session's grid. An offer pays what subjects are paid: u of the bundle, or the environment's
floor if that is more. So every offer has a finite value, even if a bundle without one of the goods
would be worth minus infinity.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from experiment.config import SessionSettings
from experiment.offers import OfferGrid
from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.equilibrium.stage1 import Intervals, intervals
from theory.information.beliefs import private_posterior
from theory.mechanism import bundle_against_totals, bundles_at_price, net_offers


class NoChoiceModel(ValueError):
    """A session to which the behavioural models do not apply. The message is one sentence."""


@dataclass(frozen=True, eq=False)
class Game:
    """An environment, the M of its sessions (all N if there is no inactive draw), and the offers
    that agents may make.
    """

    environment: Environment
    active: int
    grid: OfferGrid

    @cached_property
    def offers(self) -> FloatArray:
        """The offers of the grid (G, 2) in goods, from all of q to all of r."""
        of_q, of_r = (int(end / self.grid.step) for end in (self.grid.endowment_q, self.grid.endowment_r))
        pairs = [(float(k * self.grid.step), 0.0) for k in range(of_q, 0, -1)]
        return np.array([*pairs, *((0.0, float(k * self.grid.step)) for k in range(of_r + 1))])

    @cached_property
    def intervals(self) -> Intervals:
        """The intervals I(x), by which first offers are read."""
        return intervals(self.environment)

    @property
    def exogenous(self) -> FloatArray:
        """M epsilon (2,)."""
        return self.environment.exogenous(self.active)

    def index(self, offers: npt.ArrayLike) -> IntArray:
        """The place on the grid of offers (..., 2) that are on it."""
        offers = np.asarray(offers, float)
        signed = np.rint(net_offers(offers) / float(self.grid.step)).astype(np.int64)
        return np.asarray(signed + int(self.grid.endowment_q / self.grid.step))

    @cached_property
    def stage1_points(self) -> FloatArray:
        """G_x(a) of eq. (4) for every type and offer, (K, G)."""
        env = self.environment
        bundles = bundles_at_price(self.offers, env.fixed_price, env.endowment)
        everybody = np.broadcast_to(bundles, (len(env.types), *bundles.shape))
        return self.expected_points(np.arange(len(env.types)), private_posterior(env), everybody)

    def stage2_points(self, own: IntArray, belief: FloatArray, others: FloatArray) -> FloatArray:
        """H_x(b; Q_-, R_-) of eq. (10)-(11), (C, G), for types ``own`` (C,), beliefs (C, Z) and others' totals (C, 2) with M epsilon."""
        env = self.environment
        bundles = bundle_against_totals(self.offers, others[:, :1], others[:, 1:], env.endowment)
        return self.expected_points(own, belief, bundles)

    def expected_points(self, own: IntArray, belief: FloatArray, bundles: FloatArray) -> FloatArray:
        """The expected payoff of bundles (C, G, 2): (C, G)."""
        utility = self.environment.utility
        q, r = np.maximum(bundles, 0.0).transpose(2, 0, 1)
        expected = np.zeros(q.shape)
        for z in range(len(self.environment.states)):
            points = utility.points(q, r, utility.weight[own, z][:, None])
            if utility.floor is not None:
                points = np.maximum(points, utility.floor)
            expected += belief[:, z, None] * points
        return expected


def game_of(settings: SessionSettings) -> Game:
    """The game of a session. Raises NoChoiceModel if an offer is worth minus infinity or first
    offers cannot be read.
    """
    game = Game(settings.environment, settings.active, settings.grid)
    if not np.isfinite(game.stage1_points).all():
        raise NoChoiceModel(
            f"Environment {game.environment.name} has offers worth minus infinity and no floor, so no choice between its offers has a "
            "probability; behavioural models need [utility] floor."
        )
    return game
