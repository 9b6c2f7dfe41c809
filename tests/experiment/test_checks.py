"""Whether an environment suits a session: refusals and warnings when it is created."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiment.bounds import worst_points
from experiment.config import DEFAULTS, ENVIRONMENTS, environment_names, read_settings
from experiment.config_fields import InvalidSettings
from experiment.session_checks import check_settings
from theory.economy.environment import read_environment
from theory.mechanism import bundles_at_price, clear_market

CONFIG = {**DEFAULTS, "environment": "mixed_values", "participation_fee": 5.0, "real_world_currency_per_point": 0.2}


def settings(**fields):
    return read_settings({**CONFIG, **fields})


def with_utility(read, **fields):
    environment = read.environment
    return replace(read, environment=replace(environment, utility=replace(environment.utility, **fields)))


@pytest.mark.parametrize("name", environment_names())
def test_shipped_environments_have_nothing_to_warn_of(name):
    assert check_settings(settings(environment=name)) == ()


def test_a_grid_that_makes_a_type_look_like_another_is_refused_with_one_that_does_not():
    with pytest.raises(InvalidSettings, match=r"offer_grid is 10.*a step of 5 would do\."):
        check_settings(settings(offer_grid=10))
    check_settings(settings(offer_grid=5))


def test_points_below_nothing_need_a_floor():
    for environment, value in (("mixed_values", "minus infinity"), ("three_types", "-105.0")):
        with pytest.raises(InvalidSettings, match=f"{value} points.*floor"):
            check_settings(with_utility(settings(environment=environment), floor=None))
    rich = with_utility(settings(environment="three_types"), floor=None, shift=0.0)
    assert check_settings(rich) == ()


def test_a_floor_near_the_equilibrium_is_warned_of():
    (warning,) = check_settings(with_utility(settings(), floor=24.0))
    assert "floor of 24 points binds" in warning


def test_computed_chances_beside_the_question_that_they_answer_are_warned_of():
    (warning,) = check_settings(settings(show_posterior=True, beliefs=True))
    assert "show_posterior and beliefs are both on" in warning
    assert check_settings(settings(show_posterior=True)) == check_settings(settings(beliefs=True)) == ()


def test_nobody_inactive_is_warned_of_only_under_the_threat():
    (warning,) = check_settings(settings(market_size=4))
    assert "nobody becomes inactive" in warning
    assert check_settings(settings(market_size=4, inactive_threat="none")) == ()


def test_optima_that_do_not_separate_are_allowed_and_named():
    read = settings()
    same = with_utility(read, weight=np.array([[0.3, 0.3], [0.3, 0.3]]))
    (warning,) = check_settings(same)
    assert "blue and green" in warning


@given(st.lists(st.tuples(st.floats(0, 10), st.booleans()), min_size=4, max_size=4))
def test_no_offers_lead_below_the_worst_points(offers):
    environment = read_environment(ENVIRONMENTS / "small_market.toml")
    environment = replace(environment, utility=replace(environment.utility, family="cobb-douglas", curvature=0.5))
    pairs = np.array([(b, 0.0) if sell else (0.0, b) for b, sell in offers])
    market = clear_market(pairs, [10, 10], environment.epsilon)
    for bundles in (market.bundles, bundles_at_price(pairs, 1.0, [10, 10])):
        q, r = np.maximum(bundles, 0).T
        points = environment.utility.points(q[:, None, None], r[:, None, None], environment.utility.weight)
        assert points.min() >= worst_points(environment) - 1e-9


def test_an_empty_good_is_worth_minus_infinity_under_the_logarithm():
    assert worst_points(read_environment(ENVIRONMENTS / "mixed_values.toml")) == -math.inf


def test_the_check_is_quick_enough_for_many_types_and_agents():
    counted = settings(environment="three_types", market_size=600)
    assert check_settings(counted) == ()
