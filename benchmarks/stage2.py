"""Stage 2 in batches of 1,000 and one at a time, compared with ``scipy.optimize.root`` on the same
configurations at the same accuracy.

The peers are what a careful user writes. For log Cobb-Douglas: the fixed point of the closed-form
best replies, by ``hybr``. For the other families: the first-order conditions in the coordinates of
``theory.equilibrium.stage2`` (ln p and each type's consumption ratio, where every iterate is
feasible), by ``hybr`` with the analytic Jacobian. Both start at the competitive price. Neither peer
checks its answer; ours does, and its time includes the check. Both accuracies are the largest
distances from ``theory.equilibrium.best_reply``.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.optimize import root

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, FAMILIES, LOG_COBB_DOUGLAS, Utility
from theory.equilibrium.best_reply import best_reply
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import posterior

BATCH = 1000
SINGLES = 200
PAIRS = 25
BATCHES_PER_PAIR = 4
BARS = {LOG_COBB_DOUGLAS: 300.0, COBB_DOUGLAS: 50.0, CES: 50.0, CRRA: 50.0}

Solve = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class Row:
    """Microseconds per configuration, ours and the peer's, in batches and one at a time; the
    largest residuals; how many the peer left unsolved.

    The ratios are medians of the ratios of neighbouring measurements, so that a spell in which the
    machine is slow affects both.
    """

    family: str
    ours: float
    peer: float
    ratio: float
    ours_single: float
    peer_single: float
    single_ratio: float
    ours_residual: float
    peer_residual: float
    peer_failures: int


def rows() -> Iterator[Row]:
    """One row per family."""
    for family in FAMILIES:
        yield _measure(family)


def table() -> str:
    """The table that ``make bench`` prints."""
    lines = [
        "Stage 2: microseconds of processor time per configuration; peer: scipy.optimize.root (hybr);"
        " medians over alternating measurements",
        "",
        f"{'':18}{'batch of 1,000':^34}{'':4}{'single call':^30}{'':4}largest residual (goods)",
        f"{'family':18}{'ours':>8}{'peer':>9}{'ratio':>8}{'bar':>9}{'':4}{'ours':>9}{'peer':>9}{'ratio':>8}{'bar':>4}{'':4}ours     peer",
    ]
    for row in rows():
        failed = f"  (peer failed on {row.peer_failures})" if row.peer_failures else ""
        lines.append(
            f"{row.family:18}{row.ours:8.2f}{row.peer:9.0f}{row.ratio:8.0f}{'>= ' + format(BARS[row.family], '.0f'):>9}{'':4}"
            f"{row.ours_single:9.0f}{row.peer_single:9.0f}{row.single_ratio:8.2f}{'1':>4}{'':4}"
            f"{row.ours_residual:.0e}  {row.peer_residual:.0e}{failed}"
        )
    return "\n".join(lines)


def economy(family: str) -> tuple[Environment, FloatArray]:
    """An asymmetric economy with three types and two states, and 1,000 configurations of 20 active agents."""
    environment = Environment(
        name="benchmark",
        description="",
        states=("low", "high"),
        types=("a", "b", "c"),
        prior=np.array([0.4, 0.6]),
        likelihood=np.array([[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]]),
        endowment_q=3.0,
        endowment_r=40.0,
        utility=Utility(
            family,
            np.array([[0.2, 0.45], [0.55, 0.7], [0.35, 0.85]]),
            curvature={COBB_DOUGLAS: 0.7, CES: 0.6, CRRA: 2.5}.get(family),
            rho=0.3 if family == CES else None,
        ),
        agents=24,
        inactive_share=Fraction(1, 6),
        epsilon_q=0.03,
        epsilon_r=0.4,
    )
    return environment, np.random.default_rng(2012).multinomial(20, [0.35, 0.25, 0.4], BATCH).astype(float)


def _measure(family: str) -> Row:
    env, configurations = economy(family)
    peer = _closed_form_peer(env) if family == LOG_COBB_DOUGLAS else _first_order_peer(env)
    found = solve_stage2(env, configurations)
    guesses = np.array([peer(n, phi) for n, phi in zip(configurations, posterior(env, configurations), strict=True)])
    gap = _distance(env, configurations, guesses)
    solved = np.isfinite(gap)
    batches = []
    for few in np.split(configurations, PAIRS):
        theirs = _clock(lambda few=few: _all_by_peer(env, peer, few)) / len(few)
        mine = statistics.median(_clock(lambda: solve_stage2(env, configurations)) for _ in range(BATCHES_PER_PAIR)) / BATCH
        batches.append((mine, theirs))
    singles = []
    for index in range(SINGLES):
        one = configurations[index : index + 1]
        singles.append((_clock(lambda one=one: solve_stage2(env, one)), _clock(lambda one=one: _all_by_peer(env, peer, one))))
    ours_gap = _distance(env, configurations, np.nan_to_num(found.offers))
    return Row(
        family,
        *_medians(batches),
        *_medians(singles),
        ours_residual=ours_gap.max(),
        peer_residual=gap[solved].max(),
        peer_failures=int((~solved).sum()),
    )


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Ours and the peer's, in microseconds, and the peer's over ours."""
    ours, peer = (1e6 * statistics.median(column) for column in zip(*pairs, strict=True))
    return ours, peer, statistics.median(theirs / mine for mine, theirs in pairs)


def _clock(run: Callable[[], object]) -> float:
    """Processor time, which other programs on the machine disturb less than wall-clock time.
    Everything runs in one thread.
    """
    start = time.process_time()
    run()
    return time.process_time() - start


def _all_by_peer(env: Environment, peer: Solve, configurations: FloatArray) -> None:
    for counts, belief in zip(configurations, posterior(env, configurations), strict=True):
        peer(counts, belief)


def _distance(env: Environment, configurations: FloatArray, offers: FloatArray) -> FloatArray:
    """The largest distance in goods from best replies, per configuration (B,); nan where the peer found nothing."""
    belief = np.repeat(posterior(env, configurations), len(env.types), axis=0)
    epsilon = env.epsilon
    totals = (configurations[:, :, None] * offers).sum(axis=1) + configurations.sum(axis=1)[:, None] * epsilon
    others = (totals[:, None, :] - offers).reshape(-1, 2)
    kind = np.tile(np.arange(len(env.types)), len(configurations))
    good = np.isfinite(others).all(axis=1)
    reply = np.full(others.shape, np.nan)
    reply[good] = best_reply(env, kind[good], belief[good], others[good, 0], others[good, 1])
    gap = np.abs(reply.reshape(offers.shape) - offers).max(axis=2)
    return np.where(configurations > 0, gap, 0.0).max(axis=1)


def _closed_form_peer(env: Environment) -> Solve:
    """Root of offers minus best replies in net offers y (b_q = y+, b_r = y-), each best reply a quadratic's root."""
    (end_q, end_r), weight = env.endowment.tolist(), env.utility.weight

    def solve(counts: FloatArray, belief: FloatArray) -> FloatArray:
        there = counts > 0
        number, liking = counts[there], weight[there] @ belief
        base_q, base_r = env.exogenous(counts.sum())
        odds_q, odds_r = liking / (1 - liking), (1 - liking) / liking

        def excess(net: FloatArray) -> FloatArray:
            sold, bought = np.maximum(net, 0) * end_q, np.maximum(-net, 0) * end_r
            rest_q, rest_r = number @ sold + base_q - sold, number @ bought + base_r - bought
            # w/(q-b) = (1-w)/(r + bR/(Q+b)) RQ/(Q+b)^2 and its mirror image, as a b^2 + 2 h b - c = 0
            reply = _positive_root(odds_q * (end_r + rest_r), odds_q * (2 * end_r + rest_r) + rest_r, rest_q, end_q, odds_q * end_r, rest_r)
            other = _positive_root(odds_r * (end_q + rest_q), odds_r * (2 * end_q + rest_q) + rest_q, rest_r, end_r, odds_r * end_q, rest_q)
            return net - reply / end_q + other / end_r

        price = ((number @ liking) * end_r + base_r) / ((number @ (1 - liking)) * end_q + base_q)
        demand = liking * (price * end_q + end_r) / price
        found = root(excess, np.where(demand < end_q, 1 - demand / end_q, price * (end_q - demand) / end_r), method="hybr", tol=1e-13)
        offers = np.zeros((len(counts), 2))
        offers[there, 0], offers[there, 1] = np.maximum(found.x, 0) * end_q, np.maximum(-found.x, 0) * end_r
        return offers

    return solve


def _positive_root(a: FloatArray, b: FloatArray, rest: FloatArray, end: float, keen: FloatArray, gets: FloatArray) -> FloatArray:
    """The positive root of a x^2 + b rest x - rest (gets end - keen rest) = 0, or 0 if there is none."""
    c = rest * (gets * end - keen * rest)
    half = b * rest / 2
    return np.where(c > 0, c / (half + np.sqrt(half * half + a * np.maximum(c, 0))), 0.0)


def _first_order_peer(env: Environment) -> Solve:
    """Root of all first-order conditions and the price equation, with their analytic Jacobian."""
    eps_q, eps_r = env.epsilon / env.endowment

    def solve(counts: FloatArray, belief: FloatArray) -> FloatArray:
        there = counts > 0
        share, size = counts[there] / counts.sum(), counts.sum()
        rate = env.utility.marginal_rate(env.utility.weight[there].T, belief[:, None], env.fixed_price)
        at_endowment, slope = rate(np.zeros(share.size))

        def parts(x: FloatArray) -> tuple[FloatArray, ...]:
            ratio, sells = x[1:], x[1:] > 0
            side = np.where(sells, 1.0, -1.0)
            kept = np.exp(-np.abs(ratio))
            taken = kept * np.exp(side * x[0])
            offer = -np.expm1(-np.abs(ratio)) / (1 + taken)
            given = share * offer
            total_q, total_r = given[sells].sum() + eps_q, given[~sells].sum() + eps_r
            return sells, side, kept, taken, offer, np.where(sells, total_q, total_r), np.log(total_r / total_q)

        def residual(x: FloatArray) -> FloatArray:
            _, side, _, _, offer, own, implied = parts(x)
            value, _ = rate(x[1:])
            return np.append(x[0] - implied, value - x[0] - side * np.log1p(-offer / (size * own)))

        def jacobian(x: FloatArray) -> FloatArray:
            sells, side, kept, taken, offer, own, _ = parts(x)
            _, slope = rate(x[1:])
            spare = 1 / (size * own - offer)
            by_ratio = side * (kept + taken) / (1 + taken) ** 2
            by_price = -side * offer * taken / (1 + taken)
            per_own = share / own
            matrix = np.empty((x.size, x.size))
            matrix[0, 0] = 1 + (side * per_own * by_price).sum()
            matrix[0, 1:] = side * per_own * by_ratio
            same = sells[:, None] == sells[None, :]
            through = -(side * offer * spare)[:, None] * same * per_own[None, :]
            matrix[1:, 0] = -1 + side * spare * by_price + through @ by_price
            matrix[1:, 1:] = through * by_ratio[None, :] + np.diag(slope + side * spare * by_ratio)
            return matrix

        odds = np.exp(at_endowment)
        start = np.log(((share * odds / (1 + odds)).sum() + eps_r) / ((share / (1 + odds)).sum() + eps_q))
        found = root(residual, np.append(start, (start - at_endowment) / slope), jac=jacobian, method="hybr", tol=1e-13)
        _, side, _, _, offer, _, _ = parts(found.x)
        offers = np.zeros((len(counts), 2))
        offers[there, 0] = np.where(side > 0, offer, 0.0) * env.endowment_q
        offers[there, 1] = np.where(side > 0, 0.0, offer) * env.endowment_r
        return offers

    return solve
