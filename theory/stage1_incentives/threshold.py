"""The number of agents from which on the candidate of section 3.2 is an equilibrium: Theorem 1's N-bar, computed.

Theorem 1 says that some N-bar exists. Every N up to a maximum is checked here, and ``theory.stage1_incentives.tail_bound`` gives a
number, if it can, from which on a bound shows that every N passes. If the two meet, the threshold is proved for all N; otherwise it is
checked up to the maximum only. Gains are not monotone in N: M jumps, and with N < 1/eta nobody is inactive. So the first N that passes
need not be the threshold.

Only the sign of the largest gain is needed. Each N is first computed without as many unlikely type configurations as a tolerance
of a hundredth of the smallest loss allows, and again with all of them if the bound on what was left out does not decide the sign.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from theory.economy.arrays import BoolArray, FloatArray, IntArray
from theory.economy.environment import Environment
from theory.stage1_incentives.slack import Incentives, imitation_loss, incentives_at
from theory.stage1_incentives.tail_bound import tail_bound

LEAST_AGENTS = 2
PART_OF_LOSS = 0.01
"""The error allowed in the first pass, as a fraction of the smallest loss weighted by eta."""

Status = Literal["proved", "checked"]


class ThresholdContradiction(RuntimeError):
    """A number of agents fails although the bound on the tail says that it must pass. The message is one sentence."""


@dataclass(frozen=True, eq=False)
class Threshold:
    """Which N from 2 to ``max_agents`` pass.

    ``first`` is the first that passes, ``threshold`` the smallest from which all pass; None if there is none. ``agents`` (n,) are the N
    and ``passes`` (n,), ``largest_gain`` (n,) and ``error_bound`` (n,), both in points, what was found. ``status`` says whether every
    larger N passes too: "proved" by the bound on the tail, which holds from ``proved_from`` on (None where there is no bound), or
    only "checked" up to the maximum. ``reason`` is a sentence about the bound.
    """

    first: int | None
    threshold: int | None
    max_agents: int
    agents: IntArray
    passes: BoolArray
    largest_gain: FloatArray
    error_bound: FloatArray
    status: Status
    proved_from: int | None
    reason: str


def threshold(environment: Environment, max_agents: int, on_progress: Callable[[int, int], object] | None = None) -> Threshold:
    """Check every N from 2 to ``max_agents``.

    ``on_progress`` receives the number of market sizes done and the total. Raises NotSeparating if two types have the same
    alpha*, TooManyConfigurations, and ThresholdContradiction rather than report an impossible result.
    """
    if max_agents < LEAST_AGENTS:
        raise ValueError(f"the largest number of agents is {max_agents}; it must be at least {LEAST_AGENTS}.")
    found = _checked(environment, max_agents, on_progress)
    passes = np.array([market.candidate_is_equilibrium for market in found])
    failing = np.flatnonzero(~passes)
    last = LEAST_AGENTS + int(failing[-1]) if failing.size else LEAST_AGENTS - 1
    tail = tail_bound(environment)
    if tail.agents is not None and tail.agents <= last:
        raise ThresholdContradiction(
            f"With {last} agents some type gains by defecting, but every number from {tail.agents} on is said to pass."
        )
    proved = tail.agents is not None and tail.agents <= max_agents + 1
    return Threshold(
        first=LEAST_AGENTS + int(passes.argmax()) if passes.any() else None,
        threshold=last + 1 if last < max_agents else None,
        max_agents=max_agents,
        agents=np.arange(LEAST_AGENTS, max_agents + 1),
        passes=passes,
        largest_gain=np.array([market.largest_gain for market in found]),
        error_bound=np.array([market.error_bound for market in found]),
        status="proved" if proved else "checked",
        proved_from=tail.agents,
        reason=tail.reason,
    )


def _checked(env: Environment, max_agents: int, on_progress: Callable[[int, int], object] | None) -> list[Incentives]:
    """The incentives of every N, computed until the sign of each is decided."""
    loss = imitation_loss(env)
    least = loss[loss > 0].min(initial=np.inf)
    agents = range(LEAST_AGENTS, max_agents + 1)
    sizes = len({env.with_agents(n).active for n in agents})
    report = None if on_progress is None else lambda done: on_progress(done, sizes)
    accuracy = PART_OF_LOSS * float(env.inactive_share) * float(least)
    found = list(incentives_at(env, agents, None, accuracy, 0, report))
    unsure = [market.agents for market in found if not market.decided]
    if unsure:
        for market in incentives_at(env, unsure):
            found[market.agents - LEAST_AGENTS] = market
    return found
