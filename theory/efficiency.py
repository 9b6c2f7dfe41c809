"""How efficient an allocation is ex post: Debreu's coefficient, the share of the gains from trade, and how far tastes at the margin differ.

The goods to share out are those that the agents hold: the exogenous offers and the trades of the inactive add goods of one kind and
take goods of the other, so the endowments are no measure.

**Debreu's coefficient of resource utilisation** is the least part lambda of these goods from which everybody could be made as well off as
observed. It is 1 iff no reallocation makes everybody better off, i.e. where interior rates of substitution agree. At a price p let
every agent hold the cheapest bundle that is as good as the observed one; as p rises these compensated bundles move from q to r,
and at the one price at which their sum is proportional to the goods held, it is lambda times these goods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, elementwise

from theory.environment import Environment
from theory.stage2 import NotSolved
from theory.utility import CRRA, LOG_COBB_DOUGLAS, FloatArray, Utility

WIDEST = 60.0
"""No rate of substitution is looked for beyond e^60: bundles on the edge have infinite ones."""

FEASIBLE = 1e-9


class NotDecomposed(NotSolved):
    """No allocation passed the check that it uses lambda of the goods and keeps everybody as well off. One sentence."""


@dataclass(frozen=True, eq=False)
class ResourceUtilisation:
    """``coefficient`` lambda; ``price`` at which ``bundles`` (n, 2), each as good as the observed one, use lambda of both goods."""

    coefficient: float
    price: float
    bundles: FloatArray


def resource_utilisation(
    environment: Environment, types: npt.ArrayLike, bundles: npt.ArrayLike, belief: npt.ArrayLike, counts: npt.ArrayLike = 1
) -> ResourceUtilisation:
    """Debreu's coefficient of agents with ``types`` (n,) who hold ``bundles`` (n, 2), under a belief (Z,) about the state.

    With ``counts`` (n,) each row stands for so many agents. An agent whose observed utility is minus infinity needs nothing. Raises
    NotDecomposed rather than return an unchecked answer.
    """
    env, held = environment, np.maximum(np.asarray(bundles, float), 0.0)
    weight, belief = env.utility.weight[np.asarray(types, np.int64)], np.asarray(belief, float)
    rate = env.utility.marginal_rate(weight.T, np.broadcast_to(belief[:, None], weight.T.shape))
    wanted = env.utility.expected_points(held[:, 0], held[:, 1], weight, belief)
    heads = np.broadcast_to(np.asarray(counts, float), len(held))
    goods = heads @ held
    if (goods <= 0).any():
        raise NotDecomposed(f"The agents hold {goods[0]:g} of q and {goods[1]:g} of r; both must be positive.")

    def compensated(log_price: float) -> FloatArray:
        ratio = _ratio(rate, np.full(len(held), log_price))
        return _as_good_as(env.utility, wanted, ratio, weight, belief)

    def excess(log_price: float) -> float:
        total = heads @ compensated(log_price)
        return float(np.log(total[1] * goods[0]) - np.log(total[0] * goods[1]))

    with np.errstate(divide="ignore"):
        rates = np.clip(rate(np.clip(np.log(held[:, 1]) - np.log(held[:, 0]), -WIDEST, WIDEST))[0], -WIDEST, WIDEST)
    if not np.isfinite(wanted).any():
        return ResourceUtilisation(0.0, float(np.exp(np.median(rates))), np.zeros_like(held))
    low, high = float(rates.min()) - 1e-9, float(rates.max()) + 1e-9
    log_price = brentq(excess, low, high, xtol=1e-14, rtol=8.9e-16) if excess(low) < 0 < excess(high) else (low + high) / 2
    found = compensated(log_price)
    parts = heads @ found / goods
    kept = env.utility.expected_points(found[:, 0], found[:, 1], weight, belief)
    lost = np.isneginf(wanted)
    off = np.abs(np.where(lost, 0.0, kept) - np.where(lost, 0.0, wanted))
    same = off <= FEASIBLE * (env.utility.scale + np.abs(np.where(lost, 0.0, wanted)))
    if not same.all() or abs(parts[0] - parts[1]) > FEASIBLE:
        raise NotDecomposed(f"No allocation was found that uses the same part of both goods: {parts[0]:.9g} of q and {parts[1]:.9g} of r.")
    return ResourceUtilisation(float(parts.max()), float(np.exp(log_price)), found)


def gains_share(points: npt.ArrayLike, autarky: npt.ArrayLike, competitive: npt.ArrayLike) -> float:
    """(sum of points - autarky)/(competitive - autarky); nan where there is nothing to gain.

    It can pass 1: the competitive allocation does not maximise a sum of points, which also depends on who gets what, and the
    exogenous offers and the inactive agents' trades can add to what there is.
    """
    total, none, all_ = (float(np.sum(values)) for values in (points, autarky, competitive))
    return (total - none) / (all_ - none) if all_ - none > 1e-12 * max(abs(all_), abs(none)) else float("nan")


def mrs_dispersion(
    environment: Environment, types: npt.ArrayLike, bundles: npt.ArrayLike, belief: npt.ArrayLike, counts: npt.ArrayLike = 1
) -> float:
    """The standard deviation over agents of ln U_q/U_r: 0 iff an interior allocation is efficient; infinite on an empty good.

    The arguments are those of ``resource_utilisation``.
    """
    held, weight = np.asarray(bundles, float), environment.utility.weight[np.asarray(types, np.int64)]
    if (held <= 0).any():
        return float("inf")
    rate = environment.utility.log_mrs(np.log(held[:, 1] / held[:, 0]), weight, np.asarray(belief, float)).value
    heads = np.broadcast_to(np.asarray(counts, float), len(held))
    return float(np.sqrt(np.average((rate - np.average(rate, weights=heads)) ** 2, weights=heads)))


def _ratio(rate: Callable[[FloatArray], tuple[FloatArray, FloatArray | float]], log_price: FloatArray) -> FloatArray:
    """ln(r/q) at which each agent's rate of substitution is the price."""

    def excess(log_ratio: FloatArray, row: npt.NDArray[np.intp]) -> FloatArray:
        full = np.zeros(len(log_price))
        full[row] = log_ratio
        return np.asarray((rate(full)[0] - log_price)[row])

    ends = np.full(len(log_price), 1e4)
    return np.asarray(elementwise.find_root(excess, (-ends, ends), args=(np.arange(len(log_price)),)).x)


def _as_good_as(utility: Utility, wanted: FloatArray, log_ratio: FloatArray, weight: FloatArray, belief: FloatArray) -> FloatArray:
    """The bundles on the rays ln(r/q) with the wanted expected points: all families are homogeneous or the log of it."""
    half = log_ratio / 2
    on_ray = utility.expected_points(np.exp(-half), np.exp(half), weight, belief)
    if utility.family == LOG_COBB_DOUGLAS:
        size = np.exp((wanted - on_ray) / utility.scale)
    else:
        curvature = utility.curvature or 0.0
        degree = 1 - curvature if utility.family == CRRA else curvature
        with np.errstate(divide="ignore", invalid="ignore"):
            part = (wanted - utility.shift) / (on_ray - utility.shift)
            size = np.where(np.isneginf(wanted), 0.0, np.maximum(part, 0.0) ** (1 / degree))
    return np.stack([size * np.exp(-half), size * np.exp(half)], axis=1)
