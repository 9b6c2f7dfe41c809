"""The designer's books (sections 2.2 and 5): what the mechanism pays out, and the entry fees that finance it.

At stage 2 the traders end with more of one good and less of the other than they brought: M (eps_q - eps_r/p) of q and
M (eps_r - p eps_q) of r, of opposite signs, both zero iff p = eps_r/eps_q. The inactive take a_r/p1 - a_q of q and p1 a_q - a_r of r each.

The most that stage 2 can pay out is at the ends of the prices. Where all configurations are solved these are known. Otherwise they are
bounded: the price rises with everybody's taste for q (F in ``theory.equilibrium.stage2`` falls as any L rises), so none is above that of
M agents who all have the largest weight that any type has in any state, or below that of the least.

Fees are levied on all N agents before types are drawn. They lower endowments, and so change the equilibrium that they have to
finance: the fee is the fixed point at which the amount of each good to be covered, in the economy after the fee, is N times the fee.

Feasibility (section 5) concerns each state separately: a surplus of a good in one state pays for nothing in another. So the fee that
finances the mechanism covers, for each good, the largest of its payouts over the states, each in expectation given that state. Draws within
a state differ from that expectation, the less per head the more agents there are; to cover even the most unlikely draw takes the worst
case. The payout averaged over states may be nothing where each state needs much: a fee for it balances the books on average only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import BoolArray, FloatArray, IntArray
from theory.economy.environment import Environment, InvalidEnvironment
from theory.equilibrium.stage1 import intervals, stage1_optimum
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import private_posterior
from theory.information.enumeration import Budget, likely_configurations
from theory.mechanism import bundles_at_price

Covered = Literal["states", "worst", "expected"]
"""What a fee covers of each good: the expected payout given any state; the most that any draw can pay out; the average over states."""

ROUNDS = 200
SETTLED = 1e-12
TAIL = 1e-13
BUDGET = Budget(exact=20_000, most=1_000_000)
"""A fee is searched for by computing the books many times."""


@dataclass(frozen=True, eq=False)
class Books:
    """Net payouts (q, r) of the designer, in goods for the whole market of N.

    ``stage2`` and ``inactive`` (2,) are expectations in the separating equilibrium, ``expected`` their sum: averages over the states, of
    which ``by_state`` (Z, 2) has the expectation of both stages given each. ``worst`` (2,) is the most that can be paid out of each
    good, over all types and draws that some state allows: beyond 20,000 type configurations a bound on it.
    """

    stage2: FloatArray
    inactive: FloatArray
    by_state: FloatArray
    worst: FloatArray

    @property
    def expected(self) -> FloatArray:
        """The expected net payout of both stages (2,)."""
        return np.asarray(self.stage2 + self.inactive)

    @property
    def states(self) -> FloatArray:
        """The largest over the states of the expected net payouts given the state (2,); for each good it may be another state."""
        return np.asarray(self.by_state.max(axis=0))

    def covered(self, what: Covered) -> FloatArray:
        """What a fee that covers ``what`` has to bring in (2,)."""
        return np.maximum({"states": self.states, "worst": self.worst, "expected": self.expected}[what], 0.0)


@dataclass(frozen=True, eq=False)
class EntryFee:
    """A fee per agent (q, r) in goods, the ``environment`` after the fee, and its ``books``."""

    fee: FloatArray
    environment: Environment
    books: Books


@dataclass(frozen=True, eq=False)
class Participation:
    """Expected points in the mechanism after the fee, over those of keeping everything: ``by_type`` (K,), and ``ex_ante`` before types."""

    by_type: FloatArray
    ex_ante: float


class NoFee(InvalidEnvironment):
    """No fee finances the mechanism. The message is one sentence."""


def stage2_payout(environment: Environment, price: npt.ArrayLike, active: int | None = None) -> FloatArray:
    """M (eps_q - eps_r/p) and M (eps_r - p eps_q), shape (...) to (..., 2)."""
    p = np.asarray(price, float)
    size = environment.active if active is None else active
    return size * np.stack([environment.epsilon_q - environment.epsilon_r / p, environment.epsilon_r - p * environment.epsilon_q], axis=-1)


def inactive_payout(environment: Environment, offers: npt.ArrayLike) -> FloatArray:
    """a_r/p1 - a_q and p1 a_q - a_r of each inactive agent's offer, shape (..., 2) to (..., 2)."""
    offers = np.asarray(offers, float)
    return np.asarray(bundles_at_price(offers, environment.fixed_price, [0.0, 0.0]))


def books(environment: Environment) -> Books:
    """The designer's books in the separating equilibrium.

    Raises NotSeparating if there is none, and InvalidEnvironment if there are too many configurations to sum over.
    """
    tail = _tail(environment)
    intervals(environment)
    of_type = inactive_payout(environment, stage1_optimum(environment).offers)
    inactive = environment.agents - environment.active
    stage2, low, high = np.zeros((len(environment.states), 2)), np.full(len(environment.states), np.inf), np.zeros(len(environment.states))
    for chunk in likely_configurations(environment, environment.active, tail):
        allowed = _allowed(environment, chunk.configurations)
        some = allowed.any(axis=1)
        price = solve_stage2(environment, chunk.configurations[some]).price
        stage2 += chunk.probability[some].T @ stage2_payout(environment, price)
        low = np.minimum(low, np.where(allowed[some], price[:, None], np.inf).min(axis=0, initial=np.inf))
        high = np.maximum(high, np.where(allowed[some], price[:, None], 0.0).max(axis=0, initial=0.0))
    if tail:
        low[:], high[:] = _price_bounds(environment)
    of_stage2 = stage2_payout(environment, [low, high]).max(axis=0)
    of_inactive = np.where(environment.likelihood[:, :, None] > 0, of_type, -np.inf).max(axis=1)
    of_stage1 = inactive * (environment.likelihood @ of_type)
    return Books(
        stage2=environment.prior @ stage2,
        inactive=environment.prior @ of_stage1,
        by_state=stage2 + of_stage1,
        worst=(of_stage2 + inactive * of_inactive).max(axis=0),
    )


def after_fee(environment: Environment, fee: npt.ArrayLike) -> Environment:
    """The economy left after a fee (q, r) per agent; p1 is the ratio of what is left."""
    (in_q, in_r) = np.asarray(fee, float)
    if not (0 <= in_q < environment.endowment_q and 0 <= in_r < environment.endowment_r):
        raise NoFee(
            f"A fee of {in_q:g} of q and {in_r:g} of r is not between nothing and the endowment of {environment.endowment_q:g} and"
            f" {environment.endowment_r:g}."
        )
    return replace(environment, endowment_q=environment.endowment_q - in_q, endowment_r=environment.endowment_r - in_r)


def entry_fee(environment: Environment, covers: Covered = "states") -> EntryFee:
    """The least fee per good that brings in what it ``covers``, at post-fee endowments. Raises NoFee.

    By default it finances the mechanism in every state, in expectation given the state.
    """
    fee = np.zeros(2)
    for _ in range(ROUNDS):
        left = after_fee(environment, fee)
        kept = books(left)
        wanted = kept.covered(covers) / environment.agents
        if np.abs(wanted - fee).max() <= SETTLED * max(environment.endowment_q, environment.endowment_r):
            return EntryFee(wanted, left, kept)
        fee = wanted
    raise NoFee("No fee was found that covers exactly what the mechanism pays out in the economy that is left after it.")


def participation(environment: Environment, fee: npt.ArrayLike) -> Participation:
    """Whether agents enter at a fee: expected points in the equilibrium of the economy after it, less those of the whole endowment."""
    left = after_fee(environment, fee)
    intervals(left)
    weight, tau = environment.utility.weight, private_posterior(environment)
    keep = environment.utility.points(environment.endowment_q, environment.endowment_r, weight)
    active = np.zeros((len(environment.states), len(environment.types)))
    for chunk in likely_configurations(left, left.active, _tail(environment)):
        there = (chunk.probability > 0).any(axis=1)
        counts, chance = chunk.configurations[there], chunk.probability[there]
        bundles = solve_stage2(left, counts).bundles
        points = environment.utility.points(bundles[:, :, None, 0], bundles[:, :, None, 1], weight)
        share = np.where(counts[:, :, None] > 0, chance[:, None, :] * (counts / left.active)[:, :, None], 0.0)
        active += np.where(share > 0, share * points, 0.0).sum(axis=0).T
    with np.errstate(divide="ignore", invalid="ignore"):
        active = np.where(environment.likelihood > 0, active / environment.likelihood, 0.0)
    optimum = stage1_optimum(left).offers
    bundles = bundles_at_price(optimum, left.fixed_price, left.endowment)
    inactive = environment.utility.points(bundles[:, None, 0], bundles[:, None, 1], weight).T
    pi = environment.inactive_probability
    over = (1 - pi) * active + pi * inactive - keep.T
    by_type = np.where(tau > 0, tau * over.T, 0.0).sum(axis=1)
    ex_ante = float((environment.prior[:, None] * environment.likelihood * over).sum())
    return Participation(by_type, ex_ante)


def _allowed(env: Environment, configurations: IntArray) -> BoolArray:
    """Which configurations (B, K) each state allows (B, Z), however unlikely: probabilities can be too small for a number."""
    return np.asarray(((configurations[:, None, :] == 0) | (env.likelihood > 0)).all(axis=2))


def _price_bounds(env: Environment) -> list[float]:
    """The stage-2 prices if all M agents had the least, or the largest, weight of any type in any state."""
    ends = []
    for weight in (env.utility.weight.min(), env.utility.weight.max()):
        tastes = replace(env.utility, weight=np.full((1, len(env.states)), weight))
        alike = replace(env, types=("any",), likelihood=np.ones((len(env.states), 1)), utility=tastes)
        ends.append(float(solve_stage2(alike, [[env.active]]).price[0]))
    return ends


def _tail(env: Environment) -> float:
    return BUDGET.tail(env, env.active, TAIL)
