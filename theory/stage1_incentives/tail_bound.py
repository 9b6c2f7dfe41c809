r"""Theorem 1 with a number: an N_0 from which on the paper's candidate is an equilibrium of every market, with the proof.

**Theorem.** If ``tail_bound(environment).agents`` is a number N_0, then for every N >= N_0 no agent gains at stage 1 from an
offer other than alpha*: the candidate (alpha*, s2*, phi*) is an equilibrium of the N-agent economy.

**Proof.** By construction of s2* and phi* only stage 1 is left to check. An offer that is read as the agent's own type changes
nothing at stage 2 and is no better at stage 1. By an offer that is read as y another type x loses at least

    loss_xy = L_x(q1(alpha*(x))) - sup of L_x over I(y) > 0

when inactive (L_x of Claim 1 is concave, so the supremum is at the end of I(y) nearer to the optimum), and gains D_xy(N) when
active. In all it gains g_xy(N) = -pi loss_xy + (1 - pi) D_xy(N), where pi = (N - M)/N. With eta = i/d in lowest terms N - M is
the integer part of eta N, at least eta N - (d-1)/d. Hence for N >= N_0

    pi >= pi_0 = eta - (d-1)/(d N_0),    g_xy(N) <= -pi_0 loss_xy + (1 - pi_0) max(D_xy(N), 0),

as neither loss nor max(D, 0) is negative. We need a bound on D_xy(N) for every N >= N_0: since M does not fall as N grows,
for every M >= M_0 = M(N_0). Then N_0 is a number at which this makes the right side negative for all x and y.

*An average.* D_xy(N) = sum over z of tau_x(z) E_z[D(xi)]: in state z the types xi of the M - 1 other active agents are independent
draws from mu_z, and D(xi) is what x gains at stage 2, as it sees it with its own posterior phi*, from being read as y.

*Always.* D(xi) <= R_x, the most that a price taker of type x can gain from trade in any state at prices within the paper's
bounds. For when it is read as x, x gets at least the value of its endowment under its own posterior. When it is read as y it gets no more
than a price taker at R_-/Q_-, which is no more than the average over the states of what a price taker who knows the state gets. And a
price taker's gain is largest at one of the ends of a range of prices.

*Typically.* For v > 0 and a function f of the type let f^(v) = min over s > 0 of (v + ln E_z[exp(s f)])/s. The mean of
f over n draws exceeds it with probability at most exp(-n v) (Chernoff). Call xi typical at v if this happens for none of
the types' shares, their negatives, and the log likelihood ratios ln mu_z'/mu_z of the other states. The probability not to be
typical is at most

    T(v) = (2 K + Z - 1) exp(-(M-1) v),

with 2 instead of 2 K for two types, whose shares are one number. Where xi is typical, the shares have bounds that do not depend
on M. So do the posterior odds after one more draw x (sigma*) or y (sigma'), if l stands for ln mu_z'/mu_z and l^(v) < 0:

    phi(z')/phi(z) <= kappa(z')/kappa(z) max_k mu_z'(k)/mu_z(k) exp((M-1) l^(v)),

which falls as M grows. Such v are those below the Chernoff information of the two states. For each,
``theory.stage1_incentives.sensitivity`` gives a bound on D(xi) that holds for every M >= M_0 and every xi that is typical at v.

*The sum.* Typical sets grow with v. Take v_1 < ... < v_J, and let C_j be the least of R_x and the bounds at v_j, ..., v_J; each of these
holds where xi is typical at v_j. With C_{J+1} = R_x, the C_j do not fall as j grows, and
summation by parts gives

    E_z[D(xi)] <= C_1 + sum over j of (C_{j+1} - C_j) min(1, T(v_j)).

T falls as M grows; the v_j, chosen for M_0, are kept for larger M. So what holds at M_0 holds for all M >= M_0. QED.

C_1 is of the order of 1/M and the rest falls exponentially: N_0 is about where the types in a market almost surely reveal the state.
There is no bound where endowments go by role, where offers do not separate, where two states have the same distribution of types,
and where a type is impossible in a state, since being read as this type rules the state out for everybody else in a market of any size.

*Rounding.* ``theory.stage1_incentives.sensitivity`` works with ranges. Here the bounds f^, which err by some 10^-15, are raised by SLACK;
losses are taken at ends of I(y) that are nearer by more than the error of the optimum; and losses are multiplied by 1 - SLACK and
gains by 1 + SLACK, which is some 10^5 times the error of the few operations left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from theory.economy.arrays import FloatArray
from theory.economy.environment import MOST_AGENTS, Environment
from theory.equilibrium.stage1 import ON_A_CUT, NotSeparating, intervals, stage1_optimum
from theory.information.beliefs import private_posterior
from theory.stage1_incentives.interval_arrays import Range
from theory.stage1_incentives.sensitivity import Typical, largest_gain, price_bounds, tastes_by_state

LEVELS = 24
"""The number of nested typical sets, J."""

TILTS = np.geomspace(1e-5, 1e3, 400)
"""The s over which Chernoff's bound is minimised: each gives a valid bound."""

WIDEST = 1.0
"""The largest v if there is no other state."""

NEARLY = 0.999
"""The largest v as a fraction of the Chernoff information, at which nothing distinguishes the states."""

SLACK = 1e-9
SAME = 1e-12
"""Distributions of types that differ by less count as the same."""


@dataclass(frozen=True, eq=False)
class TailBound:
    """An N_0 from which on the candidate is an equilibrium, or none, with a sentence on it and the numbers of the proof.

    ``agents`` is N_0 or None. All that follows ``reason`` is None if ``agents`` is, and if there is only one type. ``active`` M_0,
    ``inactive_probability`` pi_0. In points, for all N >= N_0, for a type x and the type y it is read as (K, K), nan where x = y:
    ``loss``, and upper bounds ``active_gain`` on D_xy and ``gain`` on g_xy; ``rate``, such that D(xi) <= rate/M_0 in the narrowest
    typical set of each state. ``any_gain`` R_x (K,). For the widest typical set of each state (Z,): ``exponent`` v_J,
    ``not_typical`` T(v_J) at M_0, ``radius`` the largest distance of a typical share from mu_z(x), ``odds`` the largest odds against
    the state. If no typical set reveals the state they are 0, 1, 1 and infinite.
    """

    agents: int | None
    reason: str
    active: int | None = None
    inactive_probability: float | None = None
    loss: FloatArray | None = None
    active_gain: FloatArray | None = None
    gain: FloatArray | None = None
    rate: FloatArray | None = None
    any_gain: FloatArray | None = None
    exponent: FloatArray | None = None
    not_typical: FloatArray | None = None
    radius: FloatArray | None = None
    odds: FloatArray | None = None


def tail_bound(environment: Environment) -> TailBound:
    """The least N_0 that doubling and bisection find, up to MOST_AGENTS. It does not depend on ``environment.agents``."""
    if environment.roles:
        return TailBound(None, "Endowments go by role, and the bound rests on equal ones.")
    if len(environment.types) == 1:
        return TailBound(2, "There is one type, so that no offer can be read as another's: every N of at least 2 passes.")
    obstacle = _obstacle(environment)
    if obstacle:
        return TailBound(None, obstacle)
    loss, low, high, found = _losses(environment), 1, 2, None
    while found is None and high <= MOST_AGENTS:
        found = _bound(environment, loss, high)
        low, high = (low, high) if found else (high, 2 * high)
    if found is None:
        return TailBound(None, f"The bound on what agents gain when they are active exceeds what they lose otherwise up to N = {low}.")
    while high - low > 1:
        middle = (low + high) // 2
        better = _bound(environment, loss, middle)
        found, low, high = (better, low, middle) if better else (found, middle, high)
    return found


def _obstacle(env: Environment) -> str:
    try:
        intervals(env)
    except NotSeparating as error:
        return str(error)
    for state, name in enumerate(env.states):
        for other in range(state):
            if np.abs(env.likelihood[state] - env.likelihood[other]).max() <= SAME:
                return f"States {env.states[other]} and {name} have the same distribution of types, so no market tells them apart."
        for index in np.flatnonzero(env.likelihood[state] == 0):
            kind = env.types[index]
            return f"Type {kind} is impossible in state {name}, so that to be read as {kind} rules the state out in a market of any size."
    return ""


def _losses(env: Environment) -> FloatArray:
    """loss_xy (K, K) in points, from below, nan where x = y."""
    optimum, read = stage1_optimum(env), intervals(env)
    nearer, own = 10 * ON_A_CUT * env.endowment_q, np.eye(len(env.types), dtype=bool)
    edge = np.where(optimum.q1 > optimum.q1[:, None], read.lower - nearer, read.upper + nearer)
    edge = np.where(own, optimum.q1, edge)
    left = np.maximum(env.endowment_r + env.fixed_price * (env.endowment_q - edge), 0.0)  # the type's optimum may be a corner
    utility, belief = env.utility, private_posterior(env)
    at_edge = utility.expected_points(edge, left, utility.weight[:, None], belief[:, None])
    loss = optimum.value[:, None] - at_edge
    rounding = SAME * (np.abs(optimum.value)[:, None] + np.abs(at_edge) + abs(utility.shift))
    return np.where(own, np.nan, loss * (1 - SLACK) - rounding)


def _bound(env: Environment, loss: FloatArray, agents: int) -> TailBound | None:
    """What holds for all N of at least ``agents``, or None if it does not make every gain negative."""
    share, active = env.inactive_share, env.with_agents(agents).active
    inactive = float(share - Fraction(share.denominator - 1, share.denominator * agents)) * (1 - SLACK)
    if inactive <= 0:
        return None
    any_gain = _any_gain(env)
    parts = [_state_gain(env, state, any_gain, active) for state in range(len(env.states))]
    chance = private_posterior(env)[:, None]
    active_gain = (1 + SLACK) * (chance * np.stack([part.gain for part in parts], axis=-1)).sum(axis=-1)
    gain = active_gain * (1 - inactive) - inactive * loss
    other = ~np.isnan(loss)
    if not (gain[other] < 0).all():
        return None
    return TailBound(
        agents=agents,
        reason=f"From N = {agents} on, any offer that is read as another type's costs at least {-gain[other].max():.3g} points.",
        active=active,
        inactive_probability=inactive,
        loss=loss,
        active_gain=np.where(other, active_gain, np.nan),
        gain=gain,
        rate=np.where(other, active * np.max([part.narrowest for part in parts], axis=0), np.nan),
        any_gain=any_gain,
        exponent=np.array([part.exponent for part in parts]),
        not_typical=np.array([part.not_typical for part in parts]),
        radius=np.array([part.radius for part in parts]),
        odds=np.array([part.odds for part in parts]),
    )


def _any_gain(env: Environment) -> FloatArray:
    """R_x, from what price takers who know the state choose at the ends of the paper's range of prices."""
    utility, (slope, level), gains = replace(env.utility, shift=0.0), tastes_by_state(env), []
    for end in price_bounds(env):
        log_ratio, worth = (end - level) / slope, 1 + np.exp(end)
        with np.errstate(over="ignore"):  # where nearly everything is traded, nothing is kept
            q, r = worth / (np.exp(end) + np.exp(log_ratio)), worth / (1 + np.exp(end - log_ratio))
        traded = utility.points(q * env.endowment_q, r * env.endowment_r, utility.weight)
        gains.append(traded - utility.points(env.endowment_q, env.endowment_r, utility.weight))
    return np.asarray(np.max(gains, axis=(0, 2)))


@dataclass(frozen=True, eq=False)
class _StateGain:
    """The bounds on E_z[D(xi)] (K, K) and on D(xi) in the narrowest typical set (K, K), and the widest set's numbers."""

    gain: FloatArray
    narrowest: FloatArray
    exponent: float
    not_typical: float
    radius: float
    odds: float


def _state_gain(env: Environment, state: int, any_gain: FloatArray, active: int) -> _StateGain:
    likelihood, draws, kinds = env.likelihood[state], active - 1, len(env.types)
    most = np.broadcast_to(any_gain[:, None], (kinds, kinds))
    exponents, typical = _typical_sets(env, state, draws)
    if not exponents.size:
        return _StateGain(most, most, 0.0, 1.0, 1.0, np.inf)
    steps = np.concatenate([largest_gain(env, state, typical, active), most[:, :, None]], axis=-1)
    steps = np.minimum.accumulate(np.minimum(steps, most[:, :, None])[..., ::-1], axis=-1)[..., ::-1]
    events = (2 if kinds == 2 else 2 * kinds) + len(env.states) - 1
    outside = np.minimum(events * np.exp(-draws * exponents), 1.0)
    widest = typical.shares[:, -1]
    return _StateGain(
        gain=steps[..., 0] + (np.diff(steps, axis=-1) * outside).sum(axis=-1),
        narrowest=steps[..., 0],
        exponent=float(exponents[-1]),
        not_typical=float(outside[-1]),
        radius=float(np.maximum(widest.high - likelihood, likelihood - widest.low).max()),
        odds=float(typical.odds[:, -1].sum()),
    )


def _typical_sets(env: Environment, state: int, draws: int) -> tuple[FloatArray, Typical]:
    """The exponents v_1 < ... < v_J at which the typical types of this many others reveal the state, and what is typical there."""
    likelihood, prior, units = env.likelihood[state], env.prior, np.eye(len(env.types))
    others = [other for other in range(len(env.states)) if other != state]
    ratios = [np.log(env.likelihood[other] / likelihood) for other in others]
    information = min([-float(_log_moment(likelihood, ratio).min()) for ratio in ratios], default=WIDEST)
    exponents = np.geomspace(1 / max(draws, 1), NEARLY * information, LEVELS) if draws * NEARLY * information > 1 else np.empty(0)
    odds = np.zeros((len(env.states), exponents.size))
    for other, ratio in zip(others, ratios, strict=True):
        per_draw = _ceiling(likelihood, ratio, exponents)
        growth = np.where(per_draw < 0, np.exp(draws * np.minimum(per_draw, 0.0)), np.inf)
        with np.errstate(over="ignore", invalid="ignore"):
            odds[other] = prior[other] / prior[state] * np.exp(ratio.max()) * growth
    low = np.array([np.maximum(-_ceiling(likelihood, -unit, exponents), 0.0) for unit in units])
    high = np.array([np.minimum(_ceiling(likelihood, unit, exponents), 1.0) for unit in units])
    told = np.isfinite(odds).all(axis=0)
    return exponents[told], Typical(Range(low[:, told], high[:, told]), odds[:, told])


def _log_moment(likelihood: FloatArray, value: FloatArray) -> FloatArray:
    """ln E[exp(s f)] for every s of TILTS, where a type k, drawn with ``likelihood``, has the ``value`` f(k)."""
    from scipy.special import logsumexp

    return np.asarray(logsumexp(TILTS[:, None] * value, b=likelihood, axis=1))


def _ceiling(likelihood: FloatArray, value: FloatArray, exponents: FloatArray) -> FloatArray:
    """The value that the mean of n independent values exceeds with probability at most exp(-n exponent), for each exponent."""
    bounds = (exponents + _log_moment(likelihood, value)[:, None]) / TILTS[:, None]
    return np.asarray(bounds.min(axis=0) + SLACK * (1 + np.abs(value).max()))
