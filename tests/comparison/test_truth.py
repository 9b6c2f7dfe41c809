"""On exports simulated from the equilibrium, every statistic says that the theory holds, up to the grid."""

import numpy as np
import pytest

from tests.synthetic import play

STEP = 0.001


@pytest.fixture(params=["mixed_values", "nearly_common", "three_types"])
def equilibrium(compare, request):
    return compare(play(participants=24, rounds=6, environment=request.param, offer_grid=STEP))


def test_no_first_offer_costs_anything_and_each_is_read_as_its_types(equilibrium):
    decisions, tables = equilibrium.tables.decisions_compared, equilibrium.tables
    assert decisions["stage1_regret"].between(-1e-9, 1e-5).all()
    assert (decisions["inside_interval"] == 1).all()
    assert (tables.confusion["share"] == (tables.confusion["type"] == tables.confusion["read_as"])).all()


def test_the_histogram_tells_all_that_the_types_tell(equilibrium):
    rounds = equilibrium.tables.market_rounds
    assert (rounds["info_kl"] == 0).all()
    assert (rounds["info_gain"].dropna() == 1).all()
    assert rounds["info_gain"].notna().sum() > len(rounds) / 2
    assert (rounds["brier"] == rounds["brier_types"]).all()
    assert (equilibrium.tables.information["info_gain"] == 1).all()


def test_no_second_offer_costs_more_than_the_grid_makes_it(equilibrium):
    active = equilibrium.tables.decisions_compared.query("active")
    assert active["stage2_regret"].between(-1e-9, 1e-4).all()
    assert (active["wrong_side"][active["beta"].abs() > STEP / 10] == 0).all()


def test_prices_are_nash_prices_within_what_half_a_step_of_every_offer_can_move_them(equilibrium):
    env, rounds = equilibrium.block.environment, equilibrium.tables.market_rounds
    bound = -np.log1p(-STEP / 2 / env.epsilon_q) - np.log1p(-STEP / 2 / env.epsilon_r)
    assert rounds["log_deviation_nash"].abs().max() <= bound
    assert rounds["log_deviation_announced"].abs().max() <= bound
    np.testing.assert_allclose(rounds["log_deviation_nash"], rounds["log_deviation_grid"], atol=1e-9)


def test_behaviour_loses_nothing(equilibrium):
    rounds, welfare = equilibrium.tables.market_rounds, equilibrium.tables.welfare
    assert rounds["loss_behaviour"].abs().max() < 0.02
    assert welfare["loss_behaviour"].abs().max() < 0.002
    np.testing.assert_allclose(rounds["efficiency_active"], rounds["efficiency_nash_active"], atol=0.01)


def test_there_is_nothing_to_learn(equilibrium):
    learning = equilibrium.tables.learning
    for measure in ("abs_log_price_deviation", "abs_stage1_deviation", "abs_stage2_deviation"):
        assert (learning[measure] < 1e-2).all()
