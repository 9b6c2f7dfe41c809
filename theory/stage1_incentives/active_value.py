"""F_x^N of eq. (23): what an active agent of type x expects at stage 2, by the type y that its stage-1 offer is read as.

Let xi count the types of the other M - 1 active agents. Read as y, the agent makes everybody else believe in sigma' = xi + [y] and
play beta^{sigma'}; it holds sigma* = xi + [x] itself and, where y is not x, best replies (eq. 8, 10). Only y matters, not the offer
in I(y). Each sigma' is solved once, for all pairs (x, y) that lead to it. The others may be led to believe in types that no state
allows together; they then hold the posterior of ``trembling_posterior``, and best replies to it are as good as any off the path.

What is summed is the gain over autarky, sum over z and xi of tau_x(z) gamma_z(xi) (u - u(endowment)). Given xi, tau_x gamma(xi) is
proportional to the posterior that the agent holds, and offering nothing is open to it, so the terms of each xi add up to at
least zero, and to at most the same sum with the largest bundles instead. This bounds what omitted configurations can
add: their probability in z times ``largest_gain`` in z, whatever the others play.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.equilibrium.separating import defection
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import configuration_probabilities, private_posterior, trembling_posterior
from theory.information.enumeration import CHUNK, Budget, left_out, likely_configurations
from theory.mechanism import bundle_against_totals

BUDGET = Budget(exact=150_000, most=50_000_000)
"""More would take over half an hour."""

NEGLIGIBLE = 1e-22
"""Configurations of the others that are less likely than this in every state are always left out: they change no digit, and the
bound includes them."""


@dataclass(frozen=True, eq=False)
class ActiveValue:
    """F_x^N of an economy with M = ``active``.

    ``over_autarky`` (K, K) is F_x(y) minus what type x expects from its endowment, in points; the agent's type x comes first and
    y, the type read, second. It is below the exact number by 0 to ``missing`` (K, K). ``configurations`` is how many
    sigma' were solved.
    """

    active: int
    over_autarky: FloatArray
    missing: FloatArray
    configurations: int


def active_values(
    environment: Environment,
    active: Sequence[int],
    accuracy: float,
    exact_up_to: int = BUDGET.exact,
    on_progress: Callable[[int], object] | None = None,
) -> tuple[ActiveValue, ...]:
    """F_x^N for several M at once, in the order of ``active``.

    Where there are more than ``exact_up_to`` type configurations, unlikely ones are left out so that ``missing`` stays below
    ``accuracy`` (points). ``on_progress`` receives the number of M that are done. Raises TooManyConfigurations.
    """
    kinds = len(environment.types)
    gain = largest_gain(environment)
    tails = [_tail(environment, size, accuracy, exact_up_to, float(gain.max())) for size in active]
    sums = np.zeros((len(active), kinds, kinds))
    solved = np.zeros(len(active), np.int64)
    dropped = np.array([np.broadcast_to(left_out(environment, size, tail), gain.shape) for size, tail in zip(active, tails, strict=True)])
    for batch in _batches(environment, active, tails, dropped):
        markets, starts, rows = np.unique(batch.market, return_index=True, return_counts=True)
        sums[markets] += np.add.reduceat(_terms(environment, batch), starts)
        solved[markets] += rows
        if on_progress is not None:
            on_progress(int(markets[-1]))
    missing = np.einsum("xz,myz,xz->mxy", private_posterior(environment), dropped, gain)
    return tuple(ActiveValue(size, sums[m], missing[m], int(solved[m])) for m, size in enumerate(active))


def largest_gain(environment: Environment) -> FloatArray:
    """The most points by which stage 2 can beat autarky, per type and state (K, Z), whatever the others offer and however many they are.

    An offer of one good takes in the other at a price within [eps_r/(q-bar + eps_q), (r-bar + eps_r)/eps_q], as in the proof of
    Proposition 2.
    """
    most_q = environment.endowment_q + environment.endowment_r * (environment.endowment_q + environment.epsilon_q) / environment.epsilon_r
    most_r = environment.endowment_r + environment.endowment_q * (environment.endowment_r + environment.epsilon_r) / environment.epsilon_q
    best = np.maximum(
        environment.utility.points(most_q, environment.endowment_r, environment.utility.weight),
        environment.utility.points(environment.endowment_q, most_r, environment.utility.weight),
    )
    return np.asarray(best - _autarky(environment))


@dataclass(frozen=True, eq=False)
class _Batch:
    """Configurations sigma' (B, K) of the markets ``market`` (B,), and gamma_z(sigma' - [y]) (B, K, Z), 0 where sigma' has no y."""

    market: IntArray
    configurations: IntArray
    others: FloatArray


def _batches(env: Environment, active: Sequence[int], tails: Sequence[float], dropped: FloatArray) -> Iterator[_Batch]:
    """All relevant sigma', market by market, in batches of many markets; negligible probability is added to ``dropped`` (M, K, Z)."""
    waiting: list[_Batch] = []
    for market, (size, tail) in enumerate(zip(active, tails, strict=True)):
        for chunk in likely_configurations(env, size, tail):
            others = _others(env, chunk.configurations)
            matters = others.max(axis=(1, 2)) > NEGLIGIBLE
            dropped[market] += others[~matters].sum(axis=0)
            waiting.append(_Batch(np.full(np.count_nonzero(matters), market), chunk.configurations[matters], others[matters]))
            if sum(len(batch.market) for batch in waiting) >= CHUNK:
                yield _joined(waiting)
                waiting = []
    if sum(len(batch.market) for batch in waiting):
        yield _joined(waiting)


def _joined(parts: list[_Batch]) -> _Batch:
    return _Batch(
        np.concatenate([part.market for part in parts]),
        np.concatenate([part.configurations for part in parts]),
        np.concatenate([part.others for part in parts]),
    )


def _others(env: Environment, configurations: IntArray) -> FloatArray:
    """gamma_z(sigma' - [y]) for every y: the probability of the others' types if the agent is read as y. Shape (B, K, Z)."""
    others = np.empty((*configurations.shape, len(env.states)))
    for y in range(len(env.types)):
        one_less = configurations - (np.arange(len(env.types)) == y)
        there = one_less[:, y] >= 0
        others[:, y] = configuration_probabilities(env, np.where(there[:, None], one_less, 0)) * there[:, None]
    return others


def _terms(env: Environment, batch: _Batch) -> FloatArray:
    """What each sigma' adds to the gain over autarky of type x read as y: shape (B, K, K)."""
    counts, kinds = batch.configurations, range(len(env.types))
    size = counts.sum(axis=1)
    believed = solve_stage2(env, counts, trembling_posterior(env, counts))
    tau, kept = private_posterior(env), _autarky(env)
    terms = np.zeros((len(counts), len(kinds), len(kinds)))
    for y in kinds:
        one_less = counts - (np.arange(len(kinds)) == y)
        for x in kinds:
            chance = tau[x] * batch.others[:, y]
            rows = np.flatnonzero(chance.any(axis=1))
            if x == y:
                bundles = believed.bundles[rows, y]
            else:
                away = defection(env, x, one_less[rows], believed.offers[rows], size[rows])
                bundles = bundle_against_totals(away.offers, away.others[:, 0], away.others[:, 1], env.endowment)
            gain = env.utility.points(bundles[:, None, 0], bundles[:, None, 1], env.utility.weight[x]) - kept[x]
            terms[rows, x, y] = np.where(chance[rows] > 0, chance[rows] * gain, 0.0).sum(axis=1)
    return terms


def _autarky(env: Environment) -> FloatArray:
    return env.points_of_endowment()


def _tail(env: Environment, size: int, accuracy: float, exact_up_to: int, gain: float) -> float:
    """The tail to leave out: none if all configurations can be summed over, otherwise small enough for ``accuracy``."""
    enough = min(max(accuracy / (2 * gain), 1e-290), 0.5) if gain > 0 else 0.5
    return replace(BUDGET, exact=exact_up_to).tail(env, size, enough)
