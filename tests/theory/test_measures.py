"""What a sweep can measure: the numbers are those of the functions behind the other commands, and refusals are the known ones."""

from __future__ import annotations

import contextlib
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment, random_economy, with_active
from tests.sizes import sized
from theory.certificates.uniqueness import uniqueness
from theory.checks.assumptions import assumptions
from theory.economy.environment import read_environment
from theory.economy.utility import CES, CRRA
from theory.efficiency.expectations import expectations
from theory.efficiency.losses import expected_welfare
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.rivals import NASH
from theory.equilibrium.stage1 import NotSeparating, stage1_optimum
from theory.stage1_incentives.slack import incentives
from theory.stage1_incentives.threshold import threshold
from theory.sweeps.measures import MEASURES, REFUSALS, USUAL, Settings

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
ENV = read_environment(ENVIRONMENTS / "three_types.toml")


def measure(name: str, env=ENV, most: int = 20) -> dict[tuple[str, str, str], float]:
    found = MEASURES[name].quantities(env, Settings(most))
    named = {(quantity.name, quantity.type, quantity.state): quantity.value for quantity in found}
    assert len(named) == len(found)
    return named


@cache
def thresholds(most: int) -> dict[tuple[str, str, str], float]:
    return measure("threshold", most=most)


def test_stage1_is_alpha_star_by_type():
    found, optimum = measure("stage1"), stage1_optimum(ENV)
    for i, x in enumerate(ENV.types):
        assert found["q1", x, ""] == optimum.q1[i]
        assert (found["offer_q", x, ""], found["offer_r", x, ""]) == tuple(optimum.offers[i])
    assert found["separating", "", ""] == 1


def test_competitive_is_price_and_allocation_by_state():
    found, limit = measure("competitive"), competitive_equilibrium(ENV)
    for j, z in enumerate(ENV.states):
        assert found["price", "", z] == limit.price[j]
        for i, x in enumerate(ENV.types):
            assert (found["q", x, z], found["r", x, z]) == tuple(limit.bundles[j, i])


def test_stage2_is_what_is_expected_of_the_equilibrium():
    found, expected = measure("stage2"), expectations(ENV, NASH)
    assert [found["expected_price", "", z] for z in ENV.states] == expected.price.tolist()
    assert [found["points_active", x, ""] for x in ENV.types] == expected.active.tolist()
    assert [found["points_inactive", x, ""] for x in ENV.types] == expected.inactive.tolist()


@pytest.mark.parametrize("agents", [4, 12])
def test_incentives_are_the_largest_gain_and_its_sign(agents):
    env = ENV.with_agents(agents)
    found, expected = measure("incentives", env), incentives(env)
    assert found["largest_gain", "", ""] == expected.largest_gain
    assert found["candidate_is_equilibrium", "", ""] == expected.candidate_is_equilibrium
    assert found["error_bound", "", ""] == expected.error_bound


def test_with_one_type_there_is_no_gain_to_speak_of():
    env = make_environment([[0.3, 0.6]], [[1.0], [1.0]])
    found = measure("incentives", env)
    assert math.isnan(found["largest_gain", "", ""])
    assert found["candidate_is_equilibrium", "", ""] == 1


@pytest.mark.parametrize("most", [5, 30])
def test_threshold_checks_up_to_the_largest_number_asked_for(most):
    found, expected = thresholds(most), threshold(ENV, most)
    assert found["proved", "", ""] == (expected.status == "proved")
    for name, number in (("first", expected.first), ("threshold", expected.threshold), ("bound_from", expected.proved_from)):
        np.testing.assert_equal(found[name, "", ""], math.nan if number is None else number)
    assert thresholds(5) != thresholds(30)


@pytest.mark.parametrize("family", [CES, CRRA])
def test_assumptions_are_one_where_held_and_zero_where_failed(family):
    env = asymmetric_environment(family)
    assert measure("assumptions", env) == {(a.name, "", ""): float(a.status == "held") for a in assumptions(env)}
    assert measure("assumptions", env)["monotone competitive demand", "", ""] == (family == CES)


def test_an_assumption_that_was_not_checked_has_no_number():
    env = make_environment(np.full((17, 1), 0.5), np.full((1, 17), 1 / 17))
    assert math.isnan(measure("assumptions", env)["A1", "", ""])


def test_welfare_is_what_is_expected_of_each_outcome_and_lost_to_each_cause():
    found, expected = measure("welfare"), expected_welfare(ENV)
    assert found["efficient", "", ""] == expected.outcomes[0]
    assert found["some_inactive", "", ""] == expected.outcomes[1]
    assert found["autarky", "", ""] == expected.autarky
    assert found["lost_to_market_power", "", ""] == expected.losses[3].points


def test_uniqueness_is_a_proof_with_its_slopes():
    found, expected = measure("uniqueness"), uniqueness(ENV)
    assert found == {
        ("proved", "", ""): 1,
        ("least_slope", "", ""): expected.least_slope,
        ("largest_slope", "", ""): expected.largest_slope,
    }


def test_types_that_coincide_are_a_number_at_stage_1_and_a_refusal_of_incentives():
    env = make_environment([[0.6], [0.6]], [[0.5, 0.5]])
    assert measure("stage1", env)["separating", "", ""] == 0
    with pytest.raises(NotSeparating, match="same stage-1 optimum"):
        measure("incentives", env)


def test_random_economies_get_finite_numbers_or_a_refusal():
    """Whatever else a measure raised would stop a whole sweep."""
    generator, answered = np.random.default_rng(3), 0
    for _ in range(sized(small=4, full=12)):
        env = with_active(random_economy(generator).environment, 6)
        for name in USUAL:
            with contextlib.suppress(*REFUSALS):
                answered += all(math.isfinite(value) for value in measure(name, env).values())
    assert answered > sized(small=8, full=24)
