r"""The equations of the stage-2 equilibrium (Proposition 1) in ball arithmetic: every number carries a bound on its error.

**Unknowns.** ln p and, for each type x that has agents, s_x = ln(r/q) - ln(r-bar/q-bar): by how much the type's consumption ratio
differs from the endowment's. Eq. (2) with b_q b_r = 0 makes the offers functions of them: s > 0 is an offer of q, s < 0 one of r,

    b_q = q-bar (1 - e^-s)/(1 + P e^-s),    b_r = r-bar (1 - e^s)/(1 + e^s/P),    P = p q-bar/r-bar,

and at given p the map from s to the offer runs, once, through all offers that keep some of both goods.

**Equations.** With Q = M eps_q + sum of n_x b_q(x), R likewise, L = ln U_q/U_r, and the first-order conditions as in
``theory.equilibrium.stage2``,

    H_0 = ln p - ln R + ln Q,      H_x = L_x(s_x) - ln p - ln(1 - b_q/Q) + ln(1 - b_r/R).

At most one of the two last terms differs from zero. Where s_x = 0 neither does, and H_x = 0 says ln p = L at the endowment, which is what
(15) and (16) demand of a type that offers nothing. So the zeros of H are the equilibria in which agents of one type offer alike, and the
side that each type is on comes with them.

**Slopes.** H is continuous, and smooth except where some s_x is 0; what jumps there is the column of s_x alone, between its values for a
seller of q and for a seller of r (the other entries have the offer of x, 0, as a factor). Between two points of a box
H(y) - H(x) = A (y - x) with A an average over the segment from x to y. So in the column of an s_x that may have either sign, A has
a convex combination of the two versions' values, with the same factors in all rows; ``slopes`` encloses the two versions.

All inputs are the doubles of the environment, taken as exact. Bayes' rule is computed in balls too: no precision is lost when a
million signals are multiplied, and no rounded posterior comes between the file and what is certified.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, LOG_COBB_DOUGLAS, Utility, no_formula
from theory.information.beliefs import ImpossibleConfiguration, configuration_text

if TYPE_CHECKING:
    from flint import arb, arb_mat

ALMOST_ALL = float(np.nextafter(1.0, 0.0))


class MissingFlint(RuntimeError):
    """The optional package python-flint is not installed. The message is one sentence."""


def flint() -> ModuleType:
    """The package python-flint, which only certificates need. Raises MissingFlint."""
    try:
        import flint as package
    except ImportError:
        raise MissingFlint("A certificate needs the package python-flint, which is not installed: pip install python-flint.") from None
    return package


def posterior_in_balls(environment: Environment, counts: IntArray) -> list[arb]:
    """phi^sigma up to a common factor, a ball per state: kappa(z) times the product of mu_z(x)^sigma(x). Raises ImpossibleConfiguration."""
    ball = flint().arb
    weights = []
    for prior, row in zip(environment.prior.tolist(), environment.likelihood.tolist(), strict=True):
        weight = ball(prior)
        for chance, count in zip(row, counts.tolist(), strict=True):
            weight *= ball(chance) ** count
        weights.append(weight)
    if all(weight == 0 for weight in weights):
        example = configuration_text(environment, counts)
        raise ImpossibleConfiguration(f"The types {example} have probability zero in every state, so Bayes' rule gives no posterior.")
    return weights


class BallEquations:
    """H of one type configuration.

    ``counts`` (K,) agents per type; ``size`` M; ``beliefs`` a list per type, with a ball per state up to a common factor.
    Types without agents have no unknown; ``present`` holds the indices of the others, in whose order every sequence here runs.
    """

    def __init__(self, environment: Environment, counts: IntArray, size: int, beliefs: Sequence[Sequence[arb]]) -> None:
        ball = flint().arb
        self.matrix = flint().arb_mat
        self.present = [int(kind) for kind in np.flatnonzero(counts)]
        self.counts = [int(counts[kind]) for kind in self.present]
        self.ends = [(ball(environment.endowment_q), ball(environment.endowment_r)) for _ in self.present]
        self.log_units = [(end_r / end_q).log() for end_q, end_r in self.ends]
        self.exogenous = size * ball(environment.epsilon_q), size * ball(environment.epsilon_r)
        self.rates = [
            _Rate(environment.utility, environment.utility.weight[kind].tolist(), beliefs[kind], unit)
            for kind, unit in zip(self.present, self.log_units, strict=True)
        ]

    def residual(self, log_price: arb, log_ratio: Sequence[arb]) -> list[arb]:
        """H at a point, that is at exact ``log_price`` and ``log_ratio``."""
        sales, total_q, total_r = self._market(log_price, log_ratio)
        rows = [log_price - (total_r / total_q).log()]
        for rate, ratio, (of_q, of_r) in zip(self.rates, log_ratio, sales, strict=True):
            value, _ = rate(ratio)
            rows.append(value - log_price - (1 - of_q.offer / total_q).log() + (1 - of_r.offer / total_r).log())
        return rows

    def slopes(self, log_price: arb, log_ratio: Sequence[arb]) -> tuple[arb_mat, arb_mat]:
        """Enclosures of the slopes of H over a box, shape (1 + K, 1 + K), in two versions.

        They differ in the columns of the types that may be on either side: the first has them sell q, the second r.
        """
        sales, total_q, total_r = self._market(log_price, log_ratio)
        drift_q = sum(n * of_q.drift for n, (of_q, _) in zip(self.counts, sales, strict=True))
        drift_r = sum(n * of_r.drift for n, (_, of_r) in zip(self.counts, sales, strict=True))
        others = [(total_q - of_q.offer, total_r - of_r.offer) for of_q, of_r in sales]
        # -d ln(1 - b/Q) = (db - (b/Q) dQ)/(Q - b): this is (b/Q)/(Q - b), for either good
        through = [
            (of_q.offer / (total_q * rest_q), of_r.offer / (total_r * rest_r))
            for (of_q, of_r), (rest_q, rest_r) in zip(sales, others, strict=True)
        ]
        of_price = [1 + drift_q / total_q - drift_r / total_r]
        for (of_q, of_r), (rest_q, rest_r), (by_q, by_r) in zip(sales, others, through, strict=True):
            of_price.append(of_q.drift / rest_q - drift_q * by_q - of_r.drift / rest_r + drift_r * by_r - 1)
        selling_q, selling_r = [of_price], [of_price]
        for own, (n, rate, ratio) in enumerate(zip(self.counts, self.rates, log_ratio, strict=True)):
            slope, (of_q, of_r), (rest_q, rest_r) = rate(ratio)[1], sales[own], others[own]
            as_q = [n * of_q.rise / total_q, *(-n * of_q.rise * by_q for by_q, _ in through)]
            as_r = [n * of_r.rise / total_r, *(-n * of_r.rise * by_r for _, by_r in through)]
            as_q[1 + own] += slope + of_q.rise / rest_q
            as_r[1 + own] += slope + of_r.rise / rest_r
            selling_q.append(as_r if ratio < 0 else as_q)
            selling_r.append(as_q if ratio > 0 else as_r)
        return self.matrix(selling_q).transpose(), self.matrix(selling_r).transpose()

    def offers(self, log_price: arb, log_ratio: Sequence[arb]) -> list[tuple[arb, arb]]:
        """(b_q, b_r) of every type that has agents, in goods."""
        sales, _, _ = self._market(log_price, log_ratio)
        return [(of_q.offer, of_r.offer) for of_q, of_r in sales]

    def start(self, offers: FloatArray) -> tuple[float, list[float]]:
        """ln p and every s_x in floating point, from offers (K, 2) in goods: the point at which a search begins."""
        given, counts = offers[self.present], np.array(self.counts)
        totals = counts @ given + [float(self.exogenous[0]), float(self.exogenous[1])]
        log_price = math.log(totals[1]) - math.log(totals[0])
        ratios = []
        for (of_q, of_r), (end_q, end_r), unit in zip(given.tolist(), self.ends, self.log_units, strict=True):
            relative = math.exp(log_price - float(unit))
            ratios.append(_depth(of_q / float(end_q), relative) - _depth(of_r / float(end_r), 1 / relative))
        return log_price, ratios

    def _market(self, log_price: arb, log_ratio: Sequence[arb]) -> tuple[list[tuple[_Sale, _Sale]], arb, arb]:
        """Every type's sales of q and of r, at least one of them zero, and the totals Q and R."""
        sales = []
        total_q, total_r = self.exogenous
        for n, ratio, (end_q, end_r), unit in zip(self.counts, log_ratio, self.ends, self.log_units, strict=True):
            relative = (log_price - unit).exp()
            of_q, of_r = _sale(end_q, ratio, relative, -1), _sale(end_r, -ratio, 1 / relative, 1)
            total_q, total_r = total_q + n * of_q.offer, total_r + n * of_r.offer
            sales.append((of_q, of_r))
        return sales, total_q, total_r


@dataclass(frozen=True, eq=False)
class _Sale:
    """An offer of one good, its slope in the depth |s| (``rise``), and its slope in ln p (``drift``)."""

    offer: arb
    rise: arb
    drift: arb


def _sale(endowment: arb, depth: arb, relative: arb, direction: int) -> _Sale:
    """The sale of the good whose price in endowments is ``relative``; ``direction`` is +1 where that price falls in p, else -1."""
    if depth < 0:
        return _Sale(0 * endowment, 0 * endowment, 0 * endowment)
    if not depth >= 0:
        depth = (0 * depth).union(depth.upper())
    kept = (-depth).exp()
    wide = 1 + relative * kept
    offer = -endowment * (-depth).expm1() / wide
    rise = endowment * kept * (1 + relative) / (wide * wide)
    return _Sale(offer, rise, direction * offer * relative * kept / wide)


def _depth(part: float, relative: float) -> float:
    # e^-depth = (1 - part)/(1 + P part)
    return math.log1p(relative * part) - math.log1p(-min(part, ALMOST_ALL))


class _Rate:
    """L = ln U_q/U_r of one type and its slope, as functions of s; the formulas of ``theory.economy.utility`` in balls."""

    def __init__(self, utility: Utility, weight: Sequence[float], belief: Sequence[arb], log_unit: arb) -> None:
        ball = flint().arb
        if utility.family not in (LOG_COBB_DOUGLAS, COBB_DOUGLAS, CES, CRRA):
            raise no_formula(utility, "the marginal rate of substitution in balls")
        self.family, self.log_unit = utility.family, log_unit
        self.states = [(chance, ball(w), 1 - ball(w)) for chance, w in zip(belief, weight, strict=True) if chance != 0]
        self.curvature = ball(1.0 if utility.curvature is None else utility.curvature)
        self.rho = ball(1.0 if utility.rho is None else utility.rho)
        in_q, in_r = sum(chance * w for chance, w, _ in self.states), sum(chance * v for chance, _, v in self.states)
        self.log_odds = (in_q / in_r).log()

    def __call__(self, log_ratio: arb) -> tuple[arb, arb]:
        log_goods = log_ratio + self.log_unit
        if self.family == CES:
            return self._ces(log_goods)
        if self.family == COBB_DOUGLAS:
            return self._cobb_douglas(log_goods)
        slope = self.curvature  # 1 in the logarithmic family, which has no curvature
        return self.log_odds + slope * log_goods, slope

    def _cobb_douglas(self, log_goods: arb) -> tuple[arb, arb]:
        terms = [(chance * (self.curvature * v * log_goods).exp(), w, v, self.curvature * v) for chance, w, v in self.states]
        value, slope = _log_odds(terms)
        return value + log_goods, slope + 1

    def _ces(self, log_goods: arb) -> tuple[arb, arb]:
        power, grown = self.curvature / self.rho - 1, (self.rho * log_goods).exp()
        terms = []
        for chance, w, v in self.states:
            level = w + v * grown
            terms.append((chance * (power * level.log()).exp(), w, v, (self.curvature - self.rho) * v * grown / level))
        value, slope = _log_odds(terms)
        return value + (1 - self.rho) * log_goods, slope + 1 - self.rho


def _log_odds(terms: Sequence[tuple[arb, arb, arb, arb]]) -> tuple[arb, arb]:
    """ln of sum w e / sum v e over (e, w, v, tilt), and its slope where ln e has the slope ``tilt``."""
    nothing = flint().arb(0)
    in_q, in_r = sum((e * w for e, w, _, _ in terms), nothing), sum((e * v for e, _, v, _ in terms), nothing)
    return (in_q / in_r).log(), sum((tilt * e * (w / in_q - v / in_r) for e, w, v, tilt in terms), nothing)
