"""The stage-2 game reduced to two totals, and Newton's method for it: the computation behind ``stage2`` and ``competitive``.

The derivation stands in the docstring of ``theory.stage2``. Here goods are in endowments, totals are per active agent, and
arrays have shape (types, configurations) or (configurations,). Sums over types run type by type, so that a configuration
solved in a batch rounds exactly as it does alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from theory.utility import FloatArray, MarginalRate, total

NEWTON_STEPS = 40
STEP_TOLERANCE = 1e-9
NEXT_STEP_TOLERANCE = 1e-14
"""Newton is at its end when a step moves ln p, the log totals and every offer by less than the one, or when the next step would
move them by less than the other, judging by how the last two shrank: the steps square."""
NO_STEP_YET = 1e-30
LARGEST_STEP = 2.0
FREE_STEPS = 12
"""After so many steps the longest step allowed in ln p is halved whenever the price turns back."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """Stage-2 games of a batch: ``shares`` sigma(x)/M (K, B), ``size`` M (B,), infinite in the competitive limit."""

    rate: MarginalRate
    shares: FloatArray
    size: FloatArray
    epsilon_q: float
    epsilon_r: float

    def columns(self, keep: npt.NDArray[Any]) -> Reduced:
        return Reduced(self.rate.columns(keep), self.shares[:, keep], self.size[keep], self.epsilon_q, self.epsilon_r)


@dataclass(frozen=True, eq=False)
class Crossing:
    """ln(p/p1) (B,), ln of each type's consumption ratio (r/q)/p1 (K, B), and whether Newton's method settled (B,)."""

    log_price: FloatArray
    log_ratio: FloatArray
    settled: npt.NDArray[np.bool_]


def parts_offered(log_price: FloatArray, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Offers (b_q, b_r), as parts of the endowment, that lead to the consumption ratios at the price, eq. (2)."""
    kept = np.exp(-np.abs(log_ratio))
    part = -np.expm1(-np.abs(log_ratio)) / (1 + kept * np.exp(np.where(log_ratio > 0, log_price, -log_price)))
    return np.where(log_ratio > 0, part, 0.0), np.where(log_ratio > 0, 0.0, part)


def cross(game: Reduced, start: Crossing | None = None) -> Crossing:
    """Newton's method in ln p and all consumption ratios at once, dropping configurations as they settle."""
    at_endowment, slope = game.rate(np.zeros_like(game.shares))
    log_price, log_ratio = _start(game, at_endowment, slope) if start is None else (start.log_price.copy(), start.log_ratio.copy())
    settled = np.zeros(log_price.shape, bool)
    state = _State(game, at_endowment, log_price.copy(), log_ratio.copy())
    rows = np.arange(settled.size)
    for count in range(NEWTON_STEPS):
        done = state.step(damped=count >= FREE_STEPS)
        if done.any():
            finished = rows[done]
            log_price[finished], log_ratio[:, finished] = state.log_price[done], state.log_ratio[:, done]
            settled[finished] = True
            if done.all():
                break
            rows, state = rows[~done], state.columns(~done)
    return Crossing(log_price, log_ratio, settled)


def _start(game: Reduced, at_endowment: FloatArray, slope: FloatArray | float) -> tuple[FloatArray, FloatArray]:
    """The competitive price as if every curve had slope one, where it has a closed form, and what types take at it."""
    odds = np.exp(at_endowment)
    spent_on_q = total(game.shares * (odds / (1 + odds)))
    spent_on_r = total(game.shares / (1 + odds))
    log_price = np.log((spent_on_q + game.epsilon_r) / (spent_on_r + game.epsilon_q))
    return log_price, np.where(game.shares > 0, (log_price - at_endowment) / slope, 0.0)


class _State:
    """Where Newton's method stands, for the configurations that have not settled."""

    def __init__(self, game: Reduced, at_endowment: FloatArray, log_price: FloatArray, log_ratio: FloatArray) -> None:
        self.game, self.at_endowment = game, at_endowment
        self.log_price, self.log_ratio = log_price, log_ratio
        self.sells = at_endowment < log_price
        self.present = (game.shares > 0).astype(float)
        self.limit = np.full(log_price.shape, LARGEST_STEP)
        self.change = np.zeros_like(log_price)
        self.moved = np.full(log_price.shape, NO_STEP_YET)

    def columns(self, keep: npt.NDArray[np.bool_]) -> _State:
        kept = _State(self.game.columns(keep), self.at_endowment[:, keep], self.log_price[keep], self.log_ratio[:, keep])
        kept.limit, kept.change, kept.moved = self.limit[keep], self.change[keep], self.moved[keep]
        return kept

    def step(self, damped: bool) -> npt.NDArray[np.bool_]:
        """One Newton step with the bordered-diagonal system eliminated; returns which configurations it settled."""
        game, log_price, sells, share = self.game, self.log_price, self.sells, self.game.shares
        side = np.where(sells, 1.0, -1.0)
        depth = side * self.log_ratio
        # the offer b, and in the notation of theory.stage2: b_a (rise), b phi (drag), D (spare)
        given_up = -np.expm1(-depth)
        taken = np.exp(side * log_price - depth)
        scale = 1 / (1 + taken)
        offer = given_up * scale
        drag = offer * taken * scale
        rise = (1 - given_up + taken) * scale * scale
        given = share * offer
        of_q = given * sells
        total_q, total_r = total(of_q) + game.epsilon_q, total(given - of_q) + game.epsilon_r
        own = game.size * np.where(sells, total_q, total_r)
        spare = 1 / (own - offer)
        value, slope = game.rate(self.log_ratio)
        gap = side * (value - log_price) - np.log1p(-offer / own)
        steep = slope + rise * spare
        shifted = 1 + drag * spare
        through = offer * spare
        # each type's move is (own_change * through + change * side * shifted - gap) / steep; summed by side:
        weight = share * rise / steep
        terms = np.empty((len(share), 6, *log_price.shape))
        terms[:, 0], terms[:, 1], terms[:, 2] = weight * gap, weight * shifted - share * drag, weight * through
        np.multiply(terms[:, :3], sells[:, None], out=terms[:, 3:])
        terms[:, :3] -= terms[:, 3:]
        fall_r, pull_r, lost_r, fall_q, pull_q, lost_q = total(terms)
        left_q, left_r = total_q - lost_q, total_r - lost_r
        fall_q, pull_q, fall_r, pull_r = fall_q / left_q, pull_q / left_q, fall_r / left_r, pull_r / left_r
        change = (np.log(total_r / total_q) - log_price - fall_r + fall_q) / (1 + pull_q + pull_r)
        wanted = np.abs(change)
        change = self._limited(change, damped)
        change_q, change_r = change * pull_q - fall_q, -change * pull_r - fall_r
        deeper = (np.where(sells, change_q, change_r) * through + change * side * shifted - gap) * (self.present / steep)
        moved = np.maximum(np.maximum(wanted, np.abs(change_q)), np.abs(change_r))
        moved = np.maximum(moved, np.maximum.reduce(np.abs(deeper) * rise))
        self.log_price = log_price + change
        self.sells = self.at_endowment < self.log_price
        # who changes sides starts from no offer
        self.log_ratio = np.maximum(depth + deeper, 0.0) * side * (self.sells == sells)
        before, self.moved = self.moved, moved
        return np.asarray((moved <= STEP_TOLERANCE) | (moved * (moved / before) ** 2 <= NEXT_STEP_TOLERANCE))

    def _limited(self, change: FloatArray, damped: bool) -> FloatArray:
        if damped:
            self.limit = np.where(change * self.change < 0, np.abs(self.change) / 2, self.limit)
        self.change = np.minimum(np.maximum(change, -self.limit), self.limit)
        return self.change
