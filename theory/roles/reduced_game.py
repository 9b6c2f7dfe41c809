"""The reduction of stage 2 to two totals where endowments differ by role: one group per role and type.

Measure goods in the largest endowment of each, w_q = q-bar_j over the largest q-bar, likewise w_r, and let P_j = p q-bar_j/r-bar_j be the
price of q between the endowments of role j. In its own endowments, a group's problem is that of ``theory.equilibrium.stage2`` at the
price P_j, against the market of M T_q/w_q endowments of q and M T_r/w_r of r:

    side (L(side a) - ln P_j) - ln(1 - b w/(M T)) = 0,    T_q = eps_q + sum of (sigma/M) w_q b over the sellers of q, likewise T_r,

with L the curve ln U_q/U_r between these endowments. So a group differs from a type in its price, its weight, and the size of its market.

**Existence** is Proposition 1's: best replies are unique and continuous whatever the endowments, and eps bounds the price.

**One equilibrium** if no type's theta = L' exceeds a bound that depends on how much the ratios of endowments differ and is never
below 2: ``theory.roles.uniqueness`` derives it. Beyond the bound the game and its limit can have several.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.economy.arrays import BoolArray, FloatArray
from theory.economy.environment import Environment
from theory.economy.utility import total
from theory.equilibrium.reduced_game import FLATTEST_GUESS, Reduced
from theory.roles.views import role_endowments

GUESSES = 3


@dataclass(frozen=True, eq=False)
class ReducedByRole(Reduced):
    """Games of G = J K groups, role by role. ``lead`` ln P_j - ln p (G, 1) and ``weight`` (w_q, w_r) (2, G, 1) belong to the groups."""

    lead: FloatArray
    weight: FloatArray

    def first_log_price(self) -> FloatArray:
        """The competitive price if every curve had slope one, then Newton steps with budget shares that move as at the endowment."""
        from scipy.special import expit

        in_q, in_r = self.shares * self.weight[0], self.shares * self.weight[1]
        pull = 1 / np.maximum(self.slope, FLATTEST_GUESS)
        log_price = np.zeros(self.size.shape)
        for _ in range(GUESSES):
            part = expit(log_price + self.lead + pull * (self.at_endowment - log_price - self.lead))
            upper, lower = total(in_r * part) + self.epsilon[1], total(in_q * (1 - part)) + self.epsilon[0]
            moves = part * (1 - part) * (1 - pull)
            steep = 1 - total(in_r * moves) / upper - total(in_q * moves) / lower
            log_price = log_price - (log_price - np.log(upper / lower)) / np.maximum(steep, 0.1)
        return np.asarray(log_price)

    def own_price(self, log_price: FloatArray) -> FloatArray:
        """ln P_j (G, B)."""
        return log_price + self.lead

    def own_shares(self, sells: BoolArray) -> FloatArray:
        """(sigma/M) w of the good offered (G, B)."""
        return np.asarray(self.shares * np.where(sells, self.weight[0], self.weight[1]))

    def own_size(self, sells: BoolArray) -> FloatArray:
        """M/w of the good offered (G, B)."""
        return np.asarray(self.size / np.where(sells, self.weight[0], self.weight[1]))


def largest_endowment(environment: Environment) -> FloatArray:
    """The unit of each good (2,): no group weighs more than 1 in it, so that the bounds of ``theory.equilibrium.bracketed_root`` hold."""
    return np.asarray(role_endowments(environment).max(axis=0))


def reduced_by_role(environment: Environment, belief: FloatArray, shares: FloatArray, size: FloatArray) -> ReducedByRole:
    """The games at common posteriors ``belief`` (B, Z), with ``shares`` sigma/M (G, B) and ``size`` M (B,)."""
    unit = largest_endowment(environment)
    kinds, endowment = len(environment.types), role_endowments(environment)
    ratio = np.repeat(endowment[:, 1] / endowment[:, 0], kinds)[:, None]
    weight = np.tile(environment.utility.weight.T, len(endowment))[:, :, None]
    rate = environment.utility.marginal_rate(weight, belief.T[:, None, :], ratio)
    at_endowment, slope = rate(np.zeros(shares.shape))
    epsilon = environment.epsilon[:, None] / unit[:, None]
    lead = np.log(unit[1] / unit[0] / ratio)
    parts = np.repeat(endowment / unit, kinds, axis=0).T[:, :, None]
    return ReducedByRole(rate, shares, size, epsilon, at_endowment, slope, lead, parts)
