"""Robots that offer by their type: what their offers tell about types and states, and what they keep to themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from experiment.config import SessionSettings, environment_names, read_settings
from experiment.config_fields import InvalidSettings
from experiment.market_options import COMPUTERS, TYPED_ROBOTS
from experiment.offers import Offer
from experiment.practice import PracticeRound, practice_round
from experiment.robot_offers import BY_TYPE, chances_read, groups_alike, typical_offer
from experiment.session_checks import check_settings
from tests.practice_information import bits, bits_of_market, bits_of_practice
from tests.sizes import sized
from theory.economy.environment import Environment
from theory.equilibrium.stage1 import read_type, stage1_optimum
from theory.information.beliefs import private_posterior

CONFIG = {"participation_fee": 5.0, "real_world_currency_per_point": 0.1}
SEED = 271828182845904
SUBJECTS = sized(small=400, full=4000)
NAMES = environment_names()


def settings_of(name: str, practice_with: str = TYPED_ROBOTS, **fields: object) -> SessionSettings:
    return read_settings({**CONFIG, "environment": name, "practice_with": practice_with, **fields})


@cache
def played(name: str, practice_with: str = TYPED_ROBOTS) -> tuple[SessionSettings, tuple[PracticeRound, ...]]:
    settings = settings_of(name, practice_with)
    return settings, tuple(practice_round(settings, SEED, n, 2) for n in range(1, SUBJECTS + 1))


def as_array(offers: Sequence[Offer]) -> np.ndarray:
    return np.array([(offer.q, offer.r) for offer in offers])


def alike(name: str, weights: object) -> Environment:
    """A shipped environment with other weights, and so with other optima."""
    environment = settings_of(name).environment
    return replace(environment, utility=replace(environment.utility, weight=np.array(weights, float)))


@pytest.mark.parametrize("name", NAMES)
def test_first_offers_are_mostly_but_not_always_read_as_the_robots_own_type(name: str) -> None:
    settings, rounds = played(name)
    types = np.array([settings.environment.type_index(kind) for one in rounds for kind in one.draws.types[1:]])
    read = read_type(settings.environment, as_array([offer for one in rounds for offer in one.first]))
    chances = chances_read(settings.environment, settings.grid)
    order = [group[0] for group in groups_alike(settings.environment)]
    for x in range(len(settings.environment.types)):
        found = [np.mean(read[types == x] == y) for y in order]
        np.testing.assert_allclose(found, chances[x], atol=4 * 0.5 / np.sqrt((types == x).sum()))
        assert BY_TYPE < chances[x, order.index(x)] < 1
    assert 0.85 < np.mean(read == types) < 0.99


@pytest.mark.parametrize("name", NAMES)
def test_the_histogram_of_typed_robots_tells_about_as_much_as_that_of_a_market_and_that_of_random_ones_nothing(name: str) -> None:
    settings = settings_of(name)
    market, typed = bits_of_market(settings), bits_of_practice(settings)
    assert 0.6 * market < typed < market
    assert bits_of_practice(settings_of(name, COMPUTERS)) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_simulated_histograms_tell_is_what_was_computed(name: str) -> None:
    """The average gain of the true state's log chance, for an observer who knows the rule, is the information."""
    for practice_with in (TYPED_ROBOTS, COMPUTERS):
        settings, rounds = played(name, practice_with)
        environment = settings.environment
        order = [group[0] for group in groups_alike(environment)]
        by_state = environment.likelihood @ chances_read(environment, settings.grid, BY_TYPE if practice_with == TYPED_ROBOTS else 0.0)
        gains = []
        for one in rounds:
            announced = [offer for offer, active in zip(one.first, one.draws.active[1:], strict=True) if active]
            places = [order.index(x) for x in read_type(environment, as_array(announced))]
            weights = environment.prior * np.prod(by_state[:, places], axis=1)
            z = environment.state_index(one.draws.state)
            gains.append(np.log2(weights[z] / weights.sum() / environment.prior[z]))
        error = np.std(gains) / np.sqrt(len(gains))
        assert np.mean(gains) == pytest.approx(bits(settings, by_state, settings.active - 1), abs=max(4 * error, 1e-9))


@pytest.mark.parametrize("name", NAMES)
def test_no_amount_is_more_frequent_than_another_within_what_is_read_as_a_type(name: str) -> None:
    settings = settings_of(name)
    environment, optimum = settings.environment, stage1_optimum(settings.environment).offers
    for x in range(len(environment.types)):
        drawn = [typical_offer(environment, settings.grid, x, (n + 0.5) / 5000) for n in range(5000)]
        assert all(settings.grid.contains(offer) for offer in drawn)
        assert set(read_type(environment, as_array(drawn)).tolist()) == {x}
        different, counts = np.unique([offer.signed for offer in drawn], return_counts=True)
        assert counts.max() - counts.min() <= 1
        best = settings.grid.nearest(*map(float, optimum[x])).signed
        assert best in different
        assert len(different) > 10, "the optimum is one of many"


@pytest.mark.parametrize("name", NAMES)
def test_second_offers_follow_the_same_rule_and_answer_neither_the_announcement_nor_the_subject(name: str) -> None:
    settings, rounds = played(name)
    environment = settings.environment
    types = np.array([environment.type_index(kind) for one in rounds for kind in one.draws.types[1:]])
    first, second = (as_array([offer for one in rounds for offer in getattr(one, which)]) for which in ("first", "second"))
    assert np.mean(read_type(environment, second) == types) == pytest.approx(np.mean(read_type(environment, first) == types), abs=0.03)
    for x in range(len(environment.types)):
        of_type = [(offers[types == x] @ [-1.0, 1.0]) for offers in (first, second)]
        assert abs(np.corrcoef(*of_type)[0, 1]) < 6 / np.sqrt((types == x).sum())


def test_robots_by_type_share_nature_and_their_random_offers_with_robots_at_random() -> None:
    (_, typed), (_, at_random) = played("mixed_values"), played("mixed_values", COMPUTERS)
    assert [one.draws for one in typed] == [one.draws for one in at_random]
    same = np.mean([a == b for one, other in zip(typed, at_random, strict=True) for a, b in zip(one.first, other.first, strict=True)])
    assert 1 - BY_TYPE < same < 1 - BY_TYPE + 0.05


def test_types_with_the_same_optimum_offer_alike_and_the_others_apart() -> None:
    made = alike("three_types", settings_of("three_types").environment.utility.weight)
    own = private_posterior(made)
    apart = groups_alike(made)
    assert sorted(x for group in apart for x in group) == [0, 1, 2]
    assert len(apart) == 3
    weight = made.utility.weight.copy()
    weight[0] = weight[1] = float((own[0] * weight[0]).sum())
    pooled = replace(made, utility=replace(made.utility, weight=weight))
    groups = groups_alike(pooled)
    assert sorted(map(len, groups)) == [1, 2]
    assert (0, 1) in {tuple(sorted(group)) for group in groups}
    grid = settings_of("three_types").grid
    for place in (0.0, 0.3, 0.999):
        assert typical_offer(pooled, grid, 0, place) == typical_offer(pooled, grid, 1, place) != typical_offer(pooled, grid, 2, place)
    chances = chances_read(pooled, grid)
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)
    np.testing.assert_array_equal(chances[0], chances[1])


def test_where_no_offer_tells_types_apart_robots_by_type_are_refused_and_others_are_not() -> None:
    same = alike("small_market", np.full((2, 2), 0.4))
    for practice_with, rounds, refused in ((TYPED_ROBOTS, 2, True), (TYPED_ROBOTS, 0, False), (COMPUTERS, 2, False)):
        settings = replace(settings_of("small_market", practice_with, practice_rounds=rounds), environment=same)
        if refused:
            with pytest.raises(
                InvalidSettings, match=r"practice_with is typed_robots, but all types .* let it be computers or participants"
            ):
                check_settings(settings)
        else:
            check_settings(settings)


@pytest.mark.parametrize(("announcement", "rounds", "warned"), [("none", 2, True), ("histogram", 2, False), ("none", 0, False)])
def test_robots_by_type_whose_first_offers_nobody_sees_are_warned_of(announcement: str, rounds: int, warned: bool) -> None:
    settings = settings_of("small_market", announcement=announcement, practice_rounds=rounds)
    assert any("nothing is announced" in warning for warning in check_settings(settings)) is warned
