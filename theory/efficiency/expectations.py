"""Exact expectations before nature moves: the average price of each state and the average points of each type.

If everybody makes the stage-1 offer alpha* and a rival's stage-2 offers, all depends on the state and on the types of the active. So
the average price is the sum over type configurations sigma of P[sigma | z] times the price, and an active agent of type x is met with
z and sigma in proportion to kappa(z) P[sigma | z] sigma(x). For the paper's prediction the points of the active are F_x of eq. (23)
without a defection; the inactive get G_x(alpha*(x)) of eq. (4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.equilibrium.rivals import Rival, rival_outcome
from theory.equilibrium.stage1 import stage1_optimum
from theory.information.enumeration import Budget, left_out, likely_configurations
from theory.mechanism import market_trades

TAIL = 1e-13
"""Probability in each state of the unlikely configurations that may be left out where there are many."""

BUDGET = Budget(exact=20_000, most=5_000_000)
"""More configurations would take minutes."""


@dataclass(frozen=True, eq=False)
class Expectations:
    """Averages if a rival is played: ``price`` (Z,) by state; points by type (K,) for an ``active`` and for an ``inactive`` agent.

    ``left_out`` (Z,) bounds the probability of the configurations that the first two leave out.
    """

    price: FloatArray
    active: FloatArray
    inactive: FloatArray
    left_out: FloatArray


def expectations(environment: Environment, rival: Rival) -> Expectations:
    """The averages for a rival's offers at the environment's M, with the price of eq. (3) at them.

    Raises InvalidEnvironment if there are too many configurations to sum over, and what ``rival_outcome`` raises.
    """
    size = environment.active
    tail = affordable_tail(environment, size)
    price, points = np.zeros(len(environment.states)), np.zeros(len(environment.types))
    seen, met = np.zeros(len(environment.states)), np.zeros(len(environment.types))
    for chunk in likely_configurations(environment, size, tail):
        for z in range(len(environment.states)):
            possible = chunk.probability[:, z] > 0
            if not possible.any():
                continue
            counts, chance = chunk.configurations[possible], chunk.probability[possible, z]
            offers = rival_outcome(environment, rival, counts, z if rival.needs_state else None).offers
            trade = market_trades(environment, offers, counts)
            paid = environment.utility.points(trade.bundles[..., 0], trade.bundles[..., 1], environment.utility.weight[:, z])
            weight = environment.prior[z] * chance[:, None] * counts
            price[z] += chance @ trade.price
            seen[z] += chance.sum()
            points += np.where(weight > 0, weight * paid, 0.0).sum(axis=0)
            met += weight.sum(axis=0)
    return Expectations(price / seen, points / met, stage1_optimum(environment).value, left_out(environment, size, tail, seen))


def affordable_tail(environment: Environment, agents: int) -> float:
    """The probability, in each state, of unlikely configurations of this many agents that a sum may leave out: 0 where all are few.

    Raises TooManyConfigurations if even the likely ones are too many to sum over.
    """
    return BUDGET.tail(environment, agents, TAIL)
