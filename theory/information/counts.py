"""Type configurations in the forms that callers use: counts by name, a row of counts, or a batch of either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from theory.economy.environment import Environment

Counts: TypeAlias = Mapping[str, int] | Sequence[Mapping[str, int]] | npt.ArrayLike
"""Agents per type, of one market or of a batch: by name, where types left out have no agents, or in the order of the types."""


def batch_of_counts(environment: Environment, configurations: Counts) -> npt.NDArray[Any]:
    """The counts (B, K) of B markets. Raises InvalidEnvironment for the name of an unknown type."""
    if isinstance(configurations, Mapping):
        return _row(environment, configurations)[None, :]
    if isinstance(configurations, Sequence) and configurations and all(isinstance(row, Mapping) for row in configurations):
        return np.array([_row(environment, row) for row in configurations])  # type: ignore[arg-type]
    counts = np.asarray(configurations)
    return counts[None, :] if counts.ndim == 1 and len(counts) == len(environment.types) else counts


def one_of_counts(environment: Environment, configuration: Counts) -> npt.NDArray[Any]:
    """The counts (K,) of one market."""
    counts, kinds = batch_of_counts(environment, configuration), len(environment.types)
    if counts.shape != (1, kinds):
        raise ValueError(f"a type configuration counts the agents of each type: it has {kinds} counts, not shape {counts.shape}.")
    return np.asarray(counts[0])


def _row(environment: Environment, configuration: Mapping[str, int]) -> npt.NDArray[Any]:
    for name in configuration:
        environment.type_index(name)
    return np.array([configuration.get(name, 0) for name in environment.types])
