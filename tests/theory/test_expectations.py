"""Exact averages over nature's draws, compared with a sum over every profile of types."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment, relabelled, with_active
from tests.theory.slow_incentives import active_value_table, inactive_value, optimal_quantity, utility
from theory.economy.environment import InvalidEnvironment
from theory.economy.utility import CES, FAMILIES, LOG_COBB_DOUGLAS
from theory.efficiency import expectations as module
from theory.efficiency.expectations import expectations
from theory.equilibrium.rivals import AUTARKY, COMPETITIVE_STATE, LIMIT_STATE, NASH, NASH_PRIVATE, REPEAT, cursed_competitive, rival_outcome
from theory.information.enumeration import Budget
from theory.mechanism import market_trade


def walked(env, rival) -> tuple[list[float], list[float]]:
    """The average price by state and the points of the first agent by type, from every list of M types, one after another."""
    price, points, chance_of = [0.0] * len(env.states), [0.0] * len(env.types), [0.0] * len(env.types)
    for z in range(len(env.states)):
        for types in itertools.product(range(len(env.types)), repeat=env.active):
            chance = 1.0
            for x in types:
                chance *= env.likelihood[z, x]
            counts = [types.count(x) for x in range(len(env.types))]
            offers = rival_outcome(env, rival, [counts], z).offers[0]
            trade = market_trade(env, [offers[x] for x in types])
            price[z] += chance * trade.price
            points[types[0]] += env.prior[z] * chance * utility(env, types[0], z, *trade.bundles[0])
            chance_of[types[0]] += env.prior[z] * chance
    return price, [value / chance for value, chance in zip(points, chance_of, strict=True)]


@pytest.mark.parametrize("rival", [NASH, NASH_PRIVATE, cursed_competitive(0.4), COMPETITIVE_STATE, LIMIT_STATE, REPEAT])
def test_averages_are_those_of_a_walk_over_all_lists_of_types(rival):
    env = with_active(asymmetric_environment(CES), 4)
    price, points = walked(env, rival)
    found = expectations(env, rival)
    assert found.price == pytest.approx(price, rel=1e-11)
    assert found.active == pytest.approx(points, rel=1e-11)
    np.testing.assert_array_equal(found.left_out, 0.0)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_papers_prediction_pays_f_when_active_and_g_of_alpha_star_when_not(family):
    env = with_active(asymmetric_environment(family), 5)
    value, found = active_value_table(env, 5), expectations(env, NASH)
    for x in range(3):
        assert found.active[x] == pytest.approx(value[x][x], abs=1e-8)
        assert found.inactive[x] == pytest.approx(inactive_value(env, x, optimal_quantity(env, x)), abs=1e-8)


def test_in_autarky_the_exogenous_offers_set_the_price_and_the_endowment_pays():
    env = asymmetric_environment(CES)
    found = expectations(env, AUTARKY)
    assert found.price == pytest.approx(env.epsilon_r / env.epsilon_q, rel=1e-12)
    chance = env.prior[:, None] * env.likelihood
    kept = env.points_of_endowment()
    assert found.active == pytest.approx((chance.T * kept).sum(axis=1) / chance.sum(axis=0), rel=1e-12)


def test_leaving_out_unlikely_configurations_changes_no_digit_that_counts(monkeypatch):
    env = with_active(asymmetric_environment(LOG_COBB_DOUGLAS), 60)
    every = expectations(env, NASH)
    monkeypatch.setattr(module, "BUDGET", Budget(exact=0, most=5_000_000))
    some = expectations(env, NASH)
    assert (some.left_out > 0).all()
    assert (some.left_out < 1e-12).all()
    assert some.price == pytest.approx(every.price, rel=1e-11)
    assert some.active == pytest.approx(every.active, rel=1e-11)


def test_relabelling_the_types_relabels_their_points():
    env, order = asymmetric_environment(CES), np.array([2, 0, 1])
    found, other = expectations(env, NASH_PRIVATE), expectations(relabelled(env, order), NASH_PRIVATE)
    assert other.price == pytest.approx(found.price, rel=1e-11)
    assert other.active == pytest.approx(found.active[order], rel=1e-11)


def test_a_type_that_a_state_excludes_counts_only_where_it_can_be():
    env = with_active(make_environment([[0.2, 0.4], [0.5, 0.6], [0.7, 0.9]], [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]), 4)
    price, points = walked_possible(env)
    found = expectations(env, NASH)
    assert found.price == pytest.approx(price, rel=1e-11)
    assert found.active == pytest.approx(points, rel=1e-11)


def walked_possible(env) -> tuple[list[float], list[float]]:
    """The walk, state by state in the economy without the type that the state excludes; the state is then known or as likely as before."""
    price, paid, chance_of = [], np.zeros(3), np.zeros(3)
    for z in range(2):
        total = 0.0
        for types in itertools.product(np.flatnonzero(env.likelihood[z]).tolist(), repeat=env.active):
            chance = float(np.prod([env.likelihood[z, x] for x in types]))
            offers = rival_outcome(env, NASH, [[types.count(x) for x in range(3)]]).offers[0]
            trade = market_trade(env, [offers[x] for x in types])
            total += chance * trade.price
            paid[types[0]] += env.prior[z] * chance * utility(env, types[0], z, *trade.bundles[0])
            chance_of[types[0]] += env.prior[z] * chance
        price.append(total)
    return price, (paid / chance_of).tolist()


def test_too_many_configurations_are_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(module, "BUDGET", Budget(exact=0, most=100))
    with pytest.raises(InvalidEnvironment, match="at most 100 can be summed over"):
        expectations(replace(asymmetric_environment(CES), agents=100), NASH)
