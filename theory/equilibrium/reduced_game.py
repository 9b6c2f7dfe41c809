"""The stage-2 game reduced to two totals, and Newton's method for it: the computation behind ``stage2`` and ``competitive``.

The derivation stands in the docstring of ``theory.equilibrium.stage2``. Here goods are in endowments, totals are per active agent, and
arrays have shape (types, configurations) or (configurations,). Sums over types run type by type, so that a configuration
solved in a batch rounds exactly as it does alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import BoolArray, FloatArray
from theory.economy.environment import Environment
from theory.economy.utility import MarginalRate, total

NEWTON_STEPS = 40
STEP_TOLERANCE = 1e-9
NEXT_STEP_TOLERANCE = 1e-14
"""Newton stops when a step moves ln p, the log totals and every offer by less than the first, or when the next step is expected to
move them by less than the second, judging by the last two steps: convergence is quadratic."""
NO_STEP_YET = 1e-30
TINY = 1e-30
GUESSES = 1
FLATTEST_GUESS = 0.3
SIDES = np.array([[1.0], [-1.0]])
LARGEST_STEP = 2.0
FREE_STEPS = 12
"""After this many steps the longest step allowed in ln p is halved whenever the price turns back."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """Stage-2 games of a batch.

    ``shares`` sigma(x)/M (K, B); ``size`` M (B,), infinite in the competitive limit; ``at_endowment`` ln U_q/U_r - ln p1 at the endowment
    (K, B) and ``slope`` its slope there; ``epsilon`` (2, 1) per active agent. Where endowments differ (``theory.roles.reduced_game``),
    goods are in some unit, a type's curve is in its own endowments, and the last three methods convert between the two.
    """

    rate: MarginalRate
    shares: FloatArray
    size: FloatArray
    epsilon: FloatArray
    at_endowment: FloatArray
    slope: FloatArray | float

    def columns(self, keep: npt.NDArray[Any]) -> Self:
        slope = self.slope if isinstance(self.slope, float) else self.slope[:, keep]
        rate, shares, size = self.rate.columns(keep), self.shares[:, keep], self.size[keep]
        return replace(self, rate=rate, shares=shares, size=size, at_endowment=self.at_endowment[:, keep], slope=slope)

    def first_log_price(self) -> FloatArray:
        """A guess near the competitive price (B,)."""
        return _competitive_guess(self)

    def own_price(self, log_price: FloatArray) -> FloatArray:
        """ln of the price of q between one's own endowments."""
        return log_price

    def own_shares(self, sells: BoolArray) -> FloatArray:
        """What a type can offer per active agent: sigma(x)/M endowments of the good that it offers."""
        return self.shares

    def own_size(self, sells: BoolArray) -> FloatArray:
        """M, as the number of one's own endowments of the good offered that make M units of it."""
        return self.size


def reduced(environment: Environment, belief: FloatArray, shares: FloatArray, size: FloatArray) -> Reduced:
    """The games of an environment at posteriors ``belief``: common to all types (B, Z), or each type's own (B, K, Z)."""
    states_first = belief.T[:, None, :] if belief.ndim == 2 else belief.T
    rate = environment.utility.marginal_rate(environment.utility.weight.T[:, :, None], states_first, environment.endowment_ratio)
    epsilon = (environment.epsilon / environment.endowment)[:, None]
    return Reduced(rate, shares, size, epsilon, *rate(np.zeros(shares.shape)))


@dataclass(frozen=True, eq=False)
class Crossing:
    """ln(p/p1) (B,), ln of each type's consumption ratio (r/q)/p1 (K, B), and whether Newton's method settled (B,)."""

    log_price: FloatArray
    log_ratio: FloatArray
    settled: BoolArray


def part_offered(side: FloatArray, log_price: FloatArray, depth: FloatArray) -> FloatArray:
    """The part of the endowment whose offer leads to a consumption ratio of ln size ``depth``, eq. (2); side +1 offers q, -1 r."""
    return np.asarray(-np.expm1(-depth) / (1 + np.exp(side * log_price - depth)))


def parts_offered(crossing: Crossing) -> FloatArray:
    """Offers (b_q, b_r) of every type as parts of the endowment, shape (K, 2, B)."""
    ratio = crossing.log_ratio
    sells = ratio > 0
    part = part_offered(np.where(sells, 1.0, -1.0), crossing.log_price, np.abs(ratio))
    parts = np.empty((len(ratio), 2, *ratio.shape[1:]))
    parts[:, 0] = part * sells
    parts[:, 1] = part - parts[:, 0]
    return parts


def cross(game: Reduced, start: Crossing | None = None) -> Crossing:
    """Newton's method in ln p and all consumption ratios at once; configurations are dropped as they settle."""
    log_price, log_ratio = _start(game) if start is None else (start.log_price, start.log_ratio)
    state = _State(game, log_price, log_ratio)
    settled = np.zeros(log_price.shape, bool)
    rows = np.arange(settled.size)
    for count in range(NEWTON_STEPS):
        done = state.step(damped=count >= FREE_STEPS)
        settling = np.count_nonzero(done)
        if rows.size == settled.size:
            log_price, log_ratio, settled = state.log_price, state.log_ratio, done
        elif settling:
            finished = rows[done]
            log_price[finished], log_ratio[:, finished] = state.log_price[done], state.log_ratio[:, done]
            settled[finished] = True
        if settling == rows.size:
            return Crossing(log_price, log_ratio, settled)
        if settling:
            rows, state = rows[~done], state.columns(~done)
    log_price[rows], log_ratio[:, rows] = state.log_price, state.log_ratio
    return Crossing(log_price, log_ratio, settled)


def _start(game: Reduced) -> tuple[FloatArray, FloatArray]:
    """A first guess: nearly the competitive price, and a price taker's offers cut by their effect on the price to first order."""
    log_price = game.first_log_price()
    own_price = game.own_price(log_price)
    sells = game.at_endowment < own_price
    side = np.where(sells, 1.0, -1.0)
    lead = side * (own_price - game.at_endowment)
    depth = lead / game.slope
    part = part_offered(side, own_price, depth)
    given = game.own_shares(sells) * part
    of_q = given * sells
    own = np.where(sells, total(of_q) + game.epsilon[0], total(given - of_q) + game.epsilon[1])
    return log_price, side * depth * lead / (lead + part / (game.own_size(sells) * own) + TINY) * (game.shares > 0)


def _competitive_guess(game: Reduced) -> FloatArray:
    """The log of the competitive price if every curve were the straight line that touches it at the endowment.

    With a the part of all incomes spent on q, the market clears at p = (a + eps_r)/(1 - a + eps_q). Of slope one, incomes are split
    alike at all prices and this is the answer; otherwise a moves with the price, and a few Newton steps follow it.
    """
    from scipy.special import expit

    shares, everyone, slope = game.shares, total(game.shares), game.slope
    on_q = total(shares * expit(game.at_endowment))
    epsilon_q, epsilon_r = game.epsilon
    log_price = np.log((on_q + epsilon_r) / (everyone - on_q + epsilon_q))
    if isinstance(slope, float) and slope == 1.0:
        return np.asarray(log_price)
    pull = 1 / np.maximum(slope, FLATTEST_GUESS)
    for _ in range(GUESSES):
        part = expit(log_price + pull * (game.at_endowment - log_price))
        on_q = total(shares * part)
        upper, lower = on_q + epsilon_r, everyone - on_q + epsilon_q
        steep = 1 - total(shares * part * (1 - part) * (1 - pull)) * (1 / upper + 1 / lower)
        log_price = log_price - (log_price - np.log(upper / lower)) / steep
    return np.asarray(log_price)


class _State:
    """The state of Newton's method for the configurations that have not settled."""

    def __init__(self, game: Reduced, log_price: FloatArray, log_ratio: FloatArray) -> None:
        self.game, self.log_price, self.log_ratio = game, log_price, log_ratio
        self.sells = game.at_endowment < game.own_price(log_price)
        self.present = (game.shares > 0).astype(float)
        self.limit = np.full(log_price.shape, LARGEST_STEP)
        self.change = np.zeros_like(log_price)
        self.moved = np.full(log_price.shape, NO_STEP_YET)

    def columns(self, keep: BoolArray) -> _State:
        kept = _State(self.game.columns(keep), self.log_price[keep], self.log_ratio[:, keep])
        kept.limit, kept.change, kept.moved = self.limit[keep], self.change[keep], self.moved[keep]
        return kept

    def step(self, damped: bool) -> BoolArray:
        """One Newton step with the bordered-diagonal system eliminated; returns which configurations it settled."""
        game, log_price, sells = self.game, self.log_price, self.sells
        own_price, share = game.own_price(log_price), game.own_shares(sells)
        on_side = np.empty((len(share), 2, *log_price.shape))
        on_side[:, 0] = sells
        on_side[:, 1] = ~sells
        side = on_side[:, 0] - on_side[:, 1]
        depth = side * self.log_ratio
        # the offer b, and in the notation of theory.equilibrium.stage2: b_a (rise), b phi (drag), D (spare)
        change_in_own = np.expm1(-depth)
        wide = 1 + np.exp(side * own_price - depth)
        scale = -1 / wide
        offer = change_in_own * scale
        drag = offer * (1 + scale)
        rise = (wide + change_in_own) * scale * scale
        totals = total((share * offer)[:, None] * on_side) + game.epsilon
        own = game.own_size(sells) * np.where(sells, totals[0], totals[1])
        spare = 1 / (own - offer)
        value, slope = game.rate(self.log_ratio)
        steep = slope + rise * spare
        shifted = 1 + drag * spare
        through = offer * spare
        # - ln(1 - b/(M T)) is ln(1 + b D)
        gap = side * (value - own_price) + np.log1p(through)
        # each type's move is (change of own log total * through + change of log price * side * shifted - gap) / steep;
        # summed over the types of a side, the change of its log total is (side * change of log price * pull - fall) / left
        weight = share * rise / steep
        left = totals - total((weight * through)[:, None] * on_side)
        fall = total((weight * gap)[:, None] * on_side) / left
        pull = total((weight * shifted - share * drag)[:, None] * on_side) / left
        change = (np.log(totals[1] / totals[0]) - log_price - fall[1] + fall[0]) / (1 + pull[0] + pull[1])
        wanted = np.abs(change)
        change = self._limited(change, damped)
        change_totals = SIDES * change * pull - fall
        deeper = (np.where(sells, change_totals[0], change_totals[1]) * through + change * side * shifted - gap) * (self.present / steep)
        moved = np.maximum(wanted, np.maximum.reduce(np.abs(change_totals)))
        moved = np.maximum(moved, np.maximum.reduce(np.abs(deeper) * rise))
        self.log_price = log_price + change
        self.sells = game.at_endowment < game.own_price(self.log_price)
        # a type that changes sides starts from no offer
        self.log_ratio = np.maximum(depth + deeper, 0.0) * side * (self.sells == sells)
        before, self.moved = self.moved, moved
        return np.asarray(moved * moved * moved <= np.maximum(NEXT_STEP_TOLERANCE * before * before, STEP_TOLERANCE**3))

    def _limited(self, change: FloatArray, damped: bool) -> FloatArray:
        if damped:
            self.limit = np.where(change * self.change < 0, np.abs(self.change) / 2, self.limit)
        self.change = np.minimum(np.maximum(change, -self.limit), self.limit)
        return self.change
