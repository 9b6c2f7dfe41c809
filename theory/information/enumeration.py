"""The type configurations that n agents can form, with their probability in each state: eq. (23) sums over them.

There are (n + K - 1 choose K - 1) of them. They come in chunks, so that memory does not grow with their number. Far fewer are
likely: in state z the agents of type x are binomial, so all but a stated probability lies in a box of counts around n mu_z.
The boxes are wide enough to hold for n - 1 agents drawn from mu_z and one of any type, as defectors are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment, InvalidEnvironment
from theory.information.beliefs import configuration_probabilities

CHUNK = 16384
"""Configurations in a chunk: enough for the solver to run at its full speed, and little memory."""

ROUNDING = 1e-14
"""The rounding error in the sum of the probabilities of n agents, per root of n."""


class TooManyConfigurations(InvalidEnvironment):
    """More type configurations than can be summed over. The message is one sentence."""


@dataclass(frozen=True)
class Budget:
    """How many type configurations a sum goes over: all of them up to ``exact``; beyond, the likely ones, and of these up to ``most``."""

    exact: int
    most: int

    def affords_all(self, environment: Environment, agents: int) -> bool:
        """Whether all configurations of this many agents are enumerated."""
        return most_configurations(environment, agents) <= self.exact

    def tail(self, environment: Environment, agents: int, tail: float) -> float:
        """The probability, in each state, of what the sum leaves out: 0 or ``tail``. Raises TooManyConfigurations."""
        left = 0.0 if self.affords_all(environment, agents) else tail
        if (number := most_configurations(environment, agents, left)) > self.most:
            raise TooManyConfigurations(
                f"{agents} agents of {len(environment.types)} types have about {number:.2g} likely type configurations; at most"
                f" {self.most} can be summed over."
            )
        return left


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some type configurations (B, K), counts per type, and ``probability`` P[sigma | z] (B, Z)."""

    configurations: IntArray
    probability: FloatArray


def likely_configurations(environment: Environment, agents: int, tail: float = 0.0, rows: int = CHUNK) -> Iterator[Chunk]:
    """The configurations of this many agents, each once, in chunks of at most ``rows``.

    With ``tail`` = 0 all of them, also those that no state allows. Otherwise, for each state, all but a set of probability at
    most ``tail`` in that state, also where the type of one of the agents is given; ``left_out`` bounds it.
    """
    low, high = _boxes(environment, agents, tail)
    for state in range(len(low)):
        for configurations in _between(agents, low[state], high[state], rows):
            seen = np.zeros(len(configurations), bool)
            for earlier in range(state):
                seen |= ((configurations >= low[earlier]) & (configurations <= high[earlier])).all(axis=1)
            kept = configurations[~seen] if seen.any() else configurations
            if len(kept):
                yield Chunk(kept, configuration_probabilities(environment, kept))


def left_out(environment: Environment, agents: int, tail: float, kept: npt.ArrayLike | None = None) -> FloatArray:
    """A bound on the probability, in each state, of what ``likely_configurations`` leaves out: shape (Z,).

    It is the sum of the binomial tails cut off, and holds also where the type of one of the agents is given. With ``kept`` (Z,), the
    sum of the probabilities that were yielded, it is 1 minus that sum, unless that is lost in rounding.
    """
    low, high = _boxes(environment, agents, tail)
    if tail == 0:
        return np.zeros(len(environment.states))
    likelihood, others = environment.likelihood, max(agents - 1, 0)
    bound = (_below(others, likelihood, low) + _above(others, likelihood, high - 1)).sum(axis=1)
    if kept is not None:
        bound = np.minimum(bound, np.maximum(1 - np.asarray(kept, float), 0.0) + ROUNDING * np.sqrt(agents))
    return np.asarray(bound)


def most_configurations(environment: Environment, agents: int, tail: float = 0.0) -> float:
    """How many configurations ``likely_configurations`` yields at most: all of them counted where ``tail`` = 0, else a box's volume."""
    kinds = len(environment.types)
    low, high = _boxes(environment, agents, tail)
    widths = np.sort(high - low + 1.0, axis=1)
    return min(float(comb(agents + kinds - 1, kinds - 1)), float(widths[:, :-1].prod(axis=1).sum()))


def all_configurations(agents: int, kinds: int) -> IntArray:
    """Every type configuration of this many agents, shape (C, K) with C = (agents + K - 1 choose K - 1), in rising order."""
    return np.concatenate(list(_between(agents, np.zeros(kinds, np.int64), np.full(kinds, agents), CHUNK)))


def _boxes(env: Environment, agents: int, tail: float) -> tuple[IntArray, IntArray]:
    """The least and largest counts per type, (boxes, K): one box for everything, or one for each state."""
    if not 0 <= tail < 1:
        raise ValueError(f"the tail is {tail}; it must be a probability from 0 to less than 1.")
    if tail == 0:
        return np.zeros((1, len(env.types)), np.int64), np.full((1, len(env.types)), agents)
    each = tail / (2 * len(env.types))
    others = max(agents - 1, 0)
    return _furthest(others, env, each, -1), _furthest(others, env, each, 1) + 1


def _furthest(agents: int, env: Environment, each: float, side: int) -> IntArray:
    """The count nearest to the mean beyond which, on one side, lies a probability of at most ``each``: by bisection."""
    beyond = _above if side > 0 else _below
    near = np.floor(agents * env.likelihood).astype(np.int64)
    far = np.full_like(near, agents if side > 0 else 0)
    far = np.where(beyond(agents, env.likelihood, near) <= each, near, far)
    while (np.abs(far - near) > 1).any():
        middle = (near + far) // 2
        enough = beyond(agents, env.likelihood, middle) <= each
        near, far = np.where(enough, near, middle), np.where(enough, middle, far)
    return far


def _below(agents: int, likelihood: FloatArray, count: IntArray) -> FloatArray:
    """P[n < count] of binomial counts."""
    from scipy.special import betaincc

    some = np.maximum(count, 1)
    return np.where(count > 0, betaincc(some, agents - some + 1, likelihood), 0.0)


def _above(agents: int, likelihood: FloatArray, count: IntArray) -> FloatArray:
    """P[n > count] of binomial counts."""
    from scipy.special import betainc

    some = np.minimum(count, agents - 1) + 1
    return np.where(count < agents, betainc(some, agents - some + 1, likelihood), 0.0)


def _between(agents: int, low: IntArray, high: IntArray, rows: int) -> Iterator[IntArray]:
    """The configurations with counts between ``low`` and ``high`` (K,), in rising order, at most ``rows`` at a time."""
    if low.sum() <= agents <= high.sum():
        yield from _extended(np.zeros((1, 0), np.int64), np.array([agents]), low, high, rows)


def _extended(begun: IntArray, rest: IntArray, low: IntArray, high: IntArray, rows: int) -> Iterator[IntArray]:
    """The completions of begun configurations (B, j) that leave ``rest`` (B,) agents to the types from j on."""
    kind = begun.shape[1]
    if kind == len(low) - 1:
        yield np.concatenate([begun, rest[:, None]], axis=1)
        return
    least = np.maximum(low[kind], rest - high[kind + 1 :].sum())
    most = np.minimum(high[kind], rest - low[kind + 1 :].sum())
    ends = np.cumsum(most - least + 1)
    starts = ends - (most - least + 1)
    for first in range(0, int(ends[-1]), rows):
        place = np.arange(first, min(first + rows, int(ends[-1])))
        row = np.searchsorted(ends, place, side="right")
        count = least[row] + place - starts[row]
        yield from _extended(np.concatenate([begun[row], count[:, None]], axis=1), rest[row] - count, low, high, rows)
