"""The theory's prices beside a market's prices."""

import pytest

from experiment import predicted
from experiment.predicted import IMPOSSIBLE, NOT_ANNOUNCED, predicted_prices
from theory.economy.environment import parse_environment
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.stage2 import NotSolved, solve_stage2

SMALL = {
    "name": "small",
    "description": "Two types that cannot occur together.",
    "states": {"prior": {"low": 0.5, "high": 0.5}},
    "types": {"names": ["blue", "green"]},
    "likelihood": {"low": {"blue": 1.0, "green": 0.0}, "high": {"blue": 0.0, "green": 1.0}},
    "endowment": {"q": 10.0, "r": 10.0},
    "utility": {
        "family": "cobb-douglas-log",
        "scale": 1.0,
        "shift": 0.0,
        "floor": 0.0,
        "weight": {"blue": {"low": 0.2, "high": 0.5}, "green": {"low": 0.5, "high": 0.8}},
    },
    "mechanism": {"agents": 4, "inactive_share": "1/4", "epsilon": {"q": 0.5, "r": 0.5}},
}


@pytest.fixture
def env():
    return parse_environment(SMALL)


def test_the_equilibrium_is_that_of_the_types_and_the_competitive_price_that_of_the_state(env):
    prices = predicted_prices(env, (3, 0), "high", announced=True)
    assert prices.equilibrium.value == solve_stage2(env, [(3, 0)]).price[0]
    assert prices.competitive.value == competitive_equilibrium(env).price[1]
    assert prices.equilibrium.reason == prices.competitive.reason == ""


def test_types_that_cannot_occur_together_have_no_equilibrium_price(env):
    prices = predicted_prices(env, (2, 1), "low", announced=True)
    assert (prices.equilibrium.value, prices.equilibrium.reason) == (None, IMPOSSIBLE)
    assert prices.competitive.value is not None


def test_where_nothing_is_announced_there_is_a_reason_in_place_of_the_equilibrium(env):
    assert predicted_prices(env, (3, 0), "low", announced=False).equilibrium.reason == NOT_ANNOUNCED


def test_a_solver_that_finds_nothing_is_a_reason_and_no_error(env, monkeypatch):
    def finds_nothing(*_):
        raise NotSolved("No equilibrium was found.")

    monkeypatch.setattr(predicted, "solve_stage2", finds_nothing)
    prices = predicted_prices.__wrapped__(env, (0, 3), "low", True)
    assert (prices.equilibrium.value, prices.equilibrium.reason) == (None, "No equilibrium was found.")
