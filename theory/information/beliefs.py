"""What agents believe about the state: Bayes' rule from one's own type (tau) and from a type configuration (phi).

Everything is computed from log likelihoods, so that a thousand signals do not underflow. A type that is impossible in a
state rules the state out as soon as one agent has it, and reveals nothing as long as nobody does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import BoolArray, FloatArray
from theory.economy.environment import Environment
from theory.economy.utility import total
from theory.information.counts import batch_of_counts

STIRLING_FROM = 16
"""From this count on, Stirling's series to the seventh power is exact to every digit."""


class ImpossibleConfiguration(ValueError):
    """A type configuration that has probability zero in every state, so that Bayes' rule says nothing. One sentence."""


@overload
def posterior(environment: Environment, configurations: Mapping[str, int]) -> dict[str, float]: ...
@overload
def posterior(environment: Environment, configurations: npt.ArrayLike) -> FloatArray: ...
def posterior(environment: Environment, configurations: Mapping[str, int] | npt.ArrayLike) -> dict[str, float] | FloatArray:
    """phi^sigma, the common posterior over states given the types of all active agents. Shape (B, K) to (B, Z).

    A configuration counts agents per type; K counts of zero give the prior. One configuration by name gives probabilities by name.

    >>> from theory import posterior, read_environment
    >>> env = read_environment("environments/mixed_values.toml")
    >>> posterior(env, [[5, 5], [1, 0]]).round(2).tolist()
    [[0.5, 0.5], [0.7, 0.3]]
    >>> {state: round(p, 2) for state, p in posterior(env, {"green": 1}).items()}
    {'low': 0.3, 'high': 0.7}
    """
    if isinstance(configurations, Mapping):
        (belief,) = _bayes(environment, _columns(environment, batch_of_counts(environment, configurations))).T.tolist()
        return dict(zip(environment.states, belief, strict=True))
    return _bayes(environment, _columns(environment, configurations)).T


def trembling_posterior(environment: Environment, configurations: npt.ArrayLike) -> FloatArray:
    """phi^sigma also where sigma has probability zero in every state, (B, K) to (B, Z); Bayes' rule wherever it applies.

    The paper asks for "Bayes' rule whenever possible". A defector can be read as a type that the others' types rule out. Then we
    take the limit of posteriors as every impossible type gets the same small chance in its states: the states left are those
    with the fewest agents of an impossible type, each weighted with kappa times the chances of the possible ones.
    """
    counts = _columns(environment, configurations)
    impossible = environment.likelihood == 0
    if not impossible.any():
        return _bayes(environment, counts).T
    draws = impossible.astype(float) @ counts
    log_weight = total(np.log(np.where(impossible, 1.0, environment.likelihood)).T[:, :, None] * counts[:, None, :])
    log_weight = np.where(draws > np.minimum.reduce(draws), -np.inf, log_weight + np.log(environment.prior)[:, None])
    return _normalised(log_weight, np.maximum.reduce(log_weight)).T


def is_possible(environment: Environment, configurations: npt.ArrayLike) -> BoolArray:
    """Whether some state gives every type of the configuration a positive probability, (B, K) to (B,)."""
    seen = np.asarray(configurations) > 0
    excluded = seen[:, None, :] & (environment.likelihood[None, :, :] == 0)
    return np.asarray((~excluded.any(axis=2)).any(axis=1))


def private_posterior(environment: Environment) -> FloatArray:
    """tau, the belief of an agent who knows only its own type. Shape (K, Z)."""
    return _bayes(environment, np.eye(len(environment.types))).T


def configuration_text(environment: Environment, counts: npt.ArrayLike) -> str:
    """A configuration as people write it: ``blue=7, green=3``."""
    return ", ".join(f"{name}={int(n)}" for name, n in zip(environment.types, np.asarray(counts), strict=True))


def configuration_probabilities(environment: Environment, configurations: npt.ArrayLike) -> FloatArray:
    """P[sigma | z], multinomial with the types' distribution mu_z. Shape (B, K) to (B, Z)."""
    return multinomial_probabilities(configurations, environment.likelihood)


def multinomial_probabilities(configurations: npt.ArrayLike, chances: FloatArray) -> FloatArray:
    """The probabilities of counts (B, K) of independent draws, for each row of ``chances`` (Z, K): shape (B, Z).

    With n draws of which n_x give x, and m = n times the chance of x, it is c(n)/prod c(n_x) times exp(-sum of n_x ln(n_x/m) - n_x + m),
    where c(n) = n!/(n/e)^n. No large numbers cancel in this form (Loader 2000), so that a million agents leave a relative error of
    1e-12; with ln n! it would be 1e-8.
    """
    counts = np.asarray(configurations, float)
    agents = counts.sum(axis=1)
    log_orders = _log_beyond_power(agents) - _log_beyond_power(counts).sum(axis=1)
    mean = agents[:, None, None] * chances
    seen = counts[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        surplus = seen - mean
        deviance = np.where(seen > 0, seen * np.log1p(surplus / mean), 0.0) - surplus
    return np.asarray(np.exp(log_orders[:, None] - np.where((mean == 0) & (seen > 0), np.inf, deviance).sum(axis=2)))


def _log_beyond_power(count: FloatArray) -> FloatArray:
    """ln of n!/(n/e)^n: directly where n is small, else Stirling's series."""
    from scipy.special import gammaln, xlogy

    large = np.maximum(count, STIRLING_FROM)
    inverse, square = 1 / large, 1 / large**2
    series = np.log(2 * np.pi * large) / 2 + inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    return np.where(count < STIRLING_FROM, gammaln(count + 1) - xlogy(count, count) + count, series)


def _columns(environment: Environment, configurations: npt.ArrayLike) -> FloatArray:
    counts = np.asarray(configurations, float)
    if counts.ndim != 2 or counts.shape[1] != len(environment.types):
        raise ValueError(f"configurations have shape {counts.shape}; they need one column for each of {len(environment.types)} types.")
    return counts.T


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
    return _normalised(log_weight, largest)


def _normalised(log_weight: FloatArray, largest: FloatArray) -> FloatArray:
    weight = np.exp(log_weight - largest)
    return np.asarray(weight / total(weight))
