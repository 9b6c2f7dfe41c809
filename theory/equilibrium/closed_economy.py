"""The competitive equilibrium of the agents alone, without exogenous offers: what an efficient exchange of their endowments looks like.

The limit economy L^z(epsilon) of Lemma 2 is almost this one; the difference is what the exogenous offers cost. All agents have the
same endowment and utilities are homothetic, so a theorem of Eisenberg (1961) applies: total demand maximises one homothetic
function, and there is one price. It lies between the smallest and the largest rate of substitution at the endowment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.economy.utility import total
from theory.equilibrium.best_reply import price_taking_offers
from theory.equilibrium.reduced_game import reduced
from theory.equilibrium.stage2 import NotSolved
from theory.mechanism import bundles_at_price

CLEARED = 1e-10
"""How much of the endowment of a good, per agent, may be left over in an equilibrium."""


@dataclass(frozen=True, eq=False)
class ClosedEconomy:
    """B competitive equilibria: ``price`` (B,) of q in r, ``bundles`` (B, K, 2) in goods, also for types without agents."""

    price: FloatArray
    bundles: FloatArray


def closed_economy(environment: Environment, configurations: npt.ArrayLike, posterior: npt.ArrayLike) -> ClosedEconomy:
    """The equilibria of agents counted by ``configurations`` (B, K), who hold ``posterior`` (B, Z) about the state.

    If all agents are alike, nobody trades, and the price is the common rate of substitution. Offers are exact to rounding in parts
    of the endowment of the good offered, so the amounts they buy lose digits as the price moves away from r-bar/q-bar. Raises
    NotSolved if a market does not clear.
    """
    from scipy.optimize import elementwise

    counts, belief = np.atleast_2d(np.asarray(configurations, float)), np.atleast_2d(np.asarray(posterior, float))
    shares = (counts / counts.sum(axis=1, keepdims=True)).T
    game = reduced(environment, np.broadcast_to(belief, (len(counts), belief.shape[1])), shares, np.full(len(counts), np.inf))
    present = shares > 0
    low = np.where(present, game.at_endowment, np.inf).min(axis=0)
    high = np.where(present, game.at_endowment, -np.inf).max(axis=0)

    def excess(log_price: FloatArray, row: npt.NDArray[np.intp]) -> FloatArray:
        part = game.columns(row)
        price = np.exp(log_price)
        offers = price_taking_offers(part.rate, np.broadcast_to(price, part.shares.shape))
        offered_q, offered_r = total(part.shares[:, None] * offers.swapaxes(0, 1))
        return np.asarray(price * offered_q - offered_r)

    log_price = low.copy()
    trading = np.flatnonzero(high > low)
    if trading.size:
        log_price[trading] = elementwise.find_root(excess, (low[trading], high[trading]), args=(trading,)).x
    left_over = np.abs(excess(log_price, np.arange(len(counts))))
    if not (left_over <= CLEARED).all():
        raise NotSolved(f"No price clears the market of the agents alone: {np.nanmax(left_over):.3g} of the endowment is left over.")
    parts = price_taking_offers(game.rate, np.broadcast_to(np.exp(log_price), shares.shape))
    price = np.exp(log_price) * environment.endowment_ratio
    offers = parts.transpose(2, 1, 0) * environment.endowment
    return ClosedEconomy(price, bundles_at_price(offers, price[:, None], environment.endowment))
