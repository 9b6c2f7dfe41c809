"""What being taken for another type is worth at stage 2 stays below its bound, and so does every quantity the bound is made of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from tests.economies import asymmetric_environment, in_other_units, make_environment, random_economy, relabelled, swapped, with_active
from tests.sizes import sized
from tests.theory.independent import best_reply
from theory.economy.environment import Environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, FAMILIES, LOG_COBB_DOUGLAS
from theory.equilibrium.reduced_game import Crossing, cross, parts_offered, reduced
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import posterior
from theory.mechanism import bundle_against_totals
from theory.stage1_incentives.interval_arrays import Range
from theory.stage1_incentives.sensitivity import (
    SIDES,
    Typical,
    _changes,
    _Market,
    _market,
    _stake,
    _Tastes,
    _tastes,
    _value_slopes,
    largest_gain,
    price_bounds,
)


def gain(env: Environment, others: np.ndarray, own: int, read: int) -> float:
    """D: the defector's best reply to others who see type ``read``, less that to others who see its own, at its own posterior."""
    unit, active = np.eye(len(others), dtype=int), others.sum() + 1
    belief = posterior(env, (others + unit[own])[None])[0]
    worth = []
    for seen in (read, own):
        beta = solve_stage2(env, (others + unit[seen])[None]).offers[0]
        there = others > 0
        totals = others[there] @ beta[there] + active * env.epsilon
        offer = best_reply(env, own, belief.tolist(), *totals.tolist())
        q, r = bundle_against_totals(offer, *totals, env.endowment)
        worth.append(float(env.utility.expected_points(q, r, env.utility.weight[own], belief)))
    return worth[0] - worth[1]


def known(others: np.ndarray) -> Range:
    """The shares of these others, known but for rounding."""
    shares = (others / others.sum())[:, None]
    return Range(np.maximum(shares - 1e-13, 0), np.minimum(shares + 1e-13, 1))


def moderate(generator: np.random.Generator, family: str) -> tuple[Environment, np.ndarray]:
    """An economy, and types of M - 1 others, whose consumption keeps its digits."""
    economy = random_economy(generator, family)
    curvature = {COBB_DOUGLAS: 0.7, CES: 0.6, CRRA: float(generator.choice([0.5, 3.0]))}.get(family)
    utility = replace(economy.environment.utility, curvature=curvature, rho=0.4 if family == CES else None)
    likelihood = 0.9 * economy.environment.likelihood + 0.1 / len(economy.configurations[0])
    return replace(economy.environment, utility=utility, likelihood=likelihood), economy.configurations[0]


def worst_odds(env: Environment, others: np.ndarray) -> tuple[int, np.ndarray]:
    """The state that is likeliest whatever type is added to the others, and the largest odds of the other states against it."""
    beliefs = posterior(env, others + np.eye(len(others), dtype=int))
    state = int(beliefs.min(axis=0).argmax())
    odds = (beliefs / beliefs[:, [state]]).max(axis=0) * (1 + 1e-9)
    odds[state] = 0
    return state, odds[:, None]


@pytest.mark.parametrize("family", FAMILIES)
def test_no_gain_exceeds_its_bound(family):
    generator, bounded, positive = np.random.default_rng(FAMILIES.index(family)), 0, 0
    for _ in range(sized(small=12, full=30)):
        env, others = moderate(generator, family)
        state, odds = worst_odds(env, others)
        width = generator.choice([0.0, 0.01, 0.1])
        exact = known(others)
        low = np.maximum(exact.low - width * generator.random(exact.low.shape), 0)
        shares = Range(low, np.minimum(exact.high + width * generator.random(exact.low.shape), 1))
        active = max(2, int((others.sum() + 1) * generator.choice([0.7, 1.0])))
        bound = largest_gain(env, state, Typical(shares, odds), active)[:, :, 0]
        for own, read in zip(*np.nonzero(~np.eye(len(others), dtype=bool)), strict=True):
            if np.isfinite(bound[own, read]):
                actual = gain(env, others, own, read)
                assert actual <= bound[own, read] + 1e-10 * (abs(env.utility.shift) + env.utility.scale)
                bounded += 1
                positive += actual > 1e-6
    assert bounded > sized(small=20, full=50)
    assert positive > sized(small=1, full=5)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_bound_is_nearly_the_gain_where_shares_and_state_are_known(family):
    env = asymmetric_environment(family)
    one = make_environment(
        env.utility.weight[:, :1], env.likelihood[:1], family, endowment=(3.0, 5.0), epsilon=(0.06, 0.25),
        curvature=env.utility.curvature, rho=0.3, scale=1e4,
    )  # fmt: skip
    others = np.array([900, 500, 599])
    bound = largest_gain(one, 0, Typical(known(others), np.zeros((1, 1))), 2000)[:, :, 0]
    actual = np.array([[gain(with_active(one, 2000), others, own, read) for read in range(3)] for own in range(3)])
    positive, scale = actual > 1e-5, np.abs(actual).max()
    assert positive.any()
    assert (actual <= bound + 1e-9).all()
    assert (0.9 * bound < actual)[positive].all()
    assert (actual < -1e-3 * scale).sum() >= 4
    assert (bound < 1e-2 * scale)[~positive].all()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_larger_market_obeys_the_bound_and_it_falls_like_one_over_the_agents(family):
    env, odds = asymmetric_environment(family), np.zeros((2, 1))
    shares = Range(np.array([[0.45], [0.25], [0.15]]), np.array([[0.55], [0.35], [0.25]]))
    bounds = np.array([largest_gain(env, 0, Typical(shares, odds), active)[:, :, 0] for active in (100, 1000, 10**4, 10**5)])
    assert (bounds[1:] * 10 <= bounds[:-1]).all()
    assert bounds[3].max() * 10 == pytest.approx(bounds[2].max(), rel=0.05)
    assert bounds.max() > 0


@pytest.mark.parametrize("family", FAMILIES)
def test_knowing_less_never_lowers_the_bound(family):
    env = asymmetric_environment(family)
    centre, width = np.array([[0.5], [0.3], [0.2]]), np.array([[0.0, 0.02, 0.02, 0.06, 0.06]]) + 1e-13
    odds = np.array([[0.0] * 5, [0.0, 0.0, 1e-4, 1e-4, 1e-2]])
    bound = largest_gain(env, 0, Typical(Range(centre - width, centre + width), odds), 300)
    assert (np.diff(bound, axis=-1) >= -0.05 * bound[..., 1:]).all()  # the pieces of the price are other ones each time
    assert (bound[..., -1] > bound[..., 0]).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_solution_and_its_changes_lie_in_the_computed_ranges(family):
    """Games between sigma* and sigma', solved by Newton's method; derivatives by differences."""
    generator = np.random.default_rng(7 + FAMILIES.index(family))
    checked = 0
    for _ in range(sized(small=8, full=20)):
        env, others = moderate(generator, family)
        active, kinds = others.sum() + 1, len(others)
        state, odds = worst_odds(env, others)
        own, read = generator.choice(kinds, 2, replace=False)
        tastes = _tastes(env, state, odds)
        ends = (np.array([end]) for end in price_bounds(env))
        market = _market(env, tastes, known(others), int(active), *ends)
        unit = np.eye(kinds)
        beliefs = posterior(env, others + unit[[own, read]].astype(int))
        start, end = beliefs / beliefs[:, [state]]
        t = generator.uniform(0.1, 0.9) + np.array([-1e-5, 0.0, 1e-5])
        weight = (1 - t)[:, None] * start + t[:, None] * end
        shares = (others[:, None] + (1 - t) * unit[own][:, None] + t * unit[read][:, None]) / active
        game = reduced(env, weight / weight.sum(axis=1, keepdims=True), shares, np.full(3, float(active)))
        with np.errstate(invalid="ignore"):
            found = cross(game)
        if not found.settled.all():  # Newton's method is made for whole numbers of agents
            continue
        price, parts = found.log_price, parts_offered(found)
        place = np.flatnonzero((market.log_price.low[0, 0, 0] <= price[1]) & (price[1] <= market.log_price.high[0, 0, 0]))
        assert market.possible[0, place].any()
        piece = place[0]
        epsilon = game.epsilon
        totals = (shares[:, None] * parts).sum(axis=0) + epsilon
        of_others = (others[:, None, None] / active * parts).sum(axis=0) + epsilon
        for side in (0, 1):
            assert market.totals.low[side, 0, 0, piece] <= totals[side, 1] <= market.totals.high[side, 0, 0, piece]
            assert market.of_others.low[side, 0, 0, piece] <= of_others[side, 1] <= market.of_others.high[side, 0, 0, piece]
            there = shares[:, 1] > 0
            offers = parts[there, side, 1]
            assert (market.offer.low[side, there, 0, piece] <= offers + 1e-15).all()
            assert (offers <= market.offer.high[side, there, 0, piece] + 1e-15).all()
            assert (offers / active / totals[side, 1] <= market.crowding.high[side, there, 0, piece] + 1e-15).all()
        sides = np.sign(price - game.at_endowment)
        if (sides == sides[:, :1]).all():
            change = np.diff(np.log(of_others[:, [0, 2]]), axis=1)[:, 0] / 2e-5
            computed = _changes(market, tastes)[:, own, read, 0, piece]
            assert (computed.low - 1e-5 <= change).all()
            assert (change <= computed.high + 1e-5).all()
            checked += 1
    assert checked > sized(small=1, full=5)


@pytest.mark.parametrize("family", FAMILIES)
def test_tastes_are_enclosed_at_every_belief_within_the_odds(family):
    env, generator = asymmetric_environment(family), np.random.default_rng(3)
    odds = np.array([[0.0], [0.3]])
    tastes = _tastes(env, 0, odds)
    for _ in range(100):
        against = 0.3 * generator.random()
        belief = np.array([1, against]) / (1 + against)
        ratio = generator.uniform(-1, 1)
        for kind in range(3):
            curve = env.utility.log_mrs(ratio + np.log(env.fixed_price), env.utility.weight[kind], belief)
            level = curve.value - np.log(env.fixed_price) - tastes.slope.low * ratio
            assert tastes.level.low[kind, 0, 0] <= level + 1e-8
            assert level - 1e-8 <= tastes.level.high[kind, 0, 0]
            assert tastes.steepness.low[kind, 0, 0] <= curve.slope <= tastes.steepness.high[kind, 0, 0]


@dataclass(frozen=True, eq=False)
class Point:
    """A solved game between sigma* and sigma' at a belief within the odds, as a market of which everything is known."""

    env: Environment
    others: np.ndarray
    active: int
    weights: np.ndarray  # of the states, by t
    moves: np.ndarray  # own, read
    t: float

    def solved(self, t: float) -> tuple[Crossing, np.ndarray, np.ndarray]:
        """The solution, the shares, and the totals of the others per active agent."""
        unit = np.eye(len(self.others))
        counts = self.others + (1 - t) * unit[self.moves[0]] + t * unit[self.moves[1]]
        belief = self.belief(t)
        game = reduced(self.env, belief[None], counts[:, None] / self.active, np.array([float(self.active)]))
        with np.errstate(invalid="ignore"):
            found = cross(game)
        of_others = (self.others[:, None] / self.active * parts_offered(found)[:, :, 0]).sum(axis=0) + game.epsilon[:, 0]
        return found, counts / self.active, of_others

    def belief(self, t: float) -> np.ndarray:
        weight = (1 - t) * self.weights[0] + t * self.weights[1]
        return weight / weight.sum()

    def market(self) -> _Market | None:
        found, shares, of_others = self.solved(self.t)
        if not found.settled.all():
            return None
        log_price, ratio = found.log_price[None, None, None], found.log_ratio[None, :, :, None]
        selling = (ratio * SIDES > 0).astype(float)
        price = np.exp(log_price * SIDES)
        kept = np.exp(-np.abs(ratio)) ** selling
        offer = parts_offered(found).swapaxes(0, 1)[..., None]
        epsilon = np.array([self.env.epsilon_q / self.env.endowment_q, self.env.epsilon_r / self.env.endowment_r])[:, None, None, None]
        counted = shares[None, :, None, None]
        totals = (counted * offer).sum(axis=1, keepdims=True) + epsilon
        values = (
            epsilon, 1 / self.active, self.others[None, :, None, None] / self.active, counted, log_price, price, selling, kept,
            1 / (1 + price * kept), offer, totals, of_others[:, None, None, None], offer / self.active / totals,
        )  # fmt: skip
        return _Market(np.ones((1, 1), bool), *(Range.of(value) for value in values))

    def change(self) -> np.ndarray:
        """The derivatives of ln N_q and ln N_r in t, by differences."""
        ends = [np.log(self.solved(self.t + step)[2]) for step in (-1e-5, 1e-5)]
        return (ends[1] - ends[0]) / 2e-5

    def worth(self, t: float) -> float:
        """W at t, for an agent of this type with the belief of t = 0."""
        env, own, belief = self.env, int(self.moves[0]), self.belief(0.0)
        totals = self.solved(t)[2] * self.active * env.endowment
        bundle = bundle_against_totals(best_reply(env, own, belief.tolist(), *totals.tolist()), *totals, env.endowment)
        return float(env.utility.expected_points(*bundle, env.utility.weight[own], belief))


def points(family: str, odds: float, count: int, seed: int) -> Iterator[tuple[Point, _Market, _Tastes]]:
    """Markets of 2 to 9 active agents, of three types, in a state against which the odds are at most this large."""
    generator = np.random.default_rng(seed)
    while count:
        env = make_environment(
            generator.uniform(0.1, 0.9, (3, 2)), [[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]], family, scale=100.0,
            endowment=(3.0, 5.0), epsilon=tuple(generator.uniform(0.05, 1.0, 2)), rho=0.3,
            curvature={COBB_DOUGLAS: 0.7, CES: 0.6, CRRA: float(generator.choice([0.5, 2.0, 8.0]))}.get(family),
        )  # fmt: skip
        active = int(generator.integers(2, 10))
        others = generator.multinomial(active - 1, [0.4, 0.3, 0.3])
        weights = np.array([[1, odds * generator.random()], [1, odds * generator.random()]])
        point = Point(env, others, active, weights, generator.choice(3, 2, replace=False), generator.uniform(0.2, 0.8))
        market = point.market()
        sides = [np.sign(point.solved(point.t + step)[0].log_ratio) for step in (-1e-5, 1e-5)]
        if market is not None and (sides[0] == sides[1]).all():
            count -= 1
            yield point, market, _tastes(env, 0, np.array([[0.0], [odds]]))


@pytest.mark.parametrize("family", FAMILIES)
def test_changes_are_exact_where_the_state_is_known_however_thin_the_market(family):
    for point, market, tastes in points(family, 0.0, sized(small=8, full=25), 11):
        computed = _changes(market, tastes)[:, *point.moves, 0, 0]
        change = point.change()
        assert (computed.low - 1e-6 <= change).all()
        assert (change <= computed.high + 1e-6).all()
        assert (computed.high - computed.low < 1e-6 * (1 + np.abs(change))).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_changes_are_enclosed_where_beliefs_move(family):
    for only_beliefs in (False, True):
        for point, market, tastes in points(family, 0.2, sized(small=12, full=40), 12):
            moving = replace(point, moves=point.moves[[0, 0]], weights=np.array([[1, 0.0], [1, 0.2]])) if only_beliefs else point
            known_market = moving.market() if only_beliefs else market
            if known_market is None:
                continue
            computed = _changes(known_market, tastes)[:, *moving.moves, 0, 0]
            change = moving.change()
            assert (computed.low - 1e-6 <= change).all()
            assert (change <= computed.high + 1e-6).all()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("odds", [0.0, 0.2])
def test_what_a_defector_gains_along_the_path_is_at_most_as_computed(family, odds):
    for point, market, tastes in points(family, odds, sized(small=15, full=150 if family == CRRA else 40), 13):
        computed = _value_slopes(point.env, 0, market, tastes).high[:, *point.moves, 0, 0]
        slope = (point.worth(point.t + 1e-5) - point.worth(point.t - 1e-5)) / 2e-5
        assert slope <= max(computed.max(), 0.0) + 1e-5


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("odds", [0.0, 2.0])
def test_the_stake_in_the_price_is_at_least_what_a_change_of_it_brings(family, odds):
    for point, market, tastes in points(family, odds, sized(small=20, full=100), 14):
        env, belief = point.env, np.array([1, odds]) / (1 + odds)
        stake, moved = _stake(env, 0, market, tastes)
        ends = env.endowment
        totals = point.solved(point.t)[2] * point.active * ends
        for kind in range(3):
            offer = np.array(best_reply(env, kind, belief.tolist(), *totals.tolist()))
            side = int(offer[1] > 0)
            # more of the good received, all else equal, brings more of it in proportion
            worth = []
            for step in (-1e-6, 1e-6):
                of_others = totals.copy()
                of_others[1 - side] *= math.exp(step)
                bundle = bundle_against_totals(offer, *of_others, ends)
                worth.append(env.utility.expected_points(*bundle, env.utility.weight[kind], belief))
            assert (worth[1] - worth[0]) / 2e-6 <= stake.high[side, kind, 0, 0] + 1e-5
            assert offer[side] / (totals[side] + offer[side]) <= moved.high[side, kind, 0, 0] + 1e-12


def test_the_bound_does_not_depend_on_names_of_types_or_goods_or_on_units():
    shares = Range(np.array([[0.45], [0.25], [0.15]]), np.array([[0.55], [0.35], [0.25]]))
    odds = np.array([[0.0], [1e-3]])
    env = asymmetric_environment(LOG_COBB_DOUGLAS)
    bound = largest_gain(env, 0, Typical(shares, odds), 150)[:, :, 0]
    order = [2, 0, 1]
    other = largest_gain(relabelled(env, order), 0, Typical(shares[order], odds), 150)[:, :, 0]
    assert other == pytest.approx(bound[np.ix_(order, order)], rel=1e-6)
    assert largest_gain(in_other_units(env, 7.0, 0.3), 0, Typical(shares, odds), 150)[:, :, 0] == pytest.approx(bound, rel=1e-6)
    for family in FAMILIES:
        env = asymmetric_environment(family)
        mirrored = largest_gain(swapped(env), 0, Typical(shares, odds), 150)
        assert mirrored == pytest.approx(largest_gain(env, 0, Typical(shares, odds), 150), rel=1e-5)


def test_without_a_bound_on_beliefs_there_is_none_on_gains():
    shares = Range(np.array([[0.5], [0.3], [0.2]]) - 1e-9, np.array([[0.5], [0.3], [0.2]]) + 1e-9)
    bound = largest_gain(asymmetric_environment(COBB_DOUGLAS), 0, Typical(shares, np.array([[0.0], [np.inf]])), 100)
    assert np.isposinf(bound).all()


def test_a_range_without_any_price_is_refused():
    env, shares = asymmetric_environment(LOG_COBB_DOUGLAS), Range(np.full((3, 1), 0.3), np.full((3, 1), 0.4))
    with pytest.raises(ValueError, match=r"no ln p from 3 to 3\.1 is possible"):
        _market(env, _tastes(env, 0, np.zeros((2, 1))), shares, 100, np.array([3.0]), np.array([3.1]))
