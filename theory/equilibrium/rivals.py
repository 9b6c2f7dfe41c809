"""Rival predictions of stage 2: the paper's equilibrium with another belief about the state, or with another conduct, at the same types.

A rival is a pair of a belief and a conduct. The belief about the state is the state itself, the posterior phi^sigma that a separating
stage 1 reveals, the private posterior (tau_x), the prior (kappa), or something between. The conduct is that of Proposition 1, in which
each agent knows that it moves the price; that of price takers, in a market of M agents that clears or in the limit economy
L^z(epsilon); or one that ignores stage 2 altogether.

Whatever they believe about the state, agents know the type configuration: it moves the price, and the rivals should differ in only one
respect at a time. Agents who hold different beliefs know this, and agree to disagree; ``theory.equilibrium.stage2`` says why there is still
one equilibrium. The chi-cursed posterior (1 - chi) phi^sigma + chi tau_x is that of Eyster and Rabin (2005) for the belief about the state
only: with probability chi an agent thinks that the others' types reveal nothing beyond its own type.

A game in which the types stay unknown, so that offers do not depend on sigma (``theory.equilibrium.semipooling``), has an outcome here too:
``outcome_of_offers`` takes the offers of each type from anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.economy.labels import GOODS, MARKETS, STATES, TYPES, Labelled, axes
from theory.equilibrium.competitive import competitive_equilibrium, competitive_equilibrium_at
from theory.equilibrium.stage1 import stage1_optimum
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import posterior, private_posterior
from theory.information.counts import Counts, batch_of_counts
from theory.mechanism import market_trades

NO_STATE = -1
"""Replaces the state in the rows of a rival that does not depend on it."""


class Information(Enum):
    """What an agent of type x believes about the state at stage 2."""

    STATE = "the state"
    REVEALED = "all active agents' types"
    CURSED = "partly all types, partly its own only"
    PRIVATE = "its own type"
    NONE = "the prior"
    UNUSED = "nothing that it uses"


class Conduct(Enum):
    """How agents come to their stage-2 offers."""

    NASH = "best reply to the others' offers"
    PRICE_TAKING = "take the price that clears the market"
    LIMIT = "take the price of the limit economy at the state"
    REPEAT = "offer as at stage 1"
    AUTARKY = "offer nothing"


@dataclass(frozen=True)
class Rival:
    """One prediction of stage 2. ``chi`` in [0, 1] is the weight of the private posterior, for cursed agents only."""

    name: str
    information: Information
    conduct: Conduct
    chi: float | None = None

    def __post_init__(self) -> None:
        blind, limit = self.conduct in (Conduct.REPEAT, Conduct.AUTARKY), self.conduct is Conduct.LIMIT
        if blind != (self.information is Information.UNUSED) or (limit and not self.needs_state):
            raise ValueError(
                f"the rival {self.name} holds {self.information.value} and is to {self.conduct.value}: these do not go together."
            )
        if (self.chi is not None) != (self.information is Information.CURSED):
            raise ValueError(f"the rival {self.name} holds {self.information.value}: only cursed agents have a chi, and they need one.")
        if self.chi is not None and not 0 <= self.chi <= 1:
            raise ValueError(f"chi is {self.chi}; it must lie between 0 (all that is revealed) and 1 (only the agent's own type).")

    @property
    def needs_state(self) -> bool:
        """Whether the prediction depends on the state itself."""
        return self.information is Information.STATE


NASH = Rival("nash", Information.REVEALED, Conduct.NASH)
NASH_PRIVATE = Rival("nash_private", Information.PRIVATE, Conduct.NASH)
NASH_NO_INFORMATION = Rival("nash_no_information", Information.NONE, Conduct.NASH)
NASH_STATE = Rival("nash_state", Information.STATE, Conduct.NASH)
COMPETITIVE = Rival("competitive", Information.REVEALED, Conduct.PRICE_TAKING)
COMPETITIVE_PRIVATE = Rival("competitive_private", Information.PRIVATE, Conduct.PRICE_TAKING)
COMPETITIVE_NO_INFORMATION = Rival("competitive_no_information", Information.NONE, Conduct.PRICE_TAKING)
COMPETITIVE_STATE = Rival("competitive_state", Information.STATE, Conduct.PRICE_TAKING)
LIMIT_STATE = Rival("limit_state", Information.STATE, Conduct.LIMIT)
REPEAT = Rival("repeat_stage1", Information.UNUSED, Conduct.REPEAT)
AUTARKY = Rival("autarky", Information.UNUSED, Conduct.AUTARKY)


def cursed_nash(chi: float) -> Rival:
    """Cursed agents who know that they move the price: ``NASH`` at chi = 0, ``NASH_PRIVATE`` at chi = 1."""
    return Rival("nash_cursed", Information.CURSED, Conduct.NASH, chi)


def cursed_competitive(chi: float) -> Rival:
    """Cursed price takers: ``COMPETITIVE`` at chi = 0, ``COMPETITIVE_PRIVATE`` at chi = 1."""
    return Rival("competitive_cursed", Information.CURSED, Conduct.PRICE_TAKING, chi)


def all_rivals(chi: float = 0.5) -> tuple[Rival, ...]:
    """Every rival once, with cursed agents of one ``chi``."""
    nash = (NASH, NASH_PRIVATE, NASH_NO_INFORMATION, cursed_nash(chi), NASH_STATE)
    competitive = (COMPETITIVE, COMPETITIVE_PRIVATE, COMPETITIVE_NO_INFORMATION, cursed_competitive(chi), COMPETITIVE_STATE, LIMIT_STATE)
    return (*nash, *competitive, REPEAT, AUTARKY)


@dataclass(frozen=True, eq=False, repr=False)
class RivalOutcome(Labelled):
    """What a rival predicts for B markets.

    ``configurations`` (B, K) counts of active agents per type; ``state`` (B,) as indices, ``NO_STATE`` where the rival does not depend on
    them; ``price`` (B,), of eq. (3) at the offers, but p^z in the limit economy; ``offers`` and ``bundles`` (B, K, 2) in goods; ``points``
    (B, K, Z) that the bundle pays in each state, whatever the agents believe. The last three are nan for a type without agents.
    """

    rival: Rival
    configurations: IntArray = field(metadata=axes(MARKETS, TYPES))
    state: IntArray = field(metadata=axes(MARKETS))
    price: FloatArray = field(metadata=axes(MARKETS))
    offers: FloatArray = field(metadata=axes(MARKETS, TYPES, GOODS))
    bundles: FloatArray = field(metadata=axes(MARKETS, TYPES, GOODS))
    points: FloatArray = field(metadata=axes(MARKETS, TYPES, STATES))
    types: tuple[str, ...]
    states: tuple[str, ...]


def rival_outcome(environment: Environment, rival: Rival, configurations: Counts, states: npt.ArrayLike | None = None) -> RivalOutcome:
    """What ``rival`` predicts for markets with the type configurations (B, K), whose sums are M, in the states (B,), as indices.

    One market may be given by the names of its types and its state. Only a rival that ``needs_state`` reads the states. Each distinct
    market is solved once. Raises what ``solve_stage2`` and ``competitive_equilibrium_at`` raise, and ImpossibleConfiguration if
    agents learn from types that no state allows.
    """
    counts, states = _markets(environment, rival, configurations, states)
    distinct, which = np.unique(np.column_stack([counts, states]), axis=0, return_inverse=True)
    rows, where = distinct[:, :-1], distinct[:, -1]
    if rival.conduct is Conduct.LIMIT:
        limit = competitive_equilibrium(environment)
        found = _outcome(environment, rival, rows, where, limit.price[where], limit.offers[where], limit.bundles[where])
    else:
        found = _at_offers(environment, rival, rows, where, _offers(environment, rival, rows, where))
    parts = (found.price[which], found.offers[which], found.bundles[which], found.points[which])
    return RivalOutcome(rival, counts, states, *parts, environment.types, environment.states)


def outcome_of_offers(environment: Environment, rival: Rival, configurations: Counts, offers: npt.ArrayLike) -> RivalOutcome:
    """The market of eq. (2) and (3) where types make the given offers, (K, 2) or (B, K, 2), however they came about."""
    counts, states = _markets(environment, rival, configurations, None)
    return _at_offers(environment, rival, counts, states, np.asarray(offers, float))


def belief_about_state(
    environment: Environment, rival: Rival, configurations: npt.ArrayLike, states: npt.ArrayLike | None = None
) -> FloatArray:
    """What each type believes about the state: (B, K, Z), or (B, Z) where all types hold the same."""
    counts, states = _markets(environment, rival, configurations, states)
    return _belief(environment, rival, counts, states)


def _markets(env: Environment, rival: Rival, configurations: Counts, states: npt.ArrayLike | None) -> tuple[IntArray, IntArray]:
    counts = batch_of_counts(env, configurations).astype(np.int64)
    if counts.ndim != 2 or counts.shape[1] != len(env.types) or (counts < 0).any() or (counts.sum(axis=1) < 1).any():
        raise ValueError(f"configurations have shape {counts.shape}; they need a count for each of {len(env.types)} types, not all zero.")
    if not rival.needs_state:
        return counts, np.full(len(counts), NO_STATE)
    if states is None:
        raise ValueError(f"the rival {rival.name} depends on the state, and none is given.")
    given = np.broadcast_to(np.asarray(env.state_index(states) if isinstance(states, str) else states, np.int64), len(counts))
    if (given < 0).any() or (given >= len(env.states)).any():
        raise ValueError(f"a state is an index from 0 to {len(env.states) - 1}.")
    return counts, given


def _offers(env: Environment, rival: Rival, counts: IntArray, states: IntArray) -> FloatArray:
    if rival.conduct is Conduct.AUTARKY:
        return np.zeros((len(env.types), 2))
    if rival.conduct is Conduct.REPEAT:
        return stage1_optimum(env).offers
    belief = _belief(env, rival, counts, states)
    if rival.conduct is Conduct.NASH:
        return solve_stage2(env, counts, belief).offers
    return competitive_equilibrium_at(env, belief, counts / counts.sum(axis=1, keepdims=True)).offers


def _belief(env: Environment, rival: Rival, counts: IntArray, states: IntArray) -> FloatArray:
    match rival.information:
        case Information.STATE:
            return np.eye(len(env.states))[states]
        case Information.REVEALED:
            return posterior(env, counts)
        case Information.CURSED:
            chi = float(rival.chi or 0.0)
            return (1 - chi) * posterior(env, counts)[:, None] + chi * private_posterior(env)
        case Information.PRIVATE:
            return np.broadcast_to(private_posterior(env), (len(counts), len(env.types), len(env.states)))
        case Information.NONE:
            return np.broadcast_to(env.prior, (len(counts), len(env.states)))
        case Information.UNUSED:
            raise ValueError(f"the rival {rival.name} holds {rival.information.value}, so it has no belief at stage 2.")


def _at_offers(env: Environment, rival: Rival, counts: IntArray, states: IntArray, offers: FloatArray) -> RivalOutcome:
    offers = np.broadcast_to(offers, (*counts.shape, 2))
    trade = market_trades(env, offers, counts)
    return _outcome(env, rival, counts, states, trade.price, offers, trade.bundles)


def _outcome(
    env: Environment, rival: Rival, counts: IntArray, states: IntArray, price: FloatArray, offers: FloatArray, bundles: FloatArray
) -> RivalOutcome:
    there = (counts > 0)[..., None]
    offers, bundles = np.where(there, offers, np.nan), np.where(there, bundles, np.nan)
    points = env.utility.points(bundles[:, :, None, 0], bundles[:, :, None, 1], env.utility.weight)
    return RivalOutcome(rival, counts, states, price, offers, bundles, points, env.types, env.states)
