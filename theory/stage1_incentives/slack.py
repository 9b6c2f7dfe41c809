"""Whether the candidate of section 3.2 is an equilibrium: what a defection gains at stage 1, eq. (22), for a given number of agents.

Stage-1 offers matter in two ways. The inactive get G_x(a) = L_x(q1(a)), largest at alpha*(x). The active are read through the intervals
I(y), so F_x^N(a) depends on y alone (``theory.stage1_incentives.active_value``). The best defection towards y is therefore the offer in
I(y) that costs least when inactive, and because L_x is strictly concave that is the end of I(y) nearest to alpha*(x). An upper end is not
in I(y) but offers next to it are: the gain is a supremum there, and a supremum of zero is never reached.

A player's chance of being inactive is (N - M)/N. Eq. (22) is printed with eta, which is the same only if eta N is
a whole number: with N < 1/eta nobody is ever inactive, and no offer costs anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.economy.labels import TYPES, Labelled, axes
from theory.equilibrium.stage1 import intervals, stage1_optimum
from theory.equilibrium.stage2 import NotSolved
from theory.information.beliefs import private_posterior
from theory.stage1_incentives.active_value import BUDGET, ActiveValue, active_values

ACCURACY = 1e-9
"""Error allowed in a gain, in points, if not all type configurations are summed over."""

ROUNDING = 1e-13
"""Gains below this fraction of the points at stake are zero up to rounding."""


@dataclass(frozen=True, eq=False, repr=False)
class Incentives(Labelled):
    """G_x^N over all ways of being read, with N = ``agents`` and M = ``active``; all in points, own type first, type read second.

    ``gain`` (K, K) is the supremum of G_x^N over I(y) less G_x^N(alpha*(x)), nan for the agent's own type. It weighs ``loss`` (K, K), what
    the best offer in I(y) costs an inactive agent, against ``advantage`` (K, K), F_x(y) - F_x(x). ``error_bound`` is how far a gain can be
    off because unlikely types of the others were left out, and ``rounding`` what counts as zero. ``configurations`` were solved.
    """

    agents: int
    active: int
    inactive_probability: float
    gain: FloatArray = field(metadata=axes(TYPES, TYPES))
    loss: FloatArray = field(metadata=axes(TYPES, TYPES))
    advantage: FloatArray = field(metadata=axes(TYPES, TYPES))
    error_bound: float
    rounding: float
    configurations: int
    types: tuple[str, ...]
    states: tuple[str, ...]

    @property
    def largest_gain(self) -> float:
        """The gain of the best defection; minus infinity if there is only one type."""
        return float(np.max(self.gain, initial=-np.inf, where=~np.isnan(self.gain)))

    @property
    def candidate_is_equilibrium(self) -> bool:
        """Whether nobody gains by defecting: (alpha*, s2*, phi*) is an equilibrium."""
        return self.largest_gain <= self.rounding

    @property
    def decided(self) -> bool:
        """Whether the verdict holds for the exact gains too, whatever was left out."""
        return abs(self.largest_gain - self.rounding) >= self.error_bound


def incentives(environment: Environment, inactive_probability: float | None = None) -> Incentives:
    """The gains from defecting at stage 1 in an environment, eq. (22)-(26), within 1e-9 points.

    ``inactive_probability`` replaces (N - M)/N, by eta for instance. Raises NotSeparating if two types have the same alpha*,
    TooManyConfigurations, what ``solve_stage2`` raises, and NotSolved where points are no finite numbers.

    >>> from theory import incentives, read_environment
    >>> found = incentives(read_environment("environments/mixed_values.toml"))
    >>> round(found["gain"]["green"]["blue"], 3), found.candidate_is_equilibrium
    (-1.82, True)
    """
    return incentives_at(environment, [environment.agents], inactive_probability)[0]


def incentives_at(
    environment: Environment,
    agents: Sequence[int],
    inactive_probability: float | None = None,
    accuracy: float = ACCURACY,
    exact_up_to: int = BUDGET.exact,
    on_progress: Callable[[int], object] | None = None,
) -> tuple[Incentives, ...]:
    """``incentives`` for several N at once, in their order; markets with the same M share their stage 2.

    With more than ``exact_up_to`` type configurations the error stays within ``accuracy`` points. ``on_progress`` receives the number of
    M that are done.
    """
    env = _without_shift(environment)
    loss = imitation_loss(env)
    markets = [env.with_agents(n) for n in agents]
    sizes = sorted({market.active for market in markets})
    values = dict(zip(sizes, active_values(env, sizes, accuracy, exact_up_to, on_progress), strict=True))
    return tuple(_incentives(market, inactive_probability, loss, values[market.active]) for market in markets)


def imitation_loss(environment: Environment) -> FloatArray:
    """L_x(q1(alpha*(x))) less the supremum of L_x over I(y), in points, (K, K); zero for the agent's own type."""
    env = _without_shift(environment)
    cut, optimum = intervals(env), stage1_optimum(env)
    nearest = np.clip(optimum.q1[:, None], cut.lower, cut.upper)
    loss = optimum.value[:, None] - _value_when_inactive(env, nearest)
    np.fill_diagonal(loss, 0.0)
    return np.asarray(loss)


def _without_shift(env: Environment) -> Environment:
    """The same economy with points shifted: gains are the same, and a large shift costs them no digits."""
    return replace(env, utility=replace(env.utility, shift=0.0)) if env.utility.shift else env


def _value_when_inactive(env: Environment, quantity: FloatArray) -> FloatArray:
    """L_x(q) of the proof of Claim 1, for types x in rows: shape (K, n)."""
    other_good = np.maximum(env.endowment_r + env.fixed_price * (env.endowment_q - quantity), 0.0)  # nothing, not a rounding error below
    return env.utility.expected_points(quantity, other_good, env.utility.weight[:, None], private_posterior(env)[:, None])


def _incentives(market: Environment, inactive_probability: float | None, loss: FloatArray, value: ActiveValue) -> Incentives:
    inactive = market.inactive_probability if inactive_probability is None else inactive_probability
    advantage = value.over_autarky - np.diag(value.over_autarky)[:, None]
    gain = (1 - inactive) * advantage - inactive * loss
    if np.isnan(gain).any():
        raise NotSolved(f"With {market.agents} agents some gain from defecting is unknown: the points at stake are no finite numbers.")
    np.fill_diagonal(gain, np.nan)
    stake = np.abs(market.points_of_endowment()).max() + np.abs(value.over_autarky).max()
    return Incentives(
        agents=market.agents,
        active=market.active,
        inactive_probability=inactive,
        gain=gain,
        loss=loss,
        advantage=advantage,
        error_bound=(1 - inactive) * float(value.missing.max()),
        rounding=ROUNDING * float(stake),
        configurations=value.configurations,
        types=market.types,
        states=market.states,
    )
