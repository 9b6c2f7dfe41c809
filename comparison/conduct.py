r"""Conduct: one number theta between price taking (0) and Nash (1) that explains second offers best.

An agent with conduct theta offers as if a part theta of its own effect on the price were there. In the totals that hold its own offer,

    seller of q, offer b:   U_q/U_r = p (1 - theta b/Q),
    seller of r, offer c:   U_q/U_r = p/(1 - theta c/R),        p = R/Q,

at the bundle that the offer leads to against the others' offers as made and under phi^sigma; theta = 1 is the first-order condition of
eq. (15) and (16). Both read F(o) = side (ln U_q/U_r - ln p) - ln(1 - theta o/(A + o)) = 0 with A the others' total of the good offered.
F rises in o for theta >= -1, and its sign at nothing does not depend on theta: the side, eq. (17), is the same for all conducts.

theta is estimated by nonlinear least squares of net offers (in shares of the endowment) on those that theta predicts: the error is in
the offer, where people err, and not in the rate of substitution, which moves with the error. SciPy's ``least_squares``, with the
derivative of the offer in theta from the implicit function theorem, -F_theta/F_o.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import elementwise, least_squares

from comparison.blocks import Block, BoolArray, in_offers
from comparison.measures import net
from theory.utility import FloatArray

LEAST, LARGEST = -1.0, 10.0
"""Where theta is looked for."""

FLAT = 1e-9
"""A sum of squared derivatives of offers in theta below this says nothing about theta."""


OFFER_TOLERANCE = 1e-11
"""How exactly the offers are found, relative to themselves."""


@dataclass(frozen=True)
class Conduct:
    """``theta``, nan where the offers say nothing about it; ``root_mean_square`` of the residuals, in shares of the endowment."""

    theta: float
    root_mean_square: float
    offers: int


def conduct(block: Block, chosen: BoolArray) -> Conduct:
    """The conduct of the chosen rows (n,) of a block: those of them that made an offer in O where phi^sigma and all totals are known."""
    rows = chosen & in_offers(block, block.second) & np.isfinite(block.others).all(axis=1) & block.solvable[block.market]
    if not rows.any():
        return Conduct(np.nan, np.nan, 0)
    at, observed = lru_cache(maxsize=2)(_Replies(block, rows).at), net(block.second[rows], block.environment)

    def residuals(theta: FloatArray) -> FloatArray:
        return at(float(theta[0]))[0] - observed

    def slopes(theta: FloatArray) -> FloatArray:
        return at(float(theta[0]))[1][:, None]

    if not (slopes(np.ones(1)) ** 2).sum() > FLAT:
        return Conduct(np.nan, np.nan, int(rows.sum()))
    found = least_squares(residuals, [1.0], jac=slopes, bounds=(LEAST, LARGEST), xtol=1e-10, ftol=1e-12, gtol=1e-12)
    return Conduct(float(found.x[0]), float(np.sqrt(np.mean(found.fun**2))), int(rows.sum()))


class _Replies:
    """The offers that agents with conduct theta make against the others' totals, on the side that pays."""

    def __init__(self, block: Block, rows: BoolArray) -> None:
        env, others = block.environment, block.others[rows]
        ends = np.array([env.endowment_q, env.endowment_r])
        self._utility, self._weight = env.utility, env.utility.weight[block.type_index[rows]]
        self._belief = block.belief[block.market[rows]]
        keep = np.full(len(others), np.log(ends[1] / ends[0]))
        gap = np.log(others[:, 1] / others[:, 0]) - env.utility.log_mrs(keep, self._weight, self._belief).value
        self._side = np.sign(gap)
        sells = self._side >= 0
        self._own, self._other = np.where(sells, others.T, others.T[::-1])
        self._end, self._other_end = np.where(sells, ends[:, None], ends[::-1, None])

    def at(self, theta: float) -> tuple[FloatArray, FloatArray]:
        """Net offers in shares of the endowment, as ``net`` counts them, and their derivatives in theta, each (m,)."""
        offer, own = self._offers(theta), self._own
        share = offer / (own + offer)
        left = 1 - theta * share
        got = offer * self._other / (own + offer)
        rise = own * self._other / (own + offer) ** 2 / (self._other_end + got) + 1 / (self._end - offer)
        ratio = self._log_ratio(offer, np.arange(len(offer)))
        slope = self._utility.log_mrs(ratio, self._weight, self._belief).slope
        by_offer = slope * rise + 1 / (own + offer) + theta * own / (own + offer) ** 2 / left
        return -self._side * offer / self._end, self._side * share / left / by_offer / self._end

    def _offers(self, theta: float) -> FloatArray:
        most = self._end if theta <= 1 else np.minimum(self._end, self._own / (theta - 1))
        offers, trading = np.zeros(len(self._side)), np.flatnonzero(self._side)

        def excess(offer: FloatArray, at: npt.NDArray[np.intp]) -> FloatArray:
            rate = self._utility.log_mrs(self._log_ratio(offer, at), self._weight[at], self._belief[at]).value
            side_log_price = np.log(self._other[at]) - np.log(self._own[at] + offer)
            return np.asarray(self._side[at] * rate - side_log_price - np.log1p(-theta * offer / (self._own[at] + offer)))

        if trading.size:
            ends = np.zeros(trading.size), most[trading] * (1 - 1e-12)
            root = elementwise.find_root(excess, ends, args=(trading,), tolerances={"xrtol": OFFER_TOLERANCE})
            offers[trading] = np.where(root.success, root.x, ends[1])
        return offers

    def _log_ratio(self, offer: FloatArray, at: npt.NDArray[np.intp]) -> FloatArray:
        """ln(r/q) of the bundle that an offer leads to."""
        got = offer * self._other[at] / (self._own[at] + offer)
        return np.asarray(self._side[at] * (np.log(self._other_end[at] + got) - np.log(self._end[at] - offer)))
