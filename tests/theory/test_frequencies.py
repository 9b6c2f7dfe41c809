"""Simulated frequencies and averages agree with the exact numbers within their standard errors, and would not if the model were another."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment
from theory.economy.utility import CES, CRRA, LOG_COBB_DOUGLAS
from theory.efficiency.expectations import expectations
from theory.equilibrium.rivals import COMPETITIVE_PRIVATE, LIMIT_STATE, NASH, NASH_NO_INFORMATION, cursed_nash
from theory.simulation import frequencies
from theory.simulation.frequencies import Averages, Frequencies, tally
from theory.simulation.market_rounds import simulate, simulations
from theory.simulation.strategies import equilibrium_profile, rival_profile

KINDS = ("states", "types", "seats", "configurations", "calibration")


def three_states():
    return make_environment([[0.2, 0.3, 0.5], [0.5, 0.6, 0.8]], [[0.8, 0.2], [0.5, 0.5], [0.15, 0.85]], prior=[0.2, 0.5, 0.3], agents=7)


def uneven():
    """With the usual prior the middle type's optimum would pay the same in both states, and have no standard error."""
    return replace(asymmetric_environment(LOG_COBB_DOUGLAS), prior=np.array([0.3, 0.7]))


def distances(seen: Averages, exact) -> np.ndarray:
    return np.abs(seen.values - exact) / seen.standard_errors


@pytest.mark.parametrize("env", [asymmetric_environment(CES), three_states(), asymmetric_environment(CRRA).with_agents(4)])
def test_every_frequency_is_within_its_standard_errors(env):
    found = tally(env, simulations(env, equilibrium_profile(env), 40_000, 17))
    assert found.sessions == 40_000
    cells = 0
    for kind in KINDS:
        seen = getattr(found, kind)
        cells += seen.values.size
        # of 1,000 normal distances about one exceeds 4.5 in a hundred such tests
        assert seen.largest_z < 4.5
    assert cells > 25
    # they spread as standard errors should
    together = np.concatenate([found.types.z_scores.ravel(), found.configurations.z_scores, found.calibration.z_scores])
    assert 0.6 < np.sqrt(np.mean(together**2)) < 1.4


@pytest.mark.parametrize("rival", [NASH, NASH_NO_INFORMATION, COMPETITIVE_PRIVATE, cursed_nash(0.5), LIMIT_STATE])
def test_average_prices_and_points_are_within_their_standard_errors(rival):
    env = uneven()
    found, exact = tally(env, simulations(env, rival_profile(env, rival), 20_000, 23)), expectations(env, rival)
    assert (distances(found.price, exact.price) < 4).all()
    assert (distances(found.active, exact.active) < 4).all()
    assert (distances(found.inactive, exact.inactive) < 4).all()


def test_standard_errors_count_rounds_and_not_agents():
    """Over many small simulations the averages spread as the reported errors say, although agents of a round share its price."""
    env = uneven()
    exact = expectations(env, NASH)
    found = [tally(env, [part]) for part in simulations(env, equilibrium_profile(env), 60_000, 5, rows=300)]
    for kind in ("price", "active", "inactive"):
        seen = np.array([getattr(one, kind).values for one in found]) - getattr(exact, kind)
        errors = np.array([getattr(one, kind).standard_errors for one in found])
        spread = np.sqrt((seen**2).mean(axis=0)) / np.sqrt((errors**2).mean(axis=0))
        # 200 simulations: four standard errors of a standard deviation
        assert (np.abs(spread - 1) < 4 / np.sqrt(2 * 200)).all()


def test_parts_add_up_to_the_whole():
    env = uneven()
    whole = tally(env, [simulate(env, equilibrium_profile(env), 3000, 2)])
    parts = tally(env, simulations(env, equilibrium_profile(env), 3000, 2, rows=170))
    for kind in KINDS:
        np.testing.assert_array_equal(np.sort(getattr(whole, kind).values.ravel()), np.sort(getattr(parts, kind).values.ravel()))
    for kind in ("price", "active", "inactive"):
        np.testing.assert_allclose(getattr(parts, kind).values, getattr(whole, kind).values, rtol=1e-12)
        np.testing.assert_allclose(getattr(parts, kind).standard_errors, getattr(whole, kind).standard_errors, rtol=1e-9)


def test_averages_are_plain_means():
    env = asymmetric_environment(CES)
    drawn = simulate(env, equilibrium_profile(env), 500, 2)
    found = tally(env, [drawn])
    for z in range(2):
        prices = drawn.price[drawn.state == z]
        assert found.price.values[z] == pytest.approx(prices.mean(), rel=1e-12)
        assert found.price.standard_errors[z] == pytest.approx(prices.std() / np.sqrt(len(prices)) * np.sqrt(500 / 499), rel=1e-9)
    for x in range(3):
        chosen = drawn.types == x
        assert found.active.values[x] == pytest.approx(drawn.points[chosen & drawn.active].mean(), rel=1e-12)
        assert found.inactive.values[x] == pytest.approx(drawn.points[chosen & ~drawn.active].mean(), rel=1e-12)


@pytest.mark.parametrize("kind", ["states", "types", "seats", "configurations", "calibration"])
def test_rounds_of_another_model_are_far_off(kind):
    env = asymmetric_environment(CES)
    other = {
        "states": replace(env, prior=np.array([0.5, 0.5])),
        "seats": replace(env, inactive_share=Fraction(1, 3)),
    }.get(kind, replace(env, likelihood=np.array([[0.4, 0.4, 0.2], [0.2, 0.3, 0.5]])))
    drawn = [simulate(other, equilibrium_profile(other), 20_000, 2)]
    if kind == "seats":
        assert tally(env, drawn).seats.largest_z > 10
    else:
        assert getattr(tally(env, drawn), kind).largest_z > 8


def test_what_is_certain_is_no_distance_away_and_what_is_impossible_infinitely_far():
    env = make_environment([[0.2, 0.4], [0.5, 0.6], [0.7, 0.9]], [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]], agents=5)
    assert env.active == 5
    found = tally(env, simulations(env, rival_profile(env, NASH), 2000, 3))
    assert (found.seats.values == 0).all()
    assert found.seats.largest_z == 0
    assert found.types.values[0, 2] == found.types.z_scores[0, 2] == 0
    impossible = Frequencies(np.array([0.1, 1.0]), np.array([0.0, 1.0]), np.zeros(2))
    assert impossible.z_scores.tolist() == [np.inf, 0.0]


def test_too_many_cells_are_not_judged(monkeypatch):
    monkeypatch.setattr(frequencies, "MOST_CELLS", 3)
    env = asymmetric_environment(CES)
    found = tally(env, simulations(env, equilibrium_profile(env), 500, 2))
    assert found.configurations.values.size == 0
    assert found.configurations.largest_z == 0


def test_points_of_minus_infinity_are_averaged_without_a_warning():
    env = asymmetric_environment(LOG_COBB_DOUGLAS)
    drawn = simulate(env, equilibrium_profile(env), 100, 2)
    points = np.where(drawn.active & (drawn.types == 1), -np.inf, drawn.points)
    found = tally(env, [replace(drawn, points=points)])
    assert found.active.values[1] == -np.inf
    assert np.isfinite(found.active.values[[0, 2]]).all()


def test_one_round_has_an_average_and_no_standard_error():
    env = asymmetric_environment(LOG_COBB_DOUGLAS)
    found = tally(env, simulations(env, equilibrium_profile(env), 1, 2))
    assert np.isfinite(found.price.values).sum() == 1
    assert not np.isfinite(found.price.standard_errors).any()
