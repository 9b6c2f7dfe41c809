"""The candidate equilibrium's stage-2 strategy s2*, eq. (7)-(10): what agents offer after any stage-1 offers.

Everyone reads the others' stage-1 offers through the intervals I(x) and knows the own type. Let sigma' count the types read
from all offers, one's own included: what everybody else believes, the same for all. An agent of type x whose own offer is
read as x' holds sigma* = sigma' - [x'] + [x], eq. (8). A nondefector (x' = x) plays beta^{sigma'}(x); a defector best replies, with
the posterior of sigma*, to the others' beta^{sigma'}. So one stage-2 game is solved, whoever defected.

An agent without a stage-1 offer (nan) is beyond the paper. We assume: it is active, so it counts in M and in M epsilon; its
absence tells nothing about its type; and everybody expects it to offer nothing at stage 2. If it does come back, it knows its own
type and best replies to what it expects of the others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from theory.beliefs import posterior
from theory.environment import Environment
from theory.mechanism import HistogramBar
from theory.stage1 import UNREAD, intervals, stage1_quantity
from theory.stage2 import best_reply, solve_stage2
from theory.utility import FloatArray

IntArray = npt.NDArray[np.int64]


def announced_offers(environment: Environment, types: npt.ArrayLike, stage1_offers: npt.ArrayLike) -> FloatArray:
    """s2* of all M active agents of one market: true types (M,) as indices and stage-1 offers (M, 2) to offers (M, 2)."""
    env = environment
    own = np.asarray(types, np.int64)
    read = _read(env, stage1_offers)
    if own.shape != read.shape or own.ndim != 1:
        raise ValueError(f"{own.shape} types and {read.shape} stage-1 offers: each active agent has one of each.")
    return _strategy(env, own, read, _counts(env, read[read != UNREAD]), len(own))


def announced_offer(
    environment: Environment,
    own_type: int,
    own_offer: npt.ArrayLike,
    announcement: Sequence[HistogramBar],
    active: int | None = None,
) -> FloatArray:
    """s2*(x, a, nu^-a) of one agent, shape (2,), from what it sees: own type, own offer and the histogram nu of all active agents.

    ``own_offer`` is nan where the agent made none; it stands in the histogram otherwise. ``active`` is M where it is not the
    environment's; those whom the histogram lacks are absent.
    """
    env = environment
    bars = np.array([(bar.offer_q, bar.offer_r) for bar in announcement], float).reshape(-1, 2)
    counts = _counts(env, np.repeat(_read(env, bars), [bar.count for bar in announcement]))
    read = _read(env, np.asarray(own_offer, float).reshape(1, 2))
    if read[0] != UNREAD and counts[read[0]] == 0:
        raise ValueError("the histogram does not hold the agent's own offer, although it counts all active agents' offers.")
    return np.asarray(_strategy(env, np.array([own_type]), read, counts, env.active if active is None else active)[0])


def _strategy(env: Environment, own: IntArray, read: IntArray, counts: IntArray, active: int) -> FloatArray:
    """s2* of agents with true types ``own`` and offers read as ``read``, where ``counts`` is sigma' and M is ``active``."""
    expected = solve_stage2(env, counts[None, :], active=active)
    beta = expected.offers[0]
    offers = np.empty((len(own), 2))
    for x, seen in {(int(x), int(seen)) for x, seen in zip(own, read, strict=True)}:
        same = (own == x) & (read == seen)
        offers[same] = beta[x] if x == seen else _defection(env, x, seen, counts, active, beta)
    return offers


def _defection(env: Environment, own: int, read: int, counts: IntArray, active: int, beta: FloatArray) -> FloatArray:
    """Eq. (10) for an agent whose offer does not read as its type, or who made none."""
    others = counts.copy()
    if read != UNREAD:
        others[read] -= 1
    believed = others.copy()
    believed[own] += 1
    there = others > 0
    others_q, others_r = others[there] @ beta[there] + active * np.array([env.epsilon_q, env.epsilon_r])
    return best_reply(env, own, posterior(env, believed[None, :])[0], others_q, others_r)


def _read(env: Environment, offers: npt.ArrayLike) -> IntArray:
    return intervals(env).read(stage1_quantity(env, np.asarray(offers, float)))


def _counts(env: Environment, read: IntArray) -> IntArray:
    return np.bincount(read, minlength=len(env.types)).astype(np.int64)
