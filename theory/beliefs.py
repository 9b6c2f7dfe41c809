"""What agents believe about the state: Bayes' rule from one's own type (tau) and from a type configuration (phi).

Everything is computed from log likelihoods, so that a thousand signals do not underflow. A type that is impossible in a
state rules the state out as soon as one agent has it, and says nothing as long as nobody does.
"""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, xlogy

from theory.environment import Environment
from theory.utility import FloatArray, total

IntArray = npt.NDArray[np.int64]


class ImpossibleConfiguration(ValueError):
    """A type configuration that has probability zero in every state, so that Bayes' rule says nothing. One sentence."""


def posterior(environment: Environment, configurations: npt.ArrayLike) -> FloatArray:
    """phi^sigma, the common posterior over states given the types of all active agents. Shape (B, K) to (B, Z).

    A configuration counts agents per type; K counts of zero give the prior.
    """
    counts = np.asarray(configurations, float)
    if counts.ndim != 2 or counts.shape[1] != len(environment.types):
        raise ValueError(f"configurations have shape {counts.shape}; they need one column for each of {len(environment.types)} types.")
    return _bayes(environment, counts.T).T


def private_posterior(environment: Environment) -> FloatArray:
    """tau, what an agent believes who knows the own type only. Shape (K, Z)."""
    return _bayes(environment, np.eye(len(environment.types))).T


def configuration_text(environment: Environment, counts: npt.ArrayLike) -> str:
    """A configuration as people write it: ``blue=7, green=3``."""
    return ", ".join(f"{name}={int(n)}" for name, n in zip(environment.types, np.asarray(counts), strict=True))


def all_configurations(agents: int, kinds: int) -> IntArray:
    """Every type configuration of so many agents, shape (C, K) with C = (agents + K - 1 choose K - 1)."""
    count = comb(agents + kinds - 1, kinds - 1)
    bars = np.array(list(combinations(range(agents + kinds - 1), kinds - 1)), np.int64).reshape(count, kinds - 1)
    ends = np.full((len(bars), 1), agents + kinds - 1)
    return np.diff(np.hstack([np.full_like(ends, -1), bars, ends]), axis=1) - 1


def configuration_probabilities(environment: Environment, configurations: npt.ArrayLike) -> FloatArray:
    """P[sigma | z], multinomial with the types' distribution mu_z. Shape (B, K) to (B, Z)."""
    counts = np.asarray(configurations, float)
    log_orders = gammaln(counts.sum(axis=1) + 1) - gammaln(counts + 1).sum(axis=1)
    return np.asarray(np.exp(log_orders[:, None] + xlogy(counts[:, None, :], environment.likelihood).sum(axis=2)))


def _bayes(environment: Environment, counts: FloatArray) -> FloatArray:
    # counts (K, B) to (Z, B). Sums run over the first axis, type by type, so that a batch rounds as a single call does.
    likelihood = environment.likelihood.T[:, :, None]
    seen = counts[:, None, :]
    if likelihood.all():
        log_likelihood = np.log(likelihood) * seen
    else:
        with np.errstate(divide="ignore"):
            log_likelihood = np.where(seen > 0, np.log(likelihood), 0.0) * seen
    log_weight = total(log_likelihood) + np.log(environment.prior)[:, None]
    largest = np.maximum.reduce(log_weight)
    if largest.min(initial=0.0) == -np.inf:
        example = configuration_text(environment, counts[:, np.isneginf(largest)][:, 0])
        raise ImpossibleConfiguration(f"The types {example} have probability zero in every state, so Bayes' rule gives no posterior.")
    weight = np.exp(log_weight - largest)
    return np.asarray(weight / total(weight))
