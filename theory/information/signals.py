"""Section 3.3: partitions of the types into signals, and what a signal configuration reveals, eq. (29) and (30).

In a semi-pooling equilibrium the types of a cell Y_k of a partition make the same stage-1 offer: a signal. The announcement tells
everybody how many agents sent each signal, lambda; an agent subtracts its own, lambda_-, and knows its own type. The types
behind the others' signals stay unknown: given the state, those in Y_k are independent with probabilities mu_z(y)/mu_z(Y_k).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import comb, prod

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment, InvalidEnvironment
from theory.information.beliefs import ImpossibleConfiguration
from theory.information.enumeration import Budget, left_out, likely_configurations, most_configurations

BUDGET = Budget(exact=20_000, most=400_000)
"""Up to this many configurations of the others' types are all enumerated; beyond that, unlikely ones are left out."""

TAIL = 1e-12


class InvalidSignals(InvalidEnvironment):
    """An invalid partition, or signal counts that do not fit it. The message is one sentence."""


@dataclass(frozen=True)
class Partition:
    """The cells Y_1, ..., Y_C of a partition of the types, as indices of types.

    Raises InvalidSignals unless the types 0, ..., K - 1 are each in exactly one cell.
    """

    cells: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        kinds = sum(map(len, self.cells))
        _refuse_no_partition(self.cells, tuple(range(kinds)))
        object.__setattr__(self, "cells", tuple(tuple(map(int, cell)) for cell in self.cells))

    def cell_of(self, kind: int) -> int:
        """The cell that holds a type."""
        return next(place for place, cell in enumerate(self.cells) if kind in cell)

    def likelihood(self, environment: Environment) -> FloatArray:
        """mu_z(Y_k), shape (Z, C)."""
        return np.stack([environment.likelihood[:, list(cell)].sum(axis=1) for cell in self.cells], axis=1)


@dataclass(frozen=True, eq=False)
class OthersTypes:
    """The type configurations that may be behind signals: ``counts`` (B, K), ``probability`` given each state (B, Z), and
    ``left_out``, a bound on the probability, in every state that the signals allow, of those that are not listed."""

    counts: IntArray
    probability: FloatArray
    left_out: float


def partition_of(environment: Environment, cells: Sequence[Sequence[str]]) -> Partition:
    """The partition with these cells of type names. Raises InvalidSignals unless every type is in exactly one cell."""
    _refuse_no_partition(cells, environment.types)
    return Partition(tuple(tuple(environment.types.index(name) for name in cell) for cell in cells))


def signal_posterior(environment: Environment, partition: Partition, others_signals: npt.ArrayLike, own_type: int) -> FloatArray:
    """Eq. (29): what an agent believes about the state from its own type and the others' signals lambda_- (C,). Shape (Z,)."""
    signals = np.asarray(others_signals, np.int64)
    return _posterior(environment, partition, signals, np.log(environment.prior) + _log(environment.likelihood[:, own_type]))


def public_posterior(environment: Environment, partition: Partition, signals: npt.ArrayLike) -> FloatArray:
    """What the announced signals alone reveal about the state: shape (Z,)."""
    return _posterior(environment, partition, np.asarray(signals, np.int64), np.log(environment.prior))


def others_types(environment: Environment, partition: Partition, signals: npt.ArrayLike) -> OthersTypes:
    """Eq. (30): every type configuration behind signals (C,), with its probability in each state.

    In a state that the signals exclude the probabilities are zero. Beyond 20,000 configurations the unlikely ones are left out.
    """
    counts = [int(n) for n in np.asarray(signals)]
    number = prod(comb(n + len(cell) - 1, len(cell) - 1) for n, cell in zip(counts, partition.cells, strict=True))
    tail = 0.0 if number <= BUDGET.exact else TAIL
    alone = [_alone(environment, cell) for cell in partition.cells]
    likely = prod(most_configurations(only, n, tail) if n else 1 for only, n in zip(alone, counts, strict=True))
    if likely > BUDGET.most:
        raise InvalidSignals(
            f"Behind these signals stand about {likely:,.0f} type configurations; up to {BUDGET.most:,} can be summed over."
        )
    behind = [_behind(environment, only, cell, n, tail) for only, cell, n in zip(alone, partition.cells, counts, strict=True)]
    number = prod(len(part.counts) for part in behind)
    grid = np.indices([len(part.counts) for part in behind]).reshape(len(behind), -1)
    total, probability = np.zeros((number, len(environment.types)), np.int64), np.ones((number, len(environment.states)))
    for part, row in zip(behind, grid, strict=True):
        total += part.counts[row]
        probability *= part.probability[row]
    return OthersTypes(total, probability, sum(part.left_out for part in behind))


def _refuse_no_partition(cells: Sequence[Sequence[str | int]], types: Sequence[str | int]) -> None:
    named = [name for cell in cells for name in cell]
    for name in named:
        if name not in types:
            raise InvalidSignals(f"The partition names {name!r}, but the types are {', '.join(map(str, types))}.")
        if named.count(name) > 1:
            raise InvalidSignals(f"The partition names {name} twice; every type belongs to exactly one cell.")
    missing = [str(name) for name in types if name not in named]
    if missing:
        raise InvalidSignals(f"The partition leaves out {', '.join(missing)}; every type belongs to exactly one cell.")
    if not cells or any(len(cell) == 0 for cell in cells):
        raise InvalidSignals("The partition has an empty cell; every cell holds at least one type.")


def _alone(env: Environment, cell: tuple[int, ...]) -> Environment:
    """The environment of a cell's types only, with the probabilities mu_z(y)/mu_z(Y_k)."""
    inside = env.likelihood[:, list(cell)]
    together = inside.sum(axis=1, keepdims=True)
    conditional = np.where(together > 0, inside / np.where(together > 0, together, 1.0), 1 / len(cell))
    tastes = replace(env.utility, weight=env.utility.weight[list(cell)])
    return replace(env, types=tuple(env.types[y] for y in cell), likelihood=conditional, utility=tastes)


def _behind(env: Environment, alone: Environment, cell: tuple[int, ...], signals: int, tail: float) -> OthersTypes:
    """The types of the agents who sent the signal of one cell."""
    if signals == 0:
        return OthersTypes(np.zeros((1, len(env.types)), np.int64), np.ones((1, len(env.states))), 0.0)
    chunks = list(likely_configurations(alone, signals, tail))
    within = np.concatenate([chunk.configurations for chunk in chunks])
    probability = np.concatenate([chunk.probability for chunk in chunks])
    counts = np.zeros((len(within), len(env.types)), np.int64)
    counts[:, list(cell)] = within
    missing = left_out(alone, signals, tail, probability.sum(axis=0)).max()
    return OthersTypes(counts, probability * env.likelihood[:, list(cell)].any(axis=1), float(missing))


def _posterior(env: Environment, partition: Partition, signals: IntArray, log_weight: FloatArray) -> FloatArray:
    seen = signals > 0
    log_weight = log_weight + (_log(partition.likelihood(env)[:, seen]) * signals[seen]).sum(axis=1)
    if np.isneginf(log_weight).all():
        raise ImpossibleConfiguration("These signals have probability zero in every state, so Bayes' rule gives no posterior.")
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def _log(probability: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.log(probability)
