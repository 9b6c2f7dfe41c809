"""The Corollary's "almost ex post efficient", taken apart: what the inactive, the exogenous offers, and the rest of the way each cost.

The efficient outcome is what all N agents would reach alone if they knew the state: a competitive equilibrium without exogenous
offers. From there to what they did, one thing changes at a time, and the losses add up:

- inactive agents: N - M agents trade at p1 and not in the market;
- exogenous offers: the market has them;
- information: the active hold the posterior phi^sigma that their types give, not the state;
- market power: they know that they move the price, as in Proposition 1;
- behaviour: what people did, at both stages, instead of alpha* and beta^sigma.

A loss can be negative. In points, because the competitive allocation does not maximise a sum of points, and because the exogenous
offers and the trades of the inactive can bring in goods; Debreu's coefficient is free of both, since it is about the goods that the
agents hold, whoever brought them, but it too can rise where one distortion offsets another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.efficiency.coefficients import gains_share, mrs_dispersion, resource_utilisation
from theory.efficiency.expectations import affordable_tail, expectations
from theory.equilibrium.closed_economy import closed_economy
from theory.equilibrium.rivals import COMPETITIVE, COMPETITIVE_STATE, NASH, rival_outcome
from theory.equilibrium.stage1 import stage1_optimum
from theory.information.counting import largest_remainders
from theory.information.counts import Counts, one_of_counts
from theory.information.enumeration import likely_configurations
from theory.mechanism import bundles_at_price

EFFICIENT, ONLY_INACTIVE, KNOWN_STATE, PRICE_TAKING, EQUILIBRIUM, OBSERVED = (
    "efficient",
    "some inactive",
    "exogenous offers",
    "price taking",
    "equilibrium",
    "observed",
)
PREDICTED = (EFFICIENT, ONLY_INACTIVE, KNOWN_STATE, PRICE_TAKING, EQUILIBRIUM)
LOSSES = ("inactive agents", "exogenous offers", "information", "market power", "behaviour")
"""What is lost between one outcome and the next."""

AUTARKY = "autarky"


@dataclass(frozen=True)
class Outcome:
    """One allocation of a market round at its state.

    ``points`` per agent; ``gains_share`` of the gains from trade, nan where there are none; ``coefficient`` Debreu's;
    ``mrs_dispersion`` the standard deviation of ln U_q/U_r.
    """

    name: str
    points: float
    gains_share: float
    coefficient: float
    mrs_dispersion: float


@dataclass(frozen=True)
class Loss:
    """What one ``cause`` costs: in ``points`` per agent, and in Debreu's ``coefficient`` (nan where only points are known)."""

    cause: str
    points: float
    coefficient: float


@dataclass(frozen=True)
class Welfare:
    """A market round's ``outcomes``, from the efficient one on, and ``autarky``. The ``losses`` between them add up."""

    autarky: Outcome
    outcomes: tuple[Outcome, ...]

    def __getitem__(self, name: str) -> Outcome:
        """An outcome by its name."""
        return {outcome.name: outcome for outcome in (self.autarky, *self.outcomes)}[name]

    @property
    def losses(self) -> tuple[Loss, ...]:
        """One for each step from an outcome to the next."""
        steps = zip(LOSSES, self.outcomes, self.outcomes[1:], strict=False)
        return tuple(Loss(cause, a.points - b.points, a.coefficient - b.coefficient) for cause, a, b in steps)


@dataclass(frozen=True)
class ExpectedWelfare:
    """Points per agent expected before nature moves: of ``autarky``, and of each of the ``outcomes`` named in PREDICTED."""

    autarky: float
    outcomes: tuple[float, ...]

    def __getitem__(self, name: str) -> float:
        """The points of an outcome by its name."""
        return {AUTARKY: self.autarky, **dict(zip(PREDICTED, self.outcomes, strict=True))}[name]

    @property
    def losses(self) -> tuple[Loss, ...]:
        """One for each step from an outcome to the next, in points."""
        steps = zip(LOSSES, self.outcomes, self.outcomes[1:], strict=False)
        return tuple(Loss(cause, a - b, float("nan")) for cause, a, b in steps)


@dataclass(frozen=True, eq=False)
class Allocations:
    """The bundles in goods under each outcome of PREDICTED for B market rounds: of the ``active`` and of the ``inactive``, each
    (B, 5, K, 2) by type; entries for a type without agents have no meaning."""

    active: FloatArray
    inactive: FloatArray


def allocations(environment: Environment, states: npt.ArrayLike, active: npt.ArrayLike, inactive: npt.ArrayLike) -> Allocations:
    """The bundles of all agents under the outcomes of PREDICTED in B market rounds, in the states (B,), as indices.

    ``active`` and ``inactive`` (B, K) count the agents of each type. Each distinct market round is solved once. Raises what
    ``rival_outcome`` and ``closed_economy`` raise.
    """
    counts, others = np.asarray(active, np.int64), np.asarray(inactive, np.int64)
    distinct, which = np.unique(np.column_stack([counts, others, np.asarray(states, np.int64)]), axis=0, return_inverse=True)
    size = len(environment.types)
    counts, others, state = distinct[:, :size], distinct[:, size:-1], distinct[:, -1]
    certain = np.eye(len(environment.states))[state]
    efficient = closed_economy(environment, counts + others, certain).bundles
    markets = (
        closed_economy(environment, counts, certain).bundles,
        rival_outcome(environment, COMPETITIVE_STATE, counts, state).bundles,
        rival_outcome(environment, COMPETITIVE, counts).bundles,
        rival_outcome(environment, NASH, counts).bundles,
    )
    fixed = np.broadcast_to(_fixed_price_bundles(environment), efficient.shape)
    within = np.stack([efficient, *markets], axis=1)
    apart = np.stack([efficient, *(fixed for _ in markets)], axis=1)
    return Allocations(within[which], apart[which])


def welfare(
    environment: Environment,
    state: int | str,
    active: Counts,
    inactive: Counts,
    observed: npt.ArrayLike | None = None,
) -> Welfare:
    """Welfare of a market round in a state, where ``active`` and ``inactive`` (K,) count the agents of each type.

    ``observed`` are the bundles (N, 2) that people held at the end, in goods: first those of the active by type, then those of the
    inactive by type. Raises what ``rival_outcome``, ``closed_economy`` and ``resource_utilisation`` raise.
    """
    place = environment.state_index(state) if isinstance(state, str) else state
    counts, others = one_of_counts(environment, active).astype(np.int64), one_of_counts(environment, inactive).astype(np.int64)
    kinds = np.arange(len(environment.types))
    here, away = kinds[counts > 0], kinds[others > 0]
    types, heads = np.concatenate([here, away]), np.concatenate([counts[here], others[away]])
    nothing = np.tile(environment.endowment, (len(types), 1))
    predicted = allocations(environment, [place], counts[None, :], others[None, :])
    bundles = [
        np.concatenate([market[here], apart[away]]) for market, apart in zip(predicted.active[0], predicted.inactive[0], strict=True)
    ]
    people = [(types, heads)] * len(bundles)
    if observed is not None:
        bundles.append(np.asarray(observed, float))
        everyone = np.concatenate([np.repeat(kinds, counts), np.repeat(kinds, others)])
        people.append((everyone, np.ones(len(everyone))))
    least, most = (_points(environment, place, types, heads, allocation) for allocation in (nothing, bundles[0]))
    names = (*PREDICTED, OBSERVED)
    outcomes = tuple(
        _outcome(environment, place, name, *who, allocation, least, most)
        for name, who, allocation in zip(names, people, bundles, strict=False)
    )
    return Welfare(_outcome(environment, place, AUTARKY, types, heads, nothing, least, most), outcomes)


def expected_welfare(environment: Environment) -> ExpectedWelfare:
    """Expected points per agent under each outcome of PREDICTED: sums over all type configurations, or all likely ones.

    Raises InvalidEnvironment if these are too many.
    """
    chance = environment.prior @ environment.likelihood
    apart = environment.inactive_probability
    waiting = float(chance @ stage1_optimum(environment).value)

    def mixed(active: float) -> float:
        return (1 - apart) * active + apart * waiting

    rivals = [expectations(environment, rival).active for rival in (COMPETITIVE_STATE, COMPETITIVE, NASH)]
    known = [float(chance[chance > 0] @ points[chance > 0]) for points in rivals]
    alone = (_expected_alone(environment, environment.agents), mixed(_expected_alone(environment, environment.active)))
    keep = environment.points_of_endowment().T
    return ExpectedWelfare(float((environment.prior[:, None] * environment.likelihood * keep).sum()), (*alone, *map(mixed, known)))


def typical_market(environment: Environment, state: int | str) -> tuple[IntArray, IntArray]:
    """The counts (K,) of active and of inactive agents whose shares of types are nearest to mu_z, by largest remainders."""
    shares = environment.likelihood[environment.state_index(state) if isinstance(state, str) else state]
    active, inactive = (
        np.array(largest_remainders((shares * size).tolist(), size, error=1e-9), np.int64)
        for size in (environment.active, environment.agents - environment.active)
    )
    return active, inactive


def _expected_alone(env: Environment, size: int) -> float:
    """Expected points per agent where ``size`` agents trade alone and know the state."""
    points, seen = 0.0, 0.0
    for chunk in likely_configurations(env, size, affordable_tail(env, size)):
        for z in range(len(env.states)):
            there = chunk.probability[:, z] > 0
            counts, chance = chunk.configurations[there], env.prior[z] * chunk.probability[there, z]
            if not there.any():
                continue
            bundles = closed_economy(env, counts, np.broadcast_to(np.eye(len(env.states))[z], (len(counts), len(env.states)))).bundles
            paid = env.utility.points(bundles[..., 0], bundles[..., 1], env.utility.weight[:, z])
            points += float(chance @ np.where(counts > 0, counts * paid, 0.0).sum(axis=1)) / size
            seen += float(chance.sum())
    return points / seen


def _fixed_price_bundles(env: Environment) -> FloatArray:
    """What alpha* leads to at p1, (K, 2)."""
    return bundles_at_price(stage1_optimum(env).offers, env.fixed_price, env.endowment)


def _points(env: Environment, state: int, types: IntArray, heads: IntArray, bundles: FloatArray) -> float:
    """Points per agent."""
    paid = env.utility.points(bundles[:, 0], bundles[:, 1], env.utility.weight[types, state])
    return float(heads @ paid / heads.sum())


def _outcome(
    env: Environment, state: int, name: str, types: IntArray, heads: IntArray, bundles: FloatArray, least: float, most: float
) -> Outcome:
    certain = np.eye(len(env.states))[state]
    return Outcome(
        name,
        points := _points(env, state, types, heads, bundles),
        gains_share(points, least, most),
        resource_utilisation(env, types, bundles, certain, heads).coefficient,
        mrs_dispersion(env, types, bundles, certain, heads),
    )
