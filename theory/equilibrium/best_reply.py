"""An agent's best reply in the market game, eq. (13)-(17): what an agent offers against given totals of the others.

An agent who offers b of one good gets, in the paper's notation of eq. (21), a gain p b/(1 + c b) of the other, where p is
the price at the others' totals and c the inverse of the others' total of the good offered (R_-/Q_- and 1/Q_- for an
offer of q; Q_-/R_- and 1/R_- for an offer of r). With c = 0 the agent is a price taker: demand in the competitive limit,
and the stage-1 problem (4). By (17) only one side can gain, the one on which the first unit pays.

Write endowments as 1 and b = 1 - e^(-d): d >= 0 is the logarithm of the part given up, which keeps its digits where
almost everything is offered. On the paying side the first-order condition is

    L(ln(1 + p b/(1 + c b)) + d) + 2 ln(1 + c b) - ln p = 0,    L(ln r/q) = ln U_q/U_r for an offer of q,

mirrored for r. The left side increases in d, and where L is a straight line it is concave, so that Newton's method from
d = 0 climbs to the root without a safeguard; where it does not settle, SciPy's bracketing solver finishes.

Nothing here knows how an equilibrium is found: it is what the equilibrium solver is checked against.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import BoolArray, FloatArray
from theory.economy.environment import Environment
from theory.economy.utility import MarginalRate

NEWTON_STEPS = 60
OFFER_TOLERANCE = 1e-13
"""Newton stops when a step moves the offer by less than this part of the endowment; the remaining error is of the order of its square."""

ALMOST_ALL = float(np.nextafter(1.0, 0.0))


def best_reply(
    environment: Environment, type_index: npt.ArrayLike, belief: npt.ArrayLike, others_q: npt.ArrayLike, others_r: npt.ArrayLike
) -> FloatArray:
    """The best replies (b_q, b_r) of agents of the given types, shape S + (2,).

    ``type_index``, ``others_q`` and ``others_r`` broadcast to S and ``belief`` over states to S + (Z,). The others' totals are Q_-
    and R_- of eq. (10), the exogenous offers of all active agents included.
    """
    belief = np.asarray(belief, float)
    kind, q, r, _ = np.broadcast_arrays(type_index, np.asarray(others_q, float), np.asarray(others_r, float), belief[..., 0])
    belief = np.broadcast_to(belief, (*kind.shape, len(environment.states))).reshape(-1, len(environment.states))
    weight = environment.utility.weight[kind.ravel()]
    rate = environment.utility.marginal_rate(weight.T, belief.T, environment.endowment_ratio)
    ends = environment.endowment
    offers = reply_in_parts(rate, rate(np.zeros(q.size))[0], q.ravel() / ends[0], r.ravel() / ends[1])
    return np.asarray(np.moveaxis(offers, 0, -1).reshape(*kind.shape, 2) * ends)


def price_taking_offers(rate: MarginalRate, price: FloatArray) -> FloatArray:
    """Offers of price takers, as parts of the endowment, shape S to (2,) + S; the price is relative to r-bar/q-bar."""
    nothing = np.zeros_like(price)
    return _reply(rate, rate(nothing)[0], np.log(price), nothing, nothing, np.zeros((2, *price.shape)))


def reply_in_parts(
    rate: MarginalRate,
    at_endowment: FloatArray,
    others_q: FloatArray,
    others_r: FloatArray,
    start: FloatArray | None = None,
    wanted: BoolArray | bool = True,
) -> FloatArray:
    """Best replies as parts of the endowment, shape S to (2,) + S, with the others' totals also in endowments.

    ``at_endowment`` is the value of ``rate`` there. ``start`` is a first guess of the same shape as the answer; agents who are not
    ``wanted`` get no offer and cost no time.
    """
    return _reply(rate, at_endowment, np.log(others_r / others_q), 1 / others_q, 1 / others_r, start, wanted)


def _reply(
    rate: MarginalRate,
    at_endowment: FloatArray,
    log_price: FloatArray,
    inverse_q: FloatArray,
    inverse_r: FloatArray,
    start: FloatArray | None,
    wanted: BoolArray | bool = True,
) -> FloatArray:
    side = np.sign(log_price - at_endowment) * wanted
    sells = side >= 0
    problem = _Problem(rate, side, side * log_price, np.where(sells, inverse_q, inverse_r))
    depth = np.zeros_like(log_price) if start is None else -np.log1p(-np.minimum(np.where(sells, start[0], start[1]), ALMOST_ALL))
    going: FloatArray | float = 1.0
    for _ in range(NEWTON_STEPS):
        # an agent whose offer has settled stays where it is, so that answers do not depend on the other agents in the batch
        step, move = problem.newton(depth)
        depth = np.maximum(depth + step * going, 0.0)
        going = np.asarray((move > OFFER_TOLERANCE) * going)
        if not np.count_nonzero(going):
            break
    else:
        depth = np.where(going > 0, problem.bracketed(), depth)
    part = -np.expm1(-depth) * np.abs(side)
    offers = np.empty((2, *part.shape))
    offers[0] = part * sells
    offers[1] = part - offers[0]
    return offers


class _Problem:
    """The first-order conditions of many agents, each on the side that pays: +1 for an offer of q, -1 for one of r."""

    def __init__(self, rate: MarginalRate, side: FloatArray, log_price: FloatArray, inverse: FloatArray) -> None:
        self.rate, self.side, self.log_price, self.inverse = rate, side, log_price, inverse
        self.price = np.exp(log_price)
        self.stay = -np.abs(side)

    def newton(self, depth: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The Newton step in the depth, and by how much of the endowment it moves the offer."""
        part = -np.expm1(-depth)
        kept = 1 - part
        wide = 1 + self.inverse * part
        bundle = 1 + self.price * part / wide
        value, slope = self.rate(self.side * (np.log(bundle) + depth))
        excess = self.side * value + 2 * np.log(wide) - self.log_price
        thinned = kept / wide
        rise = slope * (thinned * self.price / (wide * bundle) + 1) + 2 * self.inverse * thinned
        step = excess / rise * self.stay
        return step, np.abs(step) * kept

    def bracketed(self) -> FloatArray:
        """The same root by SciPy's bracketing solver: slow, and sure."""
        from scipy.optimize import elementwise

        top = np.full(self.side.shape, 800.0)
        where = np.arange(self.side.size).reshape(self.side.shape)

        def excess(depth: FloatArray, at: npt.NDArray[np.intp]) -> FloatArray:
            full = np.zeros(self.side.size)
            full[at.ravel()] = depth.ravel()
            part = -np.expm1(-full).reshape(self.side.shape)
            wide = 1 + self.inverse * part
            value, _ = self.rate(self.side * (np.log(1 + self.price * part / wide) + full.reshape(self.side.shape)))
            return np.asarray((self.side * value + 2 * np.log(wide) - self.log_price).ravel()[at])

        found = elementwise.find_root(excess, (np.zeros_like(top), top), args=(where,))
        return np.where(found.success, found.x, top)
