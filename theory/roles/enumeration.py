"""The configurations by role that M active agents can form: eq. (23) sums over them where endowments go by role.

The active are drawn from all N agents alike, so their numbers per role are multivariate hypergeometric: of the N - 1 others of an
active agent of role j, n_i - [i = j] are in role i, and M - 1 are drawn. The draw says nothing about the state. Given these
numbers and the state, types are multinomial in each role.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb, prod

import numpy as np

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.information.beliefs import configuration_probabilities, multinomial_probabilities
from theory.information.enumeration import CHUNK, all_configurations
from theory.roles.views import role_agents


def active_by_role(environment: Environment) -> Iterator[tuple[int, ...]]:
    """The numbers of active agents per role that a draw of M from all agents can give."""
    yield from _drawn(environment.active, role_agents(environment).tolist())


def count_by_role(environment: Environment, most: int) -> int:
    """How many configurations ``configurations_by_role`` yields; the count stops once it passes ``most``."""
    kinds, count = len(environment.types), 0
    for drawn in active_by_role(environment):
        count += prod(comb(agents + kinds - 1, kinds - 1) for agents in drawn)
        if count > most:
            break
    return count


def configurations_by_role(environment: Environment, rows: int = CHUNK) -> Iterator[IntArray]:
    """All configurations (B, J, K) of the M active agents, each once, at most ``rows`` at a time."""
    waiting: list[IntArray] = []
    for drawn in active_by_role(environment):
        tables = [all_configurations(agents, len(environment.types)) for agents in drawn]
        shape = tuple(map(len, tables))
        for first in range(0, prod(shape), rows):
            places = np.unravel_index(np.arange(first, min(first + rows, prod(shape))), shape)
            found = np.stack([table[place] for table, place in zip(tables, places, strict=True)], axis=1)
            if waiting and sum(map(len, waiting)) + len(found) > rows:
                yield np.concatenate(waiting)
                waiting = []
            waiting.append(found)
    yield np.concatenate(waiting)


def probability_of_others(environment: Environment, role: int, others: IntArray) -> FloatArray:
    """P[others | z] of the other M - 1 active agents of an active agent of ``role``, as an index: (B, J, K) to (B, Z)."""
    count = others.shape[1]
    pools = role_agents(environment) - (np.arange(count) == role)
    # draws of M - 1 from all are independent draws from each role, given that they are M - 1 together
    chance = _binomial(others.sum(axis=2), pools, environment).prod(axis=1) / _binomial(
        np.array([environment.active - 1]), pools.sum(), environment
    )
    types = np.prod([configuration_probabilities(environment, others[:, j]) for j in range(count)], axis=0)
    return np.asarray(chance[:, None] * types)


def _binomial(drawn: IntArray, pool: IntArray, env: Environment) -> FloatArray:
    """The probability that each of ``drawn`` comes from a pool of agents who are each drawn with the same chance (M - 1)/(N - 1)."""
    chance = (env.active - 1) / (env.agents - 1)
    counts = np.stack([drawn, pool - drawn], axis=-1)
    return multinomial_probabilities(counts.reshape(-1, 2), np.array([[chance, 1 - chance]])).reshape(drawn.shape)


def _drawn(left: int, pools: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if len(pools) == 1:
        yield (left,)
        return
    for agents in range(max(0, left - sum(pools[1:])), min(pools[0], left) + 1):
        for rest in _drawn(left - agents, pools[1:]):
            yield (agents, *rest)
