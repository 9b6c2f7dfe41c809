"""The candidate equilibrium's stage-2 strategy s2*, eq. (7)-(10): what agents offer after any stage-1 offers.

Everyone reads the others' stage-1 offers through the intervals I(x) and knows their own type. Let sigma' count the types read
from all offers, one's own included: what everybody else believes, the same for all. An agent of type x whose own offer is
read as x' holds sigma* = sigma' - [x'] + [x], eq. (8). A nondefector (x' = x) plays beta^{sigma'}(x); a defector best replies, with
the posterior of sigma*, to the others' beta^{sigma'}. So a single stage-2 game has to be solved, whoever defected.

An agent without a stage-1 offer (nan) is beyond the paper. We assume: it is active, so it counts in M and in M epsilon; its
absence reveals nothing about its type; and everybody expects it to offer nothing at stage 2. If it does come back, it knows its own
type and best replies to what it expects of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.equilibrium.stage1 import UNREAD, intervals, stage1_quantity
from theory.equilibrium.stage2 import best_reply, solve_stage2
from theory.information.beliefs import posterior, trembling_posterior
from theory.mechanism import HistogramBar, bundle_against_totals


@dataclass(frozen=True, eq=False)
class Defection:
    """What defectors offer, (B, 2), and the others' totals (Q_-, R_-) that they offer it against, (B, 2), exogenous offers included."""

    offers: FloatArray
    others: FloatArray


@dataclass(frozen=True, eq=False)
class SecondStage:
    """What an active agent with the private history (x, a, nu^-a) believes at stage 2, and what it offers there.

    ``believed`` sigma* of eq. (8) (K,); ``others_believe`` sigma', what it thinks the others believe (K,); ``posterior`` of sigma*
    (Z,); ``others_q`` and ``others_r`` Q_- and R_- of eq. (10) in goods; ``offer`` s2* and ``bundle`` (2,); ``expected_points`` under
    its own posterior.
    """

    believed: IntArray
    others_believe: IntArray
    posterior: FloatArray
    others_q: float
    others_r: float
    offer: FloatArray
    bundle: FloatArray
    expected_points: float

    @property
    def defector(self) -> bool:
        """Whether the stage-1 offer was read as another type's."""
        return bool((self.believed != self.others_believe).any())


def second_stage(environment: Environment, own_type: int, read_as: int, others: npt.ArrayLike) -> SecondStage:
    """Stage 2 for an agent of type ``own_type`` whose stage-1 offer reads as ``read_as``; the others' read as ``others`` (K,).

    If what the others see has probability zero in every state, they hold the belief of the least trembles.
    """
    counts = np.asarray(others, np.int64)
    kinds = np.arange(len(environment.types))
    believed, others_believe = counts + (kinds == own_type), counts + (kinds == read_as)
    beta = solve_stage2(environment, others_believe[None, :], trembling_posterior(environment, others_believe[None, :])).offers
    found = defection(environment, own_type, counts[None, :], beta, others_believe.sum(keepdims=True))
    offer = beta[0, own_type] if own_type == read_as else found.offers[0]
    belief = posterior(environment, believed[None, :])[0]
    q, r = found.others[0].tolist()
    bundle = bundle_against_totals(offer, q, r, environment.endowment)
    points = environment.utility.expected_points(bundle[0], bundle[1], environment.utility.weight[own_type], belief)
    return SecondStage(believed, others_believe, belief, q, r, offer, bundle, float(points))


def announced_offers(environment: Environment, types: npt.ArrayLike, stage1_offers: npt.ArrayLike) -> FloatArray:
    """s2* of all M active agents of one market: true types (M,) as indices and stage-1 offers (M, 2) to offers (M, 2)."""
    own = np.asarray(types, np.int64)
    read = _read(environment, stage1_offers)
    if own.shape != read.shape or own.ndim != 1:
        raise ValueError(f"{own.shape} types and {read.shape} stage-1 offers: each active agent has one of each.")
    return offers_as_read(environment, own, read, np.zeros(len(own), np.int64), [len(own)])


def offers_as_read(
    environment: Environment, own: npt.ArrayLike, read: npt.ArrayLike, market: npt.ArrayLike, active: npt.ArrayLike
) -> FloatArray:
    """s2* of the active agents of many markets at once, (n, 2): true types and types read as, (n,) each, and the ``market`` of each (n,).

    ``active`` is M of each market (B,); a market without any given agent is not solved. Each distinct game is solved once. Raises
    ImpossibleConfiguration if an agent's belief about the types has probability zero in every state.
    """
    own, read, market = (np.asarray(values, np.int64) for values in (own, read, market))
    size, seen = np.asarray(active, np.int64), read != UNREAD
    counts = np.zeros((len(size), len(environment.types)), np.int64)
    np.add.at(counts, (market[seen], read[seen]), 1)
    return _strategy(environment, own, read, market, counts, size)


def announced_offer(
    environment: Environment,
    own_type: int,
    own_offer: npt.ArrayLike,
    announcement: Sequence[HistogramBar],
    active: int | None = None,
) -> FloatArray:
    """s2*(x, a, nu^-a) of one agent, shape (2,), from what it sees: its type, its offer and the histogram nu of all active agents.

    ``own_offer`` is nan where the agent made none; it stands in the histogram otherwise. ``active`` is M if it differs from the
    environment's; agents missing from the histogram are absent.
    """
    bars = np.array([(bar.offer_q, bar.offer_r) for bar in announcement], float).reshape(-1, 2)
    counts = _counts(environment, np.repeat(_read(environment, bars), [bar.count for bar in announcement]))
    read = _read(environment, np.asarray(own_offer, float).reshape(1, 2))
    if read[0] != UNREAD and counts[read[0]] == 0:
        raise ValueError("the histogram does not hold the agent's own offer, although it counts all active agents' offers.")
    size = np.array([environment.active if active is None else active])
    return np.asarray(_strategy(environment, np.array([own_type]), read, np.array([0]), counts[None, :], size)[0])


def defection(environment: Environment, own: int, others: npt.ArrayLike, beta: FloatArray, active: npt.ArrayLike) -> Defection:
    """Eq. (8) and (10) for defectors of type ``own`` against ``others``, the counts (B, K) of the other agents' types.

    The others play ``beta`` (B, K, 2), which a type without agents among them may lack; ``active`` is M (B,). The defector knows
    the others' types and its own, and best replies with the posterior that they give.
    """
    others = np.asarray(others, np.int64)
    played = np.where(others[:, :, None] > 0, others[:, :, None] * beta, 0.0).sum(axis=1)
    totals = played + environment.exogenous(active)
    believed = others + (np.arange(others.shape[1]) == own)
    return Defection(best_reply(environment, own, posterior(environment, believed), totals[:, 0], totals[:, 1]), totals)


def _strategy(env: Environment, own: IntArray, read: IntArray, market: IntArray, counts: IntArray, active: IntArray) -> FloatArray:
    """s2* of agents (n,), where ``counts`` (B, K) is sigma' of each market and ``active`` (B,) its M."""
    games, which = np.unique(np.column_stack([counts, active])[market], axis=0, return_inverse=True)
    cases, case = np.unique(np.column_stack([which, own, read]), axis=0, return_inverse=True)
    game, own, read = cases.T
    counts, active = games[:, :-1], games[:, -1]
    beta = solve_stage2(env, counts, active=active).offers
    offers = beta[game, own]
    others = counts[game] - (np.arange(counts.shape[1]) == read[:, None])  # UNREAD removes nobody from the counts
    for kind in np.unique(own[own != read]):
        rows = (own == kind) & (read != kind)
        offers[rows] = defection(env, int(kind), others[rows], beta[game[rows]], active[game[rows]]).offers
    return np.asarray(offers[case])


def _read(env: Environment, offers: npt.ArrayLike) -> IntArray:
    return intervals(env).read(stage1_quantity(env, np.asarray(offers, float)))


def _counts(env: Environment, read: IntArray) -> IntArray:
    return np.bincount(read, minlength=len(env.types)).astype(np.int64)
