r"""Stage 2 after signals (section 3.3): symmetric equilibria when the others' types, and so the price, are random to an agent.

Given a signal configuration lambda an agent of type x holds the posterior of eq. (29) and, in each state, the distribution of
eq. (30) over the others' types, hence over their totals (Q_-, R_-). It maximises

    H_x(b) = sum_z phi_x(z) E_z u(q-bar + (b_r Q_- - b_q R_-)/(R_- + b_r), r-bar + (b_q R_- - b_r Q_-)/(Q_- + b_q); x, z).

On each side of the market H_x is strictly concave: an expectation of strictly concave functions of the amount offered. But
eq. (17) fails. An offer of q pays at first iff E[u_r p] > E[u_q], an offer of r iff E[u_q/p] > E[u_r], and both can hold when p is
random: then each side has a local maximum, the better one must be found by comparing them, and the best reply can jump. Neither
Brouwer's theorem nor the argument for uniqueness applies, and Theorem 2 claims no existence. So the search starts from several
places and keeps every equilibrium it finds; finding none is a valid answer.

With one signal for all types this is the game without an announcement, with a signal for each type that of ``theory.equilibrium.stage2``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.economy.labels import GOODS, STATES, TYPES, Labelled, axes
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.stage1 import stage1_optimum
from theory.equilibrium.stage2 import NotSolved
from theory.information.signals import InvalidSignals, Partition, others_types, partition_of, public_posterior, signal_posterior
from theory.mechanism import bundle_against_totals, net_offers, offers_of_net

STEPS = 60
RANDOM_STARTS = 6
DAMPING = (0.5, 0.2)
SETTLED = 1e-4
"""A damped step that moves no offer by more than this part of the endowment hands over to Newton's method."""
RESIDUAL_TOLERANCE = 1e-9
"""Largest distance from a best reply, as a part of the endowment, at which offers count as an equilibrium."""
SAME = 1e-6
"""Equilibria that differ by less than this part of the endowment are one."""
DEEPEST = 36.0
"""No offer leaves less than e^-36 of a good, the last digit of a floating point number."""
SCAN = 200
"""Offers on each side that the regret is also measured against."""


@dataclass(frozen=True, eq=False)
class PriceRange:
    """The price R/Q of one state, over the types that may stand behind the signals: its mean and its extremes."""

    mean: float
    lowest: float
    highest: float


@dataclass(frozen=True, eq=False, repr=False)
class SignalEquilibrium(Labelled):
    """beta^lambda: ``offers`` (K, 2) in goods, nan for types that no state allows with these signals or whose cell sent none.

    ``expected_points`` (K,) under each type's own belief; ``prices`` by state, None where the signals exclude the state; ``residual``
    the largest distance in goods from a best reply; ``regret`` (K,) the points that the best reply, or the best of a fine grid of
    offers on both sides, would add: at most rounding.
    """

    offers: FloatArray = field(metadata=axes(TYPES, GOODS))
    expected_points: FloatArray = field(metadata=axes(TYPES))
    prices: tuple[PriceRange | None, ...] = field(metadata=axes(STATES))
    residual: float
    regret: FloatArray = field(metadata=axes(TYPES))
    types: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class SignalEquilibria(Labelled):
    """All equilibria found for one signal configuration, ``starts`` of the search, and how many ``settled``.

    ``posterior`` (K, Z) of eq. (29), nan for types without offers; ``left_out`` bounds the probability, per state and type, of the
    configurations that the expectations leave out.
    """

    signals: tuple[int, ...]
    posterior: FloatArray = field(metadata=axes(TYPES, STATES))
    equilibria: tuple[SignalEquilibrium, ...]
    starts: int
    settled: int
    left_out: float
    types: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Agent:
    """A type with its belief: the others' ``counts`` (B, K) and the ``chance`` (B, Z) of each with each state, which sums to 1."""

    kind: int
    counts: IntArray
    chance: FloatArray
    left_out: float


def semipooling_equilibria(
    environment: Environment,
    partition: Partition | Sequence[Sequence[str]],
    signals: npt.ArrayLike,
    seed: int = 0,
    on_progress: Callable[[int, int], object] | None = None,
) -> SignalEquilibria:
    """Search for the symmetric equilibria beta^lambda given ``signals`` (C,), how many active agents sent each. M is their sum.

    ``partition`` may be cells of types' names. ``seed`` draws some of the starts; ``on_progress`` receives the number done and the
    total. Raises InvalidSignals, and ImpossibleConfiguration for signals that no state allows.
    """
    cells = partition if isinstance(partition, Partition) else partition_of(environment, partition)
    game = _Game(environment, cells, _counts(cells, signals))
    found: list[FloatArray] = []
    settled, starts = 0, list(game.starts(np.random.default_rng(seed)))
    for done, start in enumerate(starts, start=1):
        net = game.settle(start)
        if on_progress is not None:
            on_progress(done, len(starts))
        if net is None:
            continue
        settled += 1
        if all(np.abs(net - other).max() > SAME for other in found):
            found.append(net)
    equilibria = tuple(sorted((game.equilibrium(net) for net in found), key=lambda e: float(-np.nansum(e.expected_points))))
    names = environment.types, environment.states
    return SignalEquilibria(tuple(game.signals), game.posterior(), equilibria, len(starts), settled, game.left_out, *names)


def one_stage_equilibria(environment: Environment, agents: int | None = None, seed: int = 0) -> SignalEquilibria:
    """The game without a first stage: ``agents`` players (M unless given) offer knowing only their own types."""
    everybody = Partition((tuple(range(len(environment.types))),))
    return semipooling_equilibria(environment, everybody, [environment.active if agents is None else agents], seed)


def one_stage_offers(environment: Environment, agents: int | None = None) -> FloatArray:
    """The prediction without an announcement: the offers (K, 2) of the equilibrium of the game without a first stage.

    If there are several equilibria, the one with the largest sum of points over the types. Raises NotSolved if none is found.
    """
    found = one_stage_equilibria(environment, agents)
    if not found.equilibria:
        raise NotSolved(f"No equilibrium of the game without an announcement was found from {found.starts} starts.")
    return found.equilibria[0].offers


def _counts(partition: Partition, signals: npt.ArrayLike) -> list[int]:
    given = np.atleast_1d(np.asarray(signals))
    if given.shape != (len(partition.cells),):
        raise InvalidSignals(f"{given.size} signal counts are given, but the partition has {len(partition.cells)} cells.")
    counts = [int(n) for n in given]
    if any(n != m or n < 0 for n, m in zip(counts, given, strict=True)):
        raise InvalidSignals("Signal counts must be whole numbers of at least 0.")
    if sum(counts) < 1:
        raise InvalidSignals("The signal counts sum to 0, but a stage-2 market needs at least one agent.")
    return counts


class _Game:
    """One signal configuration. A strategy is a net offer per type, in parts of the endowment."""

    def __init__(self, environment: Environment, partition: Partition, signals: list[int]) -> None:
        self.env, self.partition, self.signals = environment, partition, signals
        self.ends = environment.endowment
        self.exogenous = environment.exogenous(sum(signals))
        self.everybody = public_posterior(environment, partition, signals)
        self.all_types = others_types(environment, partition, signals)
        self.agents = [agent for kind in range(len(environment.types)) if (agent := self._agent(kind)) is not None]
        self.left_out = max(agent.left_out for agent in self.agents)

    def posterior(self) -> FloatArray:
        belief = np.full((len(self.env.types), len(self.env.states)), np.nan)
        for agent in self.agents:
            belief[agent.kind] = signal_posterior(self.env, self.partition, self._others_signals(agent.kind), agent.kind)
        return belief

    def starts(self, generator: np.random.Generator) -> Iterator[FloatArray]:
        kinds = len(self.env.types)
        yield np.zeros(kinds)
        for offers in (*competitive_equilibrium(self.env).offers, stage1_optimum(self.env).offers):
            yield net_offers(offers, self.ends)
        yield np.full(kinds, -0.9)
        yield np.full(kinds, 0.9)
        for _ in range(RANDOM_STARTS):
            yield -generator.uniform(-1, 1, kinds)

    def settle(self, start: FloatArray) -> FloatArray | None:
        """The equilibrium that the search from ``start`` ends at, or None: damped best replies first, then Newton's method."""
        from scipy.optimize import root

        for damping in DAMPING:
            net = start
            for _ in range(STEPS):
                step = self.replies(net) - net
                net = net + damping * step
                if np.abs(step).max() <= SETTLED:
                    break
            polished = root(lambda net: self.replies(np.clip(net, -1, 1)) - net, net, tol=1e-14)
            for candidate in (np.clip(polished.x, -1, 1), net):
                reply = self.replies(candidate)
                if np.abs(self.replies(reply) - reply).max() <= RESIDUAL_TOLERANCE:
                    return reply
        return None

    def replies(self, net: FloatArray) -> FloatArray:
        """Every type's best reply to the strategy ``net`` of all others; 0 for a type that cannot be there."""
        replies = np.zeros_like(net)
        for agent in self.agents:
            replies[agent.kind] = self._reply(agent, self._totals(agent, net))
        return replies

    def equilibrium(self, net: FloatArray) -> SignalEquilibrium:
        shape = len(self.env.types)
        offers, points, regret = np.full((shape, 2), np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
        replies = self.replies(net)
        for agent in self.agents:
            totals = self._totals(agent, net)
            offers[agent.kind] = self._offer(net[agent.kind])
            points[agent.kind] = self._value(agent, totals, net[agent.kind])
            tried = [*np.linspace(-1, 1, 2 * SCAN + 1), replies[agent.kind]]
            regret[agent.kind] = max(self._value(agent, totals, other) for other in tried) - points[agent.kind]
        gap = np.abs(replies - net)
        residual = float((gap * np.where(np.minimum(net, replies) < 0, *self.ends)).max())
        names = self.env.types, self.env.states
        return SignalEquilibrium(offers, points, self._prices(net), residual, np.maximum(regret, 0.0), *names)

    def _agent(self, kind: int) -> _Agent | None:
        if self.signals[self.partition.cell_of(kind)] == 0 or not (self.everybody * self.env.likelihood[:, kind]).any():
            return None
        others = others_types(self.env, self.partition, self._others_signals(kind))
        belief = signal_posterior(self.env, self.partition, self._others_signals(kind), kind)
        chance = belief * others.probability
        likely = chance.any(axis=1)
        return _Agent(kind, others.counts[likely], chance[likely] / chance.sum(), others.left_out)

    def _others_signals(self, kind: int) -> list[int]:
        own = self.partition.cell_of(kind)
        return [n - (place == own) for place, n in enumerate(self.signals)]

    def _totals(self, agent: _Agent, net: FloatArray) -> FloatArray:
        """The others' totals (Q_-, R_-) for each configuration of their types, shape (B, 2)."""
        return np.asarray(agent.counts @ offers_of_net(net, self.ends) + self.exogenous)

    def _reply(self, agent: _Agent, totals: FloatArray) -> float:
        """The better of the best offer of q and the best offer of r."""
        best = [self._best_on_side(agent, totals, side) for side in (-1.0, 1.0)]
        if 0.0 in best:
            return sum(best)
        return max(best, key=lambda net: self._value(agent, totals, net))

    def _best_on_side(self, agent: _Agent, totals: FloatArray, side: float) -> float:
        from scipy.optimize import brentq

        def slope(depth: float) -> float:
            return self._slope(agent, totals, side, depth)

        if slope(0.0) <= 0:
            return 0.0
        depth = DEEPEST if slope(DEEPEST) >= 0 else brentq(slope, 0.0, DEEPEST, xtol=1e-15, rtol=8.9e-16)
        return float(-side * np.expm1(-depth))

    def _slope(self, agent: _Agent, totals: FloatArray, side: float, depth: float) -> float:
        """The derivative of H_x in the amount offered, where e^-depth of the good is kept."""
        given, got = (1, 0) if side > 0 else (0, 1)
        part = -np.expm1(-depth)
        others_given, others_got = totals[:, given], totals[:, got]
        bundle = np.empty((len(totals), 2))
        bundle[:, given] = self.ends[given] * np.exp(-depth)
        bundle[:, got] = self.ends[got] + self.ends[given] * part * others_got / (others_given + self.ends[given] * part)
        terms = others_got * others_given / (others_given + self.ends[given] * part) ** 2
        marginal = self.env.utility.marginal_points(bundle[:, :1], bundle[:, 1:], self.env.utility.weight[agent.kind])
        return float((agent.chance * (marginal[got] * terms[:, None] - marginal[given])).sum())

    def _value(self, agent: _Agent, totals: FloatArray, net: float) -> float:
        """H_x of a net offer, in points."""
        bundle = bundle_against_totals(self._offer(net), totals[:, 0], totals[:, 1], self.ends)
        points = self.env.utility.points(bundle[:, :1], bundle[:, 1:], self.env.utility.weight[agent.kind])
        with np.errstate(invalid="ignore"):  # an offer of everything can be worth minus infinity, even in a state of probability zero
            return float(np.where(agent.chance > 0, agent.chance * points, 0.0).sum())

    def _offer(self, net: float) -> FloatArray:
        return offers_of_net(net, self.ends)

    def _prices(self, net: FloatArray) -> tuple[PriceRange | None, ...]:
        totals = self.all_types.counts @ offers_of_net(net, self.ends) + self.exogenous
        price = totals[:, 1] / totals[:, 0]
        ranges: list[PriceRange | None] = []
        for state, chance in enumerate(self.all_types.probability.T):
            there = chance > 0
            if self.everybody[state] == 0 or not there.any():
                ranges.append(None)
                continue
            mean = float(chance @ price / chance.sum())
            ranges.append(PriceRange(mean, float(price[there].min()), float(price[there].max())))
        return tuple(ranges)
