"""Strategies s1 and s2 of section 2.3 for many market rounds at once: the candidate equilibrium, a single defector, rivals, and noise.

A profile says what everybody offers. At stage 1 it is one offer per type, or a function of the types and of chance; at stage 2 a
function of what has happened, ``FirstStage``. A strategy of the game uses only what an agent sees: its type, its offer and
the histogram of the active agents' offers. Rivals that know more, even the state, use more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import BoolArray, FloatArray, IntArray
from theory.economy.environment import Environment
from theory.equilibrium.rivals import Rival, rival_outcome
from theory.equilibrium.separating import defection
from theory.equilibrium.stage1 import intervals, stage1_optimum, stage1_quantity
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import trembling_posterior
from theory.mechanism import net_offers, offers_of_net


@dataclass(frozen=True, eq=False)
class FirstStage:
    """S market rounds of N agents when stage 2 begins.

    ``state`` (S,) and ``types`` (S, N) as indices; ``active`` (S, N); ``offers`` (S, N, 2) of stage 1 in goods.
    """

    environment: Environment
    state: IntArray
    types: IntArray
    active: BoolArray
    offers: FloatArray

    @property
    def configurations(self) -> IntArray:
        """sigma, the active agents of each type, (S, K)."""
        return self.counted(self.types)

    def counted(self, kinds: IntArray) -> IntArray:
        """The number of active agents of each of the kinds 0, ..., K - 1: (S, N) to (S, K)."""
        return np.stack([((kinds == x) & self.active).sum(axis=1) for x in range(len(self.environment.types))], axis=1)


Stage1Strategy: TypeAlias = Callable[[np.random.Generator, IntArray], FloatArray]
"""Offers (S, N, 2) in goods from types (S, N), perhaps by chance."""

Stage2Strategy: TypeAlias = Callable[[np.random.Generator, FirstStage], FloatArray]
"""Offers (S, N, 2) in goods from what has happened; those of the inactive are ignored."""


@dataclass(frozen=True, eq=False)
class Profile:
    """What everybody does. ``stage1`` is a strategy, or an offer for each type (K, 2) in goods."""

    stage1: FloatArray | Stage1Strategy
    stage2: Stage2Strategy

    def first_offers(self, generator: np.random.Generator, types: IntArray) -> FloatArray:
        """Stage-1 offers (S, N, 2)."""
        return self.stage1(generator, types) if callable(self.stage1) else self.stage1[types]


def equilibrium_profile(environment: Environment) -> Profile:
    """The candidate equilibrium of section 3.2: alpha* and s2*, whether or not it is an equilibrium for this N."""
    return Profile(stage1_optimum(environment).offers, candidate_offers)


def defector_profile(environment: Environment, own: int, offer: npt.ArrayLike, agent: int = 0) -> Profile:
    """The candidate equilibrium, but for one agent: whenever its type is ``own`` it makes another stage-1 ``offer`` (2,).

    At stage 2 it follows s2*, with a best reply to what the others now believe.
    """
    optimum, wanted = stage1_optimum(environment).offers, np.asarray(offer, float)

    def first(generator: np.random.Generator, types: IntArray) -> FloatArray:
        offers = optimum[types]
        offers[types[:, agent] == own, agent] = wanted
        return offers

    return Profile(first, candidate_offers)


def rival_profile(environment: Environment, rival: Rival) -> Profile:
    """alpha* at stage 1, and at stage 2 the offers that a rival predicts for the active agents' types and, if it needs it, the state."""

    def second(generator: np.random.Generator, begun: FirstStage) -> FloatArray:
        found = rival_outcome(environment, rival, begun.configurations, begun.state if rival.needs_state else None)
        return np.take_along_axis(found.offers, begun.types[..., None], axis=1)

    return Profile(stage1_optimum(environment).offers, second)


def noisy_profile(environment: Environment, profile: Profile, stage1: float = 0.0, stage2: float = 0.0) -> Profile:
    """A profile whose offers are disturbed by Gaussian noise, with standard deviations in endowments.

    What is disturbed is the net offer, which is kept within [-1, 1]: a small offer of one good can become
    one of the other, and no offer leaves O.
    """

    def first(generator: np.random.Generator, types: IntArray) -> FloatArray:
        return _disturbed(environment, profile.first_offers(generator, types), stage1, generator)

    def second(generator: np.random.Generator, begun: FirstStage) -> FloatArray:
        return _disturbed(environment, profile.stage2(generator, begun), stage2, generator)

    return Profile(first, second)


def candidate_offers(generator: np.random.Generator, begun: FirstStage) -> FloatArray:
    """s2* of eq. (7)-(10) for every active agent, defectors included; each distinct game and each distinct defection is solved once.

    Where the offers read as types that no state allows together, agents hold the belief of the least trembles, as in
    ``theory.stage1_incentives.active_value``.
    """
    env, active = begun.environment, begun.environment.active
    read = intervals(env).read(stage1_quantity(env, begun.offers))
    believed, which = np.unique(begun.counted(read), axis=0, return_inverse=True)
    beta = solve_stage2(env, believed, trembling_posterior(env, believed)).offers
    offers = np.take_along_axis(beta[which], begun.types[..., None], axis=1)
    session, agent = np.nonzero(begun.active & (read != begun.types))
    if session.size == 0:
        return offers
    told = np.column_stack([which[session], begun.types[session, agent], read[session, agent]])
    cases, case = np.unique(told, axis=0, return_inverse=True)
    replies = np.empty((len(cases), 2))
    for own in np.unique(cases[:, 1]).tolist():
        rows = cases[:, 1] == own
        game, seen = cases[rows, 0], cases[rows, 2]
        others = believed[game] - (np.arange(len(env.types)) == seen[:, None])
        replies[rows] = defection(env, own, others, beta[game], np.full(len(game), active)).offers
    offers[session, agent] = replies[case]
    return offers


def _disturbed(env: Environment, offers: FloatArray, spread: float, generator: np.random.Generator) -> FloatArray:
    net = net_offers(offers, env.endowment)
    return offers_of_net(np.clip(net - spread * generator.standard_normal(net.shape), -1.0, 1.0), env.endowment)
