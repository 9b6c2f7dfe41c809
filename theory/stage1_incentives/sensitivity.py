r"""How much an active agent can gain from being read as another type: a bound for every market of at least some size.

**The question.** Fix a state z, types x and y, and the types xi of the other M - 1 active agents. If the agent, of type x, is
read as y, the others play beta^{sigma'} with sigma' = xi + [y]; otherwise beta^{sigma*} with sigma* = xi + [x]. In both cases it
best replies with phi* = phi^{sigma*}, eq. (10). If W(Q_-, R_-) is what this is worth against the others' totals, it gains

    D = W at the others' totals under sigma' - W at the others' totals under sigma*.

The others and their types are the same in both: only their offers differ, because they expect another price.

**Theorem.** Let M >= M_0, let every share xi(k)/(M - 1) lie in its range in ``shares``, and let phi(z')/phi(z) be at most
``odds`` for every other state z', under phi^{sigma*} and under phi^{sigma'}. Then D is at most ``largest_gain``.

**Proof.** The notation is that of ``theory.equilibrium.stage2``: goods in endowments, totals per active agent, T_q and T_r of all and N_q
and N_r of the others. On each side P is the price of the good offered (p or 1/p), pi = P/(1 + P), and s is +1 for sellers of q and -1 for
sellers of r. Write h = 1/M and n_k = h xi(k).

*A path.* For t from 0 to 1 let m_k = n_k + h (1-t) [k=x] + h t [k=y], and let the odds phi(z')/phi(z) go from those of sigma* to
those of sigma' in a straight line. The game with shares m and this posterior has one solution, because the proof in
``theory.equilibrium.stage2`` nowhere uses that there are whole numbers of agents. At t = 0 and t = 1 it is beta^{sigma*} and beta^{sigma'}.

*The solution is Lipschitz in t.* An offer solves an equation with the slope theta + b_a d > 0 and is cut off at 0; a total's
logarithm solves one with the slope E/T >= eps/T; and ln p is the zero of F, whose slope is at least (**) below. All other
derivatives of these equations are bounded. So D is the integral of the derivative of W along the path, and all of them have
derivatives at almost every t. Write a dot for these, l = ln p, and c for the derivative in t of a type's L at a fixed ratio. An
offer that is 0 is at its least: its derivative is 0. From the others' s (L - l) - ln(1 - h b/T) = 0 and
b = (1 - e^-a)/(1 + P e^-a), with d = h/(T - h b), r = 1/(theta/b_a + d) and g = r (1 + b phi d) - b phi,

    b. = s g l. + r b d (ln T). - s r c.

With m. = h ([k=y] - [k=x]), and E = T - sum of m r b d over the side, this gives for the totals and the price

    E (ln T). = h (b_y - b_x) + s l. (sum of m g) - s (sum of m r c),                                                   (*)
    l. (1 + sum of m g/E_q + sum of m g/E_r) = h (b_y - b_x)_r/E_r - h (b_y - b_x)_q/E_q + sum of m r c/E_q + sum of m r c/E_r,
    N (ln N). = s l. (sum of n g) + (ln T). (sum of n r b d) - s (sum of n r c),

where each sum is over one side. The factor of l. is no less than the sum over both sides of

    (sum of m r + pi eps)/E > 0,                                                                                       (**)

because sum of m g + pi E = sum of m r + sum of m (1 - r d) b (pi - phi) + pi eps, with r d < 1 and phi <= pi; the two pi sum to 1.

*The value.* The best reply is unique, so W has the objective's derivatives at the best reply (envelope theorem). An agent who
offers b of good q, gains G of good r, and makes up w = h b/(N_q + h b) of the total has

    W. = U_r G ((ln N_r). - (1 - w) (ln N_q).),

an agent on the other side the mirror image, and one who offers nothing 0. D is the integral of W. over t; so it is at most the largest W.
at any price that can occur. This is what is computed, in interval arithmetic (``theory.stage1_incentives.interval_arrays``), with h in
[0, 1/M_0] and with n and m in the ranges that follow from ``shares``. The further inputs are:

- *Tastes.* With the state known, L_z(s) = theta_0 s + level with theta_0 = 1, 1, 1 - rho, c for the four families. With odds f,
  L - L_z = ln(1 + sum of f u'_q/u_q) - ln(1 + sum of f u'_r/u_r), where u' belongs to z' and u to z. Let A (``foreign``) bound
  both sums at every ratio that prices within the paper's bounds lead to. Then |L - L_z| <= ln(1 + A), |c| <= 2 A, U_r <= (1 + A)
  u_r, and |theta - theta_0| <= min(2 A, 1) times the length of an interval that holds 0 and all slopes of ln u'/u in ln(r/q): c
  for cobb-douglas, |c - rho| for ces, 0 for the others.
- *Offers.* theta_0 a = s (l - level) - v with v = -ln(1 - h b/T) >= 0. A price taker, v = 0, offers more; and T >= eps + m b, so
  that h b/T is at most what h b/(eps + m b) is for a price taker's b.
- *The price.* The paper's range of ln p is cut into pieces. Where T_r/T_q and p have no value in common there is no solution, and
  the piece is dropped. The range of what is left is cut again.
- *The defector.* N_q = T_q - h (1-t) b_x - h t b_y, and so for r, give the price at the others' totals. A seller of q has
  theta_0 a = ln N_r/N_q - level + 2 ln(1 - w) and b <= 1 - e^-a; it trades at the price P' = (1 - w) N_r/N_q, so that it holds
  r = (1 + P')/(1 + P' e^-a) and q = e^-a r, and G/r = P' (1 - e^-a)/(1 + P').

The bound falls like 1/M where the odds fall faster, and is nearly D where shares and odds are known. In sign it is D's: who sells,
and makes the others expect a higher price, sees them sell more.

*Rounding.* What is computed outside of ranges takes a few operations on the environment's numbers. It is widened by SLACK, some
10^5 times their error. All that follows is rounded outwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.economy.arrays import BoolArray, FloatArray
from theory.economy.environment import Environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, LOG_COBB_DOUGLAS, no_formula
from theory.stage1_incentives.interval_arrays import Range

PIECES = 16
CUTS = 3
"""The range of prices is cut into PIECES pieces, and what is left of it is cut again, CUTS times."""

SLACK = 1e-9
SIDES = np.array([1.0, -1.0])[:, None, None, None]
"""Arrays have the axes side, type, case, piece of the price; the axis of the type read as follows the axis of the agent's type."""


@dataclass(frozen=True, eq=False)
class Typical:
    """What can be in a state, in J cases: the ``shares`` of the types among the others (K, J), which sum to 1, and the largest ``odds``
    phi(z')/phi(z) (Z, J), 0 for the state itself."""

    shares: Range
    odds: FloatArray


def largest_gain(environment: Environment, state: int, typical: Typical, active: int) -> FloatArray:
    """A bound on D in points for every M of at least ``active``, at least 0, infinite where there is none: (K, K, J) for x read as y."""
    tastes = _tastes(environment, state, typical.odds)
    low, high = (np.full(typical.odds.shape[1], end) for end in price_bounds(environment))
    for _ in range(CUTS):
        market = _market(environment, tastes, typical.shares, active, low, high)
        low = np.where(market.possible, market.log_price.low, np.inf).min(axis=(0, 1, 3))
        high = np.where(market.possible, market.log_price.high, -np.inf).max(axis=(0, 1, 3))
    market = _market(environment, tastes, typical.shares, active, low, high)
    gain = _value_slopes(environment, state, market, tastes).high.max(axis=0)
    return np.asarray(np.where(market.possible, np.maximum(gain, 0.0), 0.0).max(axis=-1))


def price_bounds(environment: Environment) -> tuple[float, float]:
    """The paper's bounds on ln p, also at the others' totals, with goods in endowments."""
    in_q, in_r = _epsilon(environment)
    return float(np.log(in_r / (1 + in_q))) - SLACK, float(np.log((1 + in_r) / in_q)) + SLACK


def tastes_by_state(environment: Environment) -> tuple[float, FloatArray]:
    """ln U_q/U_r = slope ln(r/q) + level where the state is known, with goods in endowments: the slope and the levels (K, Z)."""
    utility = environment.utility
    slopes = {LOG_COBB_DOUGLAS: 1.0, COBB_DOUGLAS: 1.0, CES: 1 - (utility.rho or 0.0), CRRA: utility.curvature or 0.0}
    if utility.family not in slopes:
        raise no_formula(utility, "the slope of the marginal rate in a known state")
    slope = slopes[utility.family]
    return slope, np.log(utility.weight / (1 - utility.weight)) + (slope - 1) * np.log(environment.endowment_ratio)


@dataclass(frozen=True, eq=False)
class _Tastes:
    """theta_0, the range of L - theta_0 s, the range of theta, and A, for each type and case."""

    slope: Range
    level: Range
    steepness: Range
    foreign: FloatArray


@dataclass(frozen=True, eq=False)
class _Market:
    """Ranges on each piece of the price, and whether a solution is ``possible`` there.

    ``step`` h, ``others`` n, ``counted`` m, ``price`` P, ``selling`` 1 for those who offer on this side and 0 for the others,
    ``kept`` e^-a, ``spared`` 1 - phi, ``offer`` b, ``totals`` T, ``of_others`` N, and ``crowding`` h b/T.
    """

    possible: BoolArray
    epsilon: Range
    step: Range
    others: Range
    counted: Range
    log_price: Range
    price: Range
    selling: Range
    kept: Range
    spared: Range
    offer: Range
    totals: Range
    of_others: Range
    crowding: Range


def _epsilon(env: Environment) -> FloatArray:
    return np.asarray(env.epsilon / env.endowment)


def _tastes(env: Environment, state: int, odds: FloatArray) -> _Tastes:
    utility, c, rho = env.utility, env.utility.curvature or 0.0, env.utility.rho or 0.0
    w, here = utility.weight, utility.weight[:, [state]]
    slope, level = tastes_by_state(env)
    ratio, tilt = np.maximum(w / here, (1 - w) / (1 - here)), 0.0
    if utility.family == COBB_DOUGLAS:
        deepest = max(float(np.abs(end - level).max()) for end in price_bounds(env)) + abs(float(np.log(env.endowment_ratio)))
        ratio, tilt = ratio * np.exp(c * np.abs(w - here) * deepest), c
    elif utility.family == CES:
        with np.errstate(over="ignore"):
            ratio = ratio * np.maximum(ratio, np.maximum(here / w, (1 - here) / (1 - w))) ** abs(c / rho - 1)
        tilt = abs(c - rho)
    elif utility.family not in (LOG_COBB_DOUGLAS, CRRA):
        raise no_formula(utility, "the bound on what a foreign state weighs")
    with np.errstate(invalid="ignore"):
        product = ratio @ odds
    # odds of 0 but for underflow bound nothing where the ratio has no bound
    foreign = np.where(np.isnan(product), np.inf, product)[:, :, None] * (1 + SLACK)
    own = level[:, state, None, None]
    return _Tastes(
        slope=Range.within(SLACK * slope) + slope,
        level=Range.within(np.log1p(foreign) + SLACK * (1 + np.abs(own))) + own,
        steepness=(Range.within(np.minimum(2 * foreign, 1) * tilt + SLACK * slope) + slope).positive(),
        foreign=foreign,
    )


def _market(env: Environment, tastes: _Tastes, shares: Range, active: int, low: FloatArray, high: FloatArray) -> _Market:
    ends = np.linspace(low, high, PIECES + 1, axis=-1)
    log_price = Range(ends[:, :-1], ends[:, 1:])[None, None]
    epsilon = Range.of(_epsilon(env)[:, None, None, None]) * (Range.within(np.array(SLACK)) + 1)
    step = Range.up_to(np.nextafter(1 / active, 1))
    others = shares[None, :, :, None] * (1 - step)
    counted = Range(others.low, np.minimum((others + step).high, 1.0))
    price = (log_price * SIDES).exp()
    lead = (log_price - tastes.level) * SIDES
    selling = Range((lead.low > 0).astype(float), (lead.high > 0).astype(float))
    taker = (-(Range.of(lead.positive().high) / tastes.slope)).exp()
    most = ((1 - taker) / (price * taker + 1)).positive().high
    crowding = (step * most / (counted * most + epsilon)).high
    kept = (-((lead - Range.up_to(_markup(crowding))).positive() / tastes.slope)).exp()
    spared = 1 / (price * kept + 1)
    offer = ((1 - kept) * spared * selling).positive()
    totals = (counted * offer).sum(1) + epsilon
    agreed = totals.meet(totals[::-1] / price)
    possible = np.asarray((agreed.low <= agreed.high).all(axis=(0, 1)))
    if not possible.any(axis=1).all():
        raise ValueError(f"no ln p from {low.min():.6g} to {high.max():.6g} is possible; the range must hold the prices of all solutions.")
    totals = Range(np.where(possible, agreed.low, totals.low), np.where(possible, agreed.high, totals.high))
    return _Market(
        possible, epsilon, step, others, counted, log_price, price, selling, kept, spared, offer, totals,
        of_others=(others * offer).sum(1) + epsilon,
        crowding=(step * offer / totals).meet(Range.up_to(crowding)),
    )  # fmt: skip


def _markup(crowding: FloatArray) -> FloatArray:
    """-ln(1 - crowding), infinite from 1 on."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log1p(-np.minimum(crowding, 1.0)) * (1 + SLACK))


def _value_slopes(env: Environment, state: int, market: _Market, tastes: _Tastes) -> Range:
    """The derivative of W in t for agents who offer on either side, (2, K, K, J, pieces)."""
    change, (stake, moved) = _changes(market, tastes), _stake(env, state, market, tastes)
    return (change[::-1] - change * (1 - moved)[:, :, None]) * stake[:, :, None]


def _changes(market: _Market, tastes: _Tastes) -> Range:
    """The derivatives of ln N_q and ln N_r in t, (2, K, K, J, pieces)."""
    m, sides = market, SIDES[:, None]
    drift = Range.within(2 * tastes.foreign)
    bend = m.kept * (m.price + 1) * m.spared * m.spared
    thin = m.step / m.totals / (1 - m.crowding).positive()
    reply = m.selling / (tastes.steepness / bend + thin)
    phi, own = (1 - m.spared).positive(), m.offer * thin
    swing = reply * (own * phi + 1) - m.offer * phi
    weight = m.counted * reply
    left = m.totals - (weight * own).sum(1)
    left = Range(np.maximum(left.low, m.epsilon.low), left.high)
    pull, drawn = (m.counted * swing).sum(1) / left, (weight * drift).sum(1) / left
    least = ((weight.sum(1) + m.price / (m.price + 1) * m.epsilon) / left).sum(0).low
    steep = pull.sum(0) + 1
    steep = Range(np.maximum(steep.low, least), steep.high)[:, None]
    pull, drawn = pull[:, None], drawn[:, None]
    shift = (m.offer[:, None] - m.offer[:, :, None]) * m.step / left[:, None]
    of_price = (shift[1:] - shift[:1] + drawn.sum(0)) / steep
    of_totals = shift + pull * of_price * sides + drawn
    by_price, by_total, by_taste = ((m.others * part).sum(1)[:, None] for part in (swing, reply * own, reply * drift))
    return (by_price * of_price * sides + by_total * of_totals + by_taste) / m.of_others[:, None]


def _stake(env: Environment, state: int, market: _Market, tastes: _Tastes) -> tuple[Range, Range]:
    """U_r G of a defector who sells q, and the part w by which it moves the price; mirrored for r. Both (2, K, J, pieces)."""
    m = market
    left = (1 - Range.up_to(m.crowding.high.max(axis=1, keepdims=True))).positive()
    price = (m.price * left[::-1] / left).meet(m.of_others[::-1] / m.of_others)
    lead = (price.log() - tastes.level * SIDES).positive() / tastes.slope
    most = 1 - (-lead).exp()
    moved = Range.up_to(np.minimum((m.step * most / (m.of_others + m.step * most)).high, 1.0))
    kept = (-((price.log() - tastes.level * SIDES - Range.up_to(2 * _markup(moved.high))).positive() / tastes.slope)).exp()
    paid = price * (1 - moved).positive()
    received = (paid + 1) / (paid * kept + 1)
    gained = paid / (paid + 1) * (1 - kept).positive()
    stake = _worth(env, state, received, received * kept) * gained * (tastes.foreign + 1)
    return Range.up_to(stake.high * (1 + SLACK)), moved


def _worth(env: Environment, state: int, received: Range, given: Range) -> Range:
    """The quantity of the good received times its marginal utility in the state, in points."""
    utility, c, rho = env.utility, env.utility.curvature or 0.0, env.utility.rho or 0.0
    w = np.stack([1 - utility.weight[:, state], utility.weight[:, state]])[:, :, None, None]
    ends = env.endowment[:, None, None, None]
    log_received, log_given = (received * ends[::-1]).log(), (given * ends).log()
    if utility.family == COBB_DOUGLAS:
        return (log_received * (c * w) + log_given * (c * (1 - w))).exp() * (utility.scale * c * w)
    if utility.family == CES:
        in_received, in_given = (log_received * rho).exp(), (log_given * rho).exp()
        return in_received * ((in_received * w + in_given * (1 - w)).log() * (c / rho - 1)).exp() * (utility.scale * c * w)
    if utility.family in (LOG_COBB_DOUGLAS, CRRA):
        power = 1 - c if utility.family == CRRA else 0.0
        return (log_received * power).exp() * (utility.scale * w)
    raise no_formula(utility, "the worth of a good received")
