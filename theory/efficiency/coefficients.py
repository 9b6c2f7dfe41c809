"""How efficient an allocation is ex post: Debreu's coefficient, the share of the gains from trade, and how far tastes at the margin differ.

The goods to share out are those that the agents hold: the exogenous offers and the trades of the inactive add goods of one kind and
take goods of the other, so the endowments are no measure.

**Debreu's coefficient of resource utilisation** is the least part lambda of these goods from which everybody could be made as well off as
observed. It is 1 iff no reallocation makes everybody better off, i.e. where interior rates of substitution agree. At a price p let
every agent hold the cheapest bundle that is as good as the observed one; as p rises these compensated bundles move from q to r,
and at the one price at which their sum is proportional to the goods held, it is lambda times these goods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import BoolArray, FloatArray, IntArray
from theory.economy.environment import Environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, LOG_COBB_DOUGLAS, Utility, no_formula
from theory.equilibrium.stage2 import NotSolved

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

    With ``counts`` (n,) each row stands for that many agents. An agent whose observed utility is minus infinity needs nothing. Raises
    NotDecomposed rather than return an unchecked answer.
    """
    kinds, held = np.asarray(types, np.int64), np.asarray(bundles, float)
    heads = np.broadcast_to(np.asarray(counts, float), len(held))
    goods = heads @ np.maximum(held, 0.0)
    if (goods <= 0).any():
        raise NotDecomposed(f"The agents hold {goods[0]:g} of q and {goods[1]:g} of r; both must be positive.")
    group = np.zeros(len(held), np.int64)
    coefficient, log_price, found = _utilisation(environment, group, kinds, held, np.asarray(belief, float)[None, :], heads)
    return ResourceUtilisation(float(coefficient[0]), float(np.exp(log_price[0])), found)


def utilisation_coefficients(
    environment: Environment, group: npt.ArrayLike, types: npt.ArrayLike, bundles: npt.ArrayLike, belief: npt.ArrayLike
) -> FloatArray:
    """Debreu's coefficients of many groups of agents at once, (B,): agents (n,) with their ``group`` (n,), ``belief`` (B, Z) by group.

    nan for a group that has none of a good. Raises as ``resource_utilisation``.
    """
    where, kinds, held = np.asarray(group, np.int64), np.asarray(types, np.int64), np.asarray(bundles, float)
    belief = np.asarray(belief, float)
    goods = _sums(where, np.maximum(held, 0.0), len(belief))
    solvable = np.asarray((goods > 0).all(axis=1))
    rows, answers = solvable[where], np.full(len(belief), np.nan)
    if solvable.any():
        renumbered = (np.cumsum(solvable) - 1)[where[rows]]
        answers[solvable] = _utilisation(environment, renumbered, kinds[rows], held[rows], belief[solvable], np.ones(rows.sum()))[0]
    return answers


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


def _utilisation(
    env: Environment, group: IntArray, kinds: IntArray, held: FloatArray, belief: FloatArray, heads: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The coefficients (B,), the logarithms of the prices (B,) and the bundles (n, 2) that are as good as those held."""
    from scipy.optimize import elementwise

    size, held = len(belief), np.maximum(held, 0.0)
    weight, own = env.utility.weight[kinds], belief[group]
    rate = env.utility.marginal_rate(weight.T, own.T)
    wanted = env.utility.expected_points(held[:, 0], held[:, 1], weight, own)
    goods = _sums(group, heads[:, None] * held, size)

    def compensated(log_price: FloatArray, rows: BoolArray) -> FloatArray:
        ratio = _ratio(env.utility, weight[rows], own[rows], log_price[group[rows]])
        return _as_good_as(env.utility, wanted[rows], ratio, weight[rows], own[rows])

    def excess(log_price: FloatArray, at: npt.NDArray[np.intp]) -> FloatArray:
        full, asked = np.zeros(size), np.zeros(size, dtype=np.bool_)
        full[at], asked[at] = log_price, True
        rows = asked[group]
        totals = _sums(group[rows], heads[rows, None] * compensated(full, rows), size)[at]
        return np.asarray(np.log(totals[:, 1] * goods[at, 0]) - np.log(totals[:, 0] * goods[at, 1]))

    with np.errstate(divide="ignore"):
        rates = np.clip(rate(np.clip(np.log(held[:, 1]) - np.log(held[:, 0]), -WIDEST, WIDEST))[0], -WIDEST, WIDEST)
    low, high, needy = np.full(size, np.inf), np.full(size, -np.inf), np.zeros(size, dtype=np.bool_)
    np.minimum.at(low, group, rates - 1e-9)
    np.maximum.at(high, group, rates + 1e-9)
    np.logical_or.at(needy, group, np.isfinite(wanted))
    log_price = (low + high) / 2
    at = np.flatnonzero(needy)
    if at.size:
        root = elementwise.find_root(excess, (low[at], high[at]), args=(at,))
        log_price[at] = np.where(root.success, root.x, log_price[at])
    found = compensated(log_price, np.ones(len(held), dtype=np.bool_))
    parts = _sums(group, heads[:, None] * found, size) / goods
    _check(env.utility, wanted, env.utility.expected_points(found[:, 0], found[:, 1], weight, own), parts)
    return parts.max(axis=1), log_price, found


def _check(utility: Utility, wanted: FloatArray, kept: FloatArray, parts: FloatArray) -> None:
    lost = np.isneginf(wanted)
    wanted, kept = np.where(lost, 0.0, wanted), np.where(lost, 0.0, kept)
    same = np.abs(kept - wanted) <= FEASIBLE * (utility.scale + np.abs(wanted))
    gap = np.abs(parts[:, 0] - parts[:, 1])
    if not same.all() or not (gap <= FEASIBLE).all():
        q, r = parts[int(np.nan_to_num(gap, nan=np.inf).argmax())]
        raise NotDecomposed(f"No allocation was found that uses the same part of both goods: {q:.9g} of q and {r:.9g} of r.")


def _sums(group: IntArray, values: FloatArray, size: int) -> FloatArray:
    """Sums of rows (n, 2) by group, (B, 2)."""
    return np.stack([np.bincount(group, values[:, good], size) for good in (0, 1)], axis=1)


def _ratio(utility: Utility, weight: FloatArray, belief: FloatArray, log_price: FloatArray) -> FloatArray:
    """ln(r/q) at which each agent's rate of substitution is the price."""
    from scipy.optimize import elementwise

    def excess(log_ratio: FloatArray, row: npt.NDArray[np.intp]) -> FloatArray:
        return np.asarray(utility.marginal_rate(weight[row].T, belief[row].T)(log_ratio)[0] - log_price[row])

    ends = np.full(len(log_price), 1e4)
    return np.asarray(elementwise.find_root(excess, (-ends, ends), args=(np.arange(len(log_price)),)).x)


def _as_good_as(utility: Utility, wanted: FloatArray, log_ratio: FloatArray, weight: FloatArray, belief: FloatArray) -> FloatArray:
    """The bundles on the rays ln(r/q) with the wanted expected points: all families are homogeneous or the log of it."""
    half = log_ratio / 2
    on_ray = utility.expected_points(np.exp(-half), np.exp(half), weight, belief)
    if utility.family == LOG_COBB_DOUGLAS:
        size = np.exp((wanted - on_ray) / utility.scale)
    elif utility.family in (COBB_DOUGLAS, CES, CRRA):
        curvature = utility.curvature or 0.0
        degree = 1 - curvature if utility.family == CRRA else curvature
        with np.errstate(divide="ignore", invalid="ignore"):
            part = (wanted - utility.shift) / (on_ray - utility.shift)
            size = np.where(np.isneginf(wanted), 0.0, np.maximum(part, 0.0) ** (1 / degree))
    else:
        raise no_formula(utility, "the bundle on a ray")
    return np.stack([size * np.exp(-half), size * np.exp(half)], axis=1)
