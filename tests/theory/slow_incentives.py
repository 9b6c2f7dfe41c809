"""Eq. (22)-(26) one type configuration and one agent at a time: scalar root finding, products of probabilities, no arrays.

Nothing of ``theory`` but the parameters goes in. Stage 2 is solved by damped best replies, polished by ``scipy.optimize.root``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scipy.optimize import brentq, minimize_scalar, root

from tests.theory.independent import best_reply, marginal_utilities
from theory.economy.environment import Environment

TREMBLE = 1e-30
"""The chance of an impossible type, where the others see one: its powers must not underflow, so M stays below ten."""


@dataclass(frozen=True)
class SlowIncentives:
    """Tables [own type][type read] in points."""

    gain: list[list[float]]
    loss: list[list[float]]
    value: list[list[float]]


def slow_incentives(env: Environment, inactive_probability: float) -> SlowIncentives:
    """G_x^N towards every type less G_x^N(alpha*), and what it is made of."""
    kinds = range(len(env.types))
    loss = losses(env)
    value = active_value_table(env, env.active)
    gain = [[-inactive_probability * loss[x][y] + (1 - inactive_probability) * (value[x][y] - value[x][x]) for y in kinds] for x in kinds]
    return SlowIncentives(gain, loss, value)


def utility(env: Environment, kind: int, state: int, q: float, r: float) -> float:
    """u(q, r; x, z), as the table of families states it."""
    u, w = env.utility, float(env.utility.weight[kind, state])
    c, rho = u.curvature, u.rho
    v = {
        "cobb-douglas-log": lambda: w * math.log(q) + (1 - w) * math.log(r),
        "cobb-douglas": lambda: (q**w * r ** (1 - w)) ** c,
        "ces": lambda: (w * q**rho + (1 - w) * r**rho) ** (c / rho),
        "crra": lambda: (w * q ** (1 - c) + (1 - w) * r ** (1 - c)) / (1 - c),
    }[u.family]()
    return u.shift + u.scale * v


def belief_from(env: Environment, counts: Sequence[int], tremble: float = 0.0) -> list[float] | None:
    """Bayes' rule as a product of chances, or None where it is undefined."""
    weights = []
    for z in range(len(env.states)):
        weight = float(env.prior[z])
        for x, n in enumerate(counts):
            weight *= (float(env.likelihood[z, x]) or tremble) ** n
        weights.append(weight)
    total = sum(weights)
    return [w / total for w in weights] if total > 0 else None


def inactive_value(env: Environment, kind: int, q: float) -> float:
    """L_x(q) of the proof of Claim 1."""
    own = [int(x == kind) for x in range(len(env.types))]
    other_good = env.endowment_r / env.endowment_q * (2 * env.endowment_q - q)
    return sum(chance * utility(env, kind, z, q, other_good) for z, chance in enumerate(belief_from(env, own)) if chance > 0)


def optimal_quantity(env: Environment, kind: int) -> float:
    """q1(alpha*(x)): where the marginal rate of substitution is p1."""
    own = belief_from(env, [int(x == kind) for x in range(len(env.types))])
    p1 = env.endowment_r / env.endowment_q

    def slope(q: float) -> float:
        in_q, in_r = marginal_utilities(env, kind, own, q, p1 * (2 * env.endowment_q - q))
        return math.log(in_q) - math.log(in_r) - math.log(p1)

    tiny = 1e-12 * env.endowment_q
    return brentq(slope, tiny, 2 * env.endowment_q - tiny, xtol=1e-15 * env.endowment_q, rtol=8.9e-16)


def interval_ends(env: Environment) -> list[tuple[float, float]]:
    """I(x) of eq. (6), without its question of which end belongs."""
    optima = [optimal_quantity(env, x) for x in range(len(env.types))]
    ends = []
    for own in optima:
        below, above = [q for q in optima if q < own], [q for q in optima if q > own]
        ends.append(((max(below) + own) / 2 if below else 0.0, (min(above) + own) / 2 if above else 2 * env.endowment_q))
    return ends


def losses(env: Environment) -> list[list[float]]:
    """L_x at its best less its supremum over I(y), searched for all over the interval."""
    kinds = range(len(env.types))
    ends = interval_ends(env)
    return [
        [0.0 if x == y else inactive_value(env, x, optimal_quantity(env, x)) - _supremum(env, x, *ends[y]) for y in kinds] for x in kinds
    ]


def _supremum(env: Environment, kind: int, low: float, high: float) -> float:
    inside = minimize_scalar(lambda q: -inactive_value(env, kind, q), bounds=(low, high), method="bounded", options={"xatol": 1e-12})
    edges = [q for q in (low, high) if 0 < q < 2 * env.endowment_q]
    return max([-inside.fun, *(inactive_value(env, kind, q) for q in edges)])


def active_value_table(env: Environment, active: int) -> list[list[float]]:
    """F_x^N(a) for a in I(y), eq. (23): [x][y]."""
    kinds, solved = range(len(env.types)), {}
    table = [[0.0 for _ in kinds] for _ in kinds]
    for x in kinds:
        for y in kinds:
            terms = []
            for others in counts_of(active - 1, len(env.types)):
                chances = [_private(env, x)[z] * _multinomial(env, z, others) for z in range(len(env.states))]
                if not any(chances):
                    continue
                believed = tuple(n + (w == y) for w, n in enumerate(others))
                if believed not in solved:
                    solved[believed] = solve_market(env, believed)
                q, r = _payoff_bundle(env, x, y, others, solved[believed])
                terms += [chance * utility(env, x, z, q, r) for z, chance in enumerate(chances) if chance > 0]
            table[x][y] = math.fsum(terms)
    return table


def counts_of(agents: int, kinds: int) -> Iterator[tuple[int, ...]]:
    """All ways to split agents over types."""
    if kinds == 1:
        yield (agents,)
        return
    for first in range(agents + 1):
        for rest in counts_of(agents - first, kinds - 1):
            yield (first, *rest)


def _private(env: Environment, kind: int) -> list[float]:
    return belief_from(env, [int(x == kind) for x in range(len(env.types))])


def _multinomial(env: Environment, state: int, counts: Sequence[int]) -> float:
    chance, left = 1.0, sum(counts)
    for x, n in enumerate(counts):
        chance *= math.comb(left, n) * float(env.likelihood[state, x]) ** n
        left -= n
    return chance


def _payoff_bundle(env: Environment, own: int, read: int, others: Sequence[int], net: Sequence[float]) -> tuple[float, float]:
    """Eq. (10), (25) and the bundles below eq. (23): the others play what they believe, the agent its best reply."""
    size = sum(others) + 1
    rest_q = size * env.epsilon_q + sum(n * max(net[w], 0) * env.endowment_q for w, n in enumerate(others) if n)
    rest_r = size * env.epsilon_r + sum(n * max(-net[w], 0) * env.endowment_r for w, n in enumerate(others) if n)
    if own == read:
        b_q, b_r = max(net[own], 0) * env.endowment_q, max(-net[own], 0) * env.endowment_r
    else:
        truth = belief_from(env, [n + (w == own) for w, n in enumerate(others)])
        b_q, b_r = best_reply(env, own, truth, rest_q, rest_r)
    q = env.endowment_q - b_q + b_r / ((rest_r + b_r) / (rest_q + b_q))
    r = env.endowment_r - b_r + b_q * ((rest_r + b_r) / (rest_q + b_q))
    return q, r


def solve_market(env: Environment, counts: Sequence[int]) -> list[float]:
    """beta^sigma as net offers of q per type, as parts of the endowment, negative where r is offered; 0 for a type without agents."""
    belief = belief_from(env, counts) or belief_from(env, counts, TREMBLE)
    there, size = [x for x, n in enumerate(counts) if n], sum(counts)

    def gap(net: Sequence[float]) -> list[float]:
        total_q = size * env.epsilon_q + sum(counts[x] * max(y, 0) * env.endowment_q for x, y in zip(there, net, strict=True))
        total_r = size * env.epsilon_r + sum(counts[x] * max(-y, 0) * env.endowment_r for x, y in zip(there, net, strict=True))
        gaps = []
        for x, y in zip(there, net, strict=True):
            b_q, b_r = best_reply(env, x, belief, total_q - max(y, 0) * env.endowment_q, total_r - max(-y, 0) * env.endowment_r)
            gaps.append(b_q / env.endowment_q - b_r / env.endowment_r - y)
        return gaps

    net = [0.0 for _ in there]
    for _ in range(200):
        for _ in range(8):
            net = [y + 0.3 * d for y, d in zip(net, gap(net), strict=True)]
        polished = root(lambda y: gap([min(max(v, -1.0), 1.0) for v in y]), net, tol=1e-15)
        answer = [min(max(float(v), -1.0), 1.0) for v in polished.x]
        if max(map(abs, gap(answer))) < 1e-12:
            full = [0.0] * len(counts)
            for x, y in zip(there, answer, strict=True):
                full[x] = y
            return full
    raise AssertionError(f"the slow method found no equilibrium for {counts}")
