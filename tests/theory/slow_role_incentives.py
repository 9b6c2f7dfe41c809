"""Eq. (22)-(26) by role, one draw of the active and one assignment of types at a time: every agent has a name, nothing is counted ahead.

Nothing of ``theory`` but the parameters goes in. Stage 2 is solved by damped best replies, polished by ``scipy.optimize.root``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

from scipy.optimize import brentq, minimize_scalar, root

from tests.theory.independent import best_reply, marginal_utilities
from tests.theory.slow_incentives import TREMBLE, belief_from, utility
from theory.economy.environment import Environment

Group = tuple[int, int]
"""A role and a type."""

Offers = dict[Group, tuple[float, float]]


def slow_role_incentives(env: Environment) -> list[list[list[float]]]:
    """The gain of a defector [role][own type][type read], in points, with the chance (N - M)/N to be inactive."""
    return [_gains(env, role) for role in range(len(env.roles))]


def _gains(env: Environment, role: int) -> list[list[float]]:
    kinds, inactive, value = range(len(env.types)), 1 - env.active / env.agents, _active_values(env, role)
    gain = [[math.nan for _ in kinds] for _ in kinds]
    for x, y in product(kinds, kinds):
        if x != y:
            gain[x][y] = -inactive * _loss(env, role, x, y) + (1 - inactive) * (value[x][y] - value[x][x])
    return gain


def _seen_by(env: Environment, role: int) -> Environment:
    own = env.roles[role]
    return replace(env, endowment_q=own.endowment_q, endowment_r=own.endowment_r, roles=())


def _loss(env: Environment, role: int, own: int, other: int) -> float:
    """What the best offer read as ``other`` costs the inactive: searched for all over the interval."""
    optima = [_optimal_quantity(env, role, x) for x in range(len(env.types))]
    low = [(q + optima[other]) / 2 for q in optima if q < optima[other]]
    high = [(q + optima[other]) / 2 for q in optima if q > optima[other]]
    ends = max(low, default=0.0), min(high, default=_most(env, role))
    inside = minimize_scalar(lambda q: -_inactive_value(env, role, own, q), bounds=ends, method="bounded", options={"xatol": 1e-12})
    edges = [_inactive_value(env, role, own, q) for q in ends if 0 < q < _most(env, role)]
    return _inactive_value(env, role, own, optima[own]) - max(-inside.fun, *edges)


def _most(env: Environment, role: int) -> float:
    return env.roles[role].endowment_q + env.roles[role].endowment_r / env.stated_price


def _inactive_value(env: Environment, role: int, own: int, q: float) -> float:
    r = env.stated_price * (_most(env, role) - q)
    return sum(chance * utility(env, own, z, q, r) for z, chance in enumerate(_tau(env, own)) if chance > 0)


def _optimal_quantity(env: Environment, role: int, own: int) -> float:
    def slope(q: float) -> float:
        in_q, in_r = marginal_utilities(env, own, _tau(env, own), q, env.stated_price * (_most(env, role) - q))
        return math.log(in_q) - math.log(in_r) - math.log(env.stated_price)

    tiny = 1e-12 * _most(env, role)
    return brentq(slope, tiny, _most(env, role) - tiny, xtol=1e-15 * _most(env, role), rtol=8.9e-16)


def _tau(env: Environment, own: int) -> list[float]:
    return belief_from(env, [int(x == own) for x in range(len(env.types))])


def _active_values(env: Environment, role: int) -> list[list[float]]:
    """F_x^N(y) of an agent of the role: [own type][type read]."""
    kinds, states, solved = range(len(env.types)), range(len(env.states)), {}
    everybody = [j for j, one in enumerate(env.roles) for _ in range(one.agents)]
    everybody.remove(role)
    draws = list(combinations(everybody, env.active - 1))
    table = [[0.0 for _ in kinds] for _ in kinds]
    for x, y in product(kinds, kinds):
        terms = []
        for others in draws:
            for types in product(kinds, repeat=len(others)):
                chances = [_tau(env, x)[z] * math.prod(float(env.likelihood[z, w]) for w in types) / len(draws) for z in states]
                if not any(chances):
                    continue
                xi = Counter(zip(others, types, strict=True))
                believed = xi + Counter([(role, y)])
                key = tuple(sorted(believed.items()))
                if key not in solved:
                    solved[key] = solve_market(env, believed)
                q, r = _bundle(env, role, x, y, xi, solved[key])
                terms += [chance * utility(env, x, z, q, r) for z, chance in enumerate(chances) if chance > 0]
        table[x][y] = math.fsum(terms)
    return table


def _bundle(env: Environment, role: int, own: int, read: int, others: Counter[Group], beta: Offers) -> tuple[float, float]:
    rest_q, rest_r = (env.active * each + sum(n * beta[g][good] for g, n in others.items()) for good, each in _epsilon(env))
    if own == read:
        b_q, b_r = beta[role, own]
    else:
        truth = belief_from(env, _types(env, others + Counter([(role, own)])))
        b_q, b_r = best_reply(_seen_by(env, role), own, truth, rest_q, rest_r)
    price, has = (rest_r + b_r) / (rest_q + b_q), env.roles[role]
    return has.endowment_q - b_q + b_r / price, has.endowment_r - b_r + b_q * price


def solve_market(env: Environment, counts: Counter[Group]) -> Offers:
    """beta^sigma of the groups that have agents."""
    there = sorted(counts)
    belief = belief_from(env, _types(env, counts)) or belief_from(env, _types(env, counts), TREMBLE)
    size = sum(counts.values())

    def offers(net: Sequence[float]) -> Offers:
        ends = [(env.roles[j].endowment_q, env.roles[j].endowment_r) for j, _ in there]
        return {g: (max(y, 0) * end[0], max(-y, 0) * end[1]) for g, y, end in zip(there, net, ends, strict=True)}

    def gap(net: Sequence[float]) -> list[float]:
        made, gaps = offers(net), []
        total_q, total_r = (size * each + sum(counts[g] * made[g][good] for g in there) for good, each in _epsilon(env))
        for (j, x), y in zip(there, net, strict=True):
            b_q, b_r = best_reply(_seen_by(env, j), x, belief, total_q - made[j, x][0], total_r - made[j, x][1])
            gaps.append(b_q / env.roles[j].endowment_q - b_r / env.roles[j].endowment_r - y)
        return gaps

    net = [0.0 for _ in there]
    for _ in range(200):
        for _ in range(8):
            net = [y + 0.3 * d for y, d in zip(net, gap(net), strict=True)]
        polished = root(lambda y: gap([min(max(v, -1.0), 1.0) for v in y]), net, tol=1e-15)
        answer = [min(max(float(v), -1.0), 1.0) for v in polished.x]
        if max(map(abs, gap(answer))) < 1e-12:
            return offers(answer)
    raise AssertionError(f"the slow method found no equilibrium for {counts}")


def _types(env: Environment, counts: Counter[Group]) -> list[int]:
    return [sum(n for (_, x), n in counts.items() if x == own) for own in range(len(env.types))]


def _epsilon(env: Environment) -> list[tuple[int, float]]:
    return [(0, env.epsilon_q), (1, env.epsilon_r)]
