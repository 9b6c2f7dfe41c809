"""The criteria of a design, against direct sums; the candidates that are drawn, and the scale and shift that they get."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from comparison.design.criteria import any_points, checked_threshold, criteria, in_points, stage2_averages
from comparison.design.earnings import roundest, within
from comparison.design.variation import DEFAULT_RANGES, InvalidVariation, default_dimensions, draws, read_dimensions, varied
from tests.economies import asymmetric_environment, make_environment
from theory.economy.environment import read_environment
from theory.economy.utility import FAMILIES
from theory.equilibrium.rivals import NASH, NASH_PRIVATE, rival_outcome
from theory.equilibrium.stage1 import stage1_optimum
from theory.equilibrium.stage2 import solve_stage2
from theory.information.enumeration import all_configurations
from theory.mechanism import bundles_at_price, clear_market
from theory.stage1_incentives.threshold import threshold

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
BENCHMARKS = ("nash", "nash_private", "nash_no_information")


@pytest.fixture(scope="module")
def mixed():
    return read_environment(ENVIRONMENTS / "mixed_values.toml")


def test_separation_in_log_cobb_douglas_is_the_distance_of_expected_weights(mixed):
    """alpha* spends the share E[w | x] of two endowments on q, so that signed offers are 10 (2 E[w | x] - 1)."""
    weight = np.array([0.7 * 0.15 + 0.3 * 0.5, 0.3 * 0.5 + 0.7 * 0.85])
    assert criteria(mixed, 0.1, BENCHMARKS).separation == pytest.approx(20 * np.diff(weight)[0] / 0.1)
    assert criteria(mixed, 0.5, BENCHMARKS).separation == pytest.approx(20 * np.diff(weight)[0] / 0.5)


def test_steepness_is_what_the_neighbours_offer_costs_of_what_alpha_star_pays(mixed):
    blue, green = 0.7 * 0.15 + 0.3 * 0.5, 0.3 * 0.5 + 0.7 * 0.85

    def paid(weight, share):
        return -155 + 80 * (weight * np.log(20 * share) + (1 - weight) * np.log(20 * (1 - share)))

    cost = (paid(blue, blue) - paid(blue, green)) / paid(blue, blue)
    assert criteria(mixed, 0.1, BENCHMARKS).steepness == pytest.approx(100 * cost)


def test_distance_of_benchmarks_is_that_of_average_log_prices_by_state(mixed):
    counts = np.array([[n, 10 - n] for n in range(11)])
    chance = np.stack([binom.pmf(counts[:, 0], 10, blue) for blue in (0.7, 0.3)])
    nash, private = (np.log(rival_outcome(mixed, rival, counts).price) for rival in (NASH, NASH_PRIVATE))
    distance = np.abs(chance @ (nash - private)).mean()
    found = criteria(mixed, 0.1, ("nash", "nash_private"))
    assert found.apart == pytest.approx(100 * (np.exp(distance) - 1))
    assert found.prices["nash", "high"] == pytest.approx(np.exp(chance[1] @ nash))


def test_the_smallest_distance_counts_and_each_pair_is_there(mixed):
    found = criteria(mixed, 0.1, (*BENCHMARKS, "competitive", "autarky", "repeat_stage1"))
    assert len(found.distances) == 15
    assert found.apart == min(found.distances.values())


def test_points_in_equilibrium_are_the_extremes_of_active_and_inactive():
    def found_and_direct(environment):
        counts = all_configurations(environment.active, len(environment.types))
        bundles = solve_stage2(environment, counts).bundles
        active = environment.utility.points(bundles[:, :, None, 0], bundles[:, :, None, 1], environment.utility.weight)
        fixed = bundles_at_price(stage1_optimum(environment).offers, environment.fixed_price, environment.endowment)
        inactive = environment.utility.points(fixed[:, 0, None], fixed[:, 1, None], environment.utility.weight)
        return stage2_averages(environment, ()), active[~np.isnan(active)], inactive

    found, active, inactive = found_and_direct(asymmetric_environment("ces"))
    assert (found.least, found.largest) == pytest.approx((active.min(), active.max()))
    found, active, inactive = found_and_direct(read_environment(ENVIRONMENTS / "small_market.toml"))
    assert (found.least, found.largest) == pytest.approx((inactive.min(), inactive.max()))
    assert inactive.min() < active.min() < active.max() < inactive.max()


@pytest.mark.parametrize("family", FAMILIES)
def test_no_offers_pay_more_or_less_than_what_is_said_of_any_offers(family):
    environment = asymmetric_environment(family)
    least, largest = any_points(environment)
    generator, endowment = np.random.default_rng(3), (3.0, 5.0)
    for _ in range(300):
        sells = generator.random((environment.agents, 1)) < generator.random()
        offers = np.where(sells, [1.0, 0.0], [0.0, 1.0]) * generator.choice([0.0, 0.3, 0.6, 1.0], (environment.agents, 1)) * endowment
        bundles = np.maximum(clear_market(offers, endowment, (0.06, 0.25)).bundles, 0.0)
        points = environment.utility.points(bundles[:, 0, None, None], bundles[:, 1, None, None], environment.utility.weight)
        assert points.min() >= least
        assert points.max() <= largest * (1 + 1e-3 * np.sign(largest))


def test_the_most_points_are_those_of_the_best_offer_against_everybody_elses_other_good():
    environment = make_environment([[0.5]], [[1.0]], "cobb-douglas", endowment=(3.0, 5.0), epsilon=(0.06, 0.25), agents=6)
    others = np.tile([0.0, 5.0], (5, 1))
    best = max(
        float(environment.utility.points(*clear_market(np.vstack([[[offer, 0.0]], others]), [3.0, 5.0], [0.06, 0.25]).bundles[0], 0.5))
        for offer in np.linspace(0, 3, 401)
    )
    mirrored = max(
        float(
            environment.utility.points(
                *clear_market(np.vstack([[[0.0, offer]], others[:, ::-1] * 3 / 5]), [3.0, 5.0], [0.06, 0.25]).bundles[0], 0.5
            )
        )
        for offer in np.linspace(0, 5, 401)
    )
    assert any_points(environment)[1] == pytest.approx(max(best, mirrored), rel=1e-4)


@pytest.mark.parametrize("name", ["mixed_values", "three_types"])
def test_the_threshold_is_the_theorys(name):
    environment = read_environment(ENVIRONMENTS / f"{name}.toml")
    assert checked_threshold(environment, 16) == threshold(environment, 16).threshold


def test_there_is_no_threshold_where_the_last_market_fails():
    assert threshold(read_environment(ENVIRONMENTS / "three_types.toml"), 11).threshold is None
    assert checked_threshold(read_environment(ENVIRONMENTS / "three_types.toml"), 11) is None


@given(st.floats(-50, 50), st.floats(1e-3, 100), st.floats(0, 500), st.floats(0.5, 1000))
def test_scale_and_shift_put_points_within_the_bounds_and_use_most_of_them(least, width, lowest, room):
    environment = make_environment([[0.2, 0.4], [0.6, 0.8]], [[0.7, 0.3], [0.3, 0.7]], scale=3.0, shift=7.0)
    utility = within(environment, least, least + width, lowest, lowest + room).utility
    low, high = (utility.shift + utility.scale * (end - 7.0) / 3.0 for end in (least, least + width))
    slack = 1e-9 * (1 + lowest + room)
    assert lowest - slack <= low < high <= lowest + room + slack
    assert high - low >= 0.88 * room
    assert utility.scale == float(f"{utility.scale:.1e}")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-163.2, -148.0, -150.0), (17.1, 23.0, 20.0), (-0.4, 0.7, 0.0), (1.23, 1.27, 1.25), (51.2, 51.9, 51.5), (4.9, 60, 50.0)],
)
def test_the_roundest_number_between_two_is_found(low, high, expected):
    assert roundest(low, high) == expected


def test_stage_2_in_other_points_is_what_another_pass_finds(mixed):
    other = replace(mixed, utility=replace(mixed.utility, scale=3.0, shift=9.0))
    moved, again = in_points(stage2_averages(mixed, BENCHMARKS), mixed, other), stage2_averages(other, BENCHMARKS)
    assert (moved.least, moved.largest) == pytest.approx((again.least, again.largest))


@pytest.mark.parametrize("name", ["mixed_values", "nearly_common", "three_types"])
def test_candidates_are_valid_and_round_and_spread_over_their_ranges(name):
    environment = read_environment(ENVIRONMENTS / f"{name}.toml")
    dimensions = default_dimensions(environment)
    found = draws(environment, dimensions, 40, seed=2)
    values = np.array([draw.values for draw in found])
    assert all(draw.environment is not None for draw in found)
    for dimension, column in zip(dimensions, values.T, strict=True):
        quarters = np.histogram(column, 4, (dimension.low, dimension.high))[0]
        assert quarters.sum() == 40
        assert quarters.min() >= 8, dimension
    for draw in found:
        weights = draw.environment.utility.weight
        assert np.array_equal(weights, np.round(weights, 2))
        assert np.allclose(draw.environment.likelihood, np.round(draw.environment.likelihood, 2), atol=1e-12)


def test_every_family_says_what_varies_by_default():
    assert DEFAULT_RANGES.keys() == set(FAMILIES)


def test_a_stronger_likelihood_tells_states_apart_by_as_much_more(mixed):
    assert varied(mixed, {"likelihood.strength": 1.0}).likelihood == pytest.approx(mixed.likelihood)
    assert varied(mixed, {"likelihood.strength": 0.0}).likelihood == pytest.approx(np.full((2, 2), 0.5))
    assert varied(mixed, {"likelihood.strength": 2.0}).likelihood == pytest.approx(np.array([[0.9, 0.1], [0.1, 0.9]]))


def test_a_table_stands_for_its_numbers_and_agents_and_shares_stay_whole(mixed):
    dimensions = read_dimensions(
        mixed, ["utility.weight=0.2:0.8", "mechanism.agents=6:18", "mechanism.inactive_share=0.1:0.3", "epsilon.share=0.01:0.02"]
    )
    assert [d.field for d in dimensions][:4] == [f"utility.weight.{x}.{z}" for x in ("blue", "green") for z in ("low", "high")]
    for draw in draws(mixed, dimensions, 20, seed=1):
        env = draw.environment
        assert 6 <= env.agents <= 18
        assert (env.inactive_share * env.agents).denominator == 1
        assert env.agents - env.active == env.inactive_share * env.agents
        assert 0.1 <= env.epsilon_q <= 0.2


def test_names_with_dots_in_them_can_be_varied():
    plain = make_environment([[0.2, 0.4], [0.6, 0.8]], [[0.7, 0.3], [0.3, 0.7]])
    environment = replace(plain, types=("a.b", "a"), states=("b.c", "c"))
    (dimension,) = read_dimensions(environment, ["utility.weight.a.b.b.c=0.1:0.3"])
    assert varied(environment, {dimension.field: 0.25}).utility.weight.tolist() == [[0.25, 0.4], [0.6, 0.8]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("utility.weight", "is not a range"),
        ("utility.weight.blue.low=0.4:0.1", "must be less"),
        ("utility.weight.red=0.1:0.4", "is not a number in the environment"),
        ("utility.weight.blue.low=0.1:1.4", "weight must lie strictly between 0 and 1"),
        ("likelihood.low.blue=0.1:0.4", "vary likelihood.strength"),
        ("states.prior=0.1:0.4", "vary likelihood.strength"),
        ("likelihood.strength=0.5:4", "a probability lies between 0 and 1"),
        ("mechanism.agents=1:12", "whole number from 2"),
        ("utility.family=1:2", "is not a number in the environment"),
    ],
)
def test_a_range_that_cannot_be_searched_is_refused_with_a_sentence(mixed, text, said):
    with pytest.raises(InvalidVariation, match=said):
        read_dimensions(mixed, [text])


def test_a_field_is_varied_once(mixed):
    with pytest.raises(InvalidVariation, match="varied twice"):
        read_dimensions(mixed, ["utility.weight.blue=0.1:0.4", "utility.weight=0.1:0.4"])
