"""Results know the names of types and states, and functions take counts by name; the arrays are the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import theory
from theory.economy.labels import Labelled
from theory.equilibrium.rivals import NASH, NASH_STATE
from theory.information.counts import batch_of_counts, one_of_counts

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
SEVEN = {"blue": 7, "green": 3}


@pytest.fixture(scope="module")
def env() -> theory.Environment:
    return theory.read_environment(ENVIRONMENTS / "mixed_values.toml")


def test_counts_by_name_are_the_counts_in_the_order_of_the_types(env):
    assert env.types == ("blue", "green")
    for given in (SEVEN, [SEVEN], [7, 3], [[7, 3]], np.array([[7, 3]])):
        assert batch_of_counts(env, given).tolist() == [[7, 3]]
        assert one_of_counts(env, given).tolist() == [7, 3]
    assert batch_of_counts(env, {"green": 2}).tolist() == [[0, 2]]
    assert batch_of_counts(env, [SEVEN, {"blue": 1}]).tolist() == [[7, 3], [1, 0]]


def test_a_type_that_is_not_there_is_refused_by_name(env):
    with pytest.raises(theory.InvalidEnvironment, match=r"^There is no type 'red' in this environment; it has blue, green\.$"):
        theory.solve_stage2(env, {"red": 7})


@pytest.mark.parametrize("given", [[7, 3, 1], [[7, 3], [1, 2]]])
def test_one_market_is_not_two_and_has_a_count_for_each_type(env, given):
    with pytest.raises(ValueError, match="it has 2 counts, not shape"):
        one_of_counts(env, given)


def test_stage_2_by_name_is_stage_2_by_position(env):
    named, batch = theory.solve_stage2(env, SEVEN), theory.solve_stage2(env, [[7, 3]])
    assert named.offers.tolist() == batch.offers.tolist()
    assert named["offers"]["blue"].tolist() == batch.offers[0, 0].tolist()
    assert named["price"] == batch.price[0]
    assert named["posterior"] == dict(zip(env.states, batch.posterior[0].tolist(), strict=True))
    assert named["configurations"] == SEVEN
    assert (named.types, named.states) == (env.types, env.states)


def test_a_batch_is_a_list_of_markets(env):
    found = theory.solve_stage2(env, [SEVEN, {"blue": 3, "green": 7}])
    assert [row["blue"].tolist() for row in found["offers"]] == found.offers[:, 0].tolist()
    assert found["price"] == found.price.tolist()


def test_beliefs_of_the_types_own_are_by_type_and_state(env):
    own = np.broadcast_to([0.3, 0.7], (1, 2, 2))
    assert theory.solve_stage2(env, SEVEN, own)["posterior"] == {x: dict(zip(env.states, [0.3, 0.7], strict=True)) for x in env.types}


def test_stage_1_is_by_type(env):
    optimum, cut = theory.stage1_optimum(env), theory.intervals(env)
    assert optimum["offers"]["green"].tolist() == optimum.offers[1].tolist()
    assert optimum["q1"] == dict(zip(env.types, optimum.q1.tolist(), strict=True))
    assert optimum["order"] == cut["order"] == tuple(env.types[x] for x in optimum.order)
    assert cut["lower"]["blue"] == cut.lower[0]


def test_competitive_equilibria_are_by_state_and_type(env):
    found = theory.competitive_equilibrium(env)
    assert found["price"] == dict(zip(env.states, found.price.tolist(), strict=True))
    assert found["bundles"][env.states[1]]["blue"].tolist() == found.bundles[1, 0].tolist()


def test_gains_are_by_type_and_by_the_type_read(env):
    found = theory.incentives(env)
    assert found["gain"]["blue"]["green"] == found.gain[0, 1]


def test_posterior_is_by_state_for_counts_by_name_and_an_array_for_arrays(env):
    assert theory.posterior(env, SEVEN) == dict(zip(env.states, theory.posterior(env, [[7, 3]])[0].tolist(), strict=True))


def test_rivals_take_names(env):
    state = env.states[1]
    found = theory.rival_outcome(env, NASH_STATE, SEVEN, state)
    assert found.offers.tolist() == theory.rival_outcome(env, NASH_STATE, [[7, 3]], 1).offers.tolist()
    assert found["points"]["green"][state] == found.points[0, 1, 1]
    assert theory.rival_outcome(env, NASH, SEVEN)["price"] == theory.solve_stage2(env, SEVEN)["price"]


def test_signals_take_cells_of_names(env):
    found = theory.semipooling_equilibria(env, [["blue", "green"]], [4])
    assert found["posterior"]["blue"] == dict(zip(env.states, found.posterior[0].tolist(), strict=True))
    (equilibrium, *_) = found.equilibria
    assert equilibrium["offers"]["green"].tolist() == equilibrium.offers[1].tolist()
    assert equilibrium["prices"][env.states[0]] is equilibrium.prices[0]


def test_welfare_takes_names_and_has_its_outcomes_by_name(env):
    active, inactive = theory.typical_market(env, env.states[1])
    assert [array.tolist() for array in theory.typical_market(env, 1)] == [active.tolist(), inactive.tolist()]
    by_name = theory.welfare(env, env.states[1], dict(zip(env.types, active.tolist(), strict=True)), inactive)
    assert by_name["equilibrium"] == theory.welfare(env, 1, active, inactive).outcomes[-1]
    assert by_name["autarky"] is by_name.autarky


def test_a_result_prints_names_and_numbers(env):
    found = theory.solve_stage2(env, SEVEN)
    assert repr(found).splitlines()[0] == "Stage2Equilibrium"
    assert f"  price: {found.price[0]:.6g}" in repr(found).splitlines()
    assert "blue [" in repr(found)
    assert "for 5 markets" in repr(theory.solve_stage2(env, [SEVEN] * 5))


def test_a_field_that_is_not_there_is_refused_by_name(env):
    with pytest.raises(KeyError, match="Stage1Optimum has no offer; it has offers, q1, value, no_trade, order"):
        theory.stage1_optimum(env)["offer"]


def test_every_field_of_a_labelled_result_can_be_looked_up(env):
    found = [
        theory.solve_stage2(env, SEVEN),
        theory.stage1_optimum(env),
        theory.intervals(env),
        theory.competitive_equilibrium(env),
        theory.incentives(env),
        theory.rival_outcome(env, NASH, SEVEN),
    ]
    assert {type(result) for result in found} <= set(Labelled.__subclasses__())
    for result in found:
        assert {type(result[name]) for name in result.as_dict()}
