"""What a type says about the states: frequencies are common knowledge in whole numbers, the posterior is Bayes' rule."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from experiment.config import environment_names, read_settings
from experiment.display.chances import computed_chances, frequencies
from experiment.display.numbers import percent
from experiment.offers import Offer
from experiment.rounds import Announcement, announce
from experiment.seat import SeatView
from theory.separating import second_stage
from theory.stage1 import stage1_optimum

CONFIG = {"participation_fee": 5, "real_world_currency_per_point": 0.1}


@pytest.mark.parametrize("name", environment_names())
def test_frequencies_are_the_prior_and_the_own_types_likelihood(name: str) -> None:
    settings = read_settings(CONFIG | {"environment": name})
    env = settings.environment
    for x, own in enumerate(env.types):
        told = frequencies(settings, own)
        assert told.exact
        np.testing.assert_allclose([row.markets / told.base for row in told.rows], env.prior)
        np.testing.assert_allclose([row.participants / told.base for row in told.rows], env.likelihood[:, x])


@pytest.mark.parametrize(
    ("prior", "likelihood", "base", "exact", "markets", "participants"),
    [
        ((1 / 3, 2 / 3), (0.7, 0.3), 100, False, (33, 67), (70, 30)),
        ((0.125, 0.875), (0.7, 0.3), 1000, True, (125, 875), (700, 300)),
        ((0.002, 0.998), (0.7, 1 / 3), 1000, False, (2, 998), (700, 333)),
        ((0.5, 0.5), (0.0, 1.0), 100, True, (50, 50), (0, 100)),
    ],
)
def test_frequencies_speak_of_as_few_markets_as_tell_the_chances(
    prior: tuple[float, ...], likelihood: tuple[float, ...], base: int, exact: bool, markets: tuple[int, ...], participants: tuple[int, ...]
) -> None:
    settings = read_settings(CONFIG | {"environment": "small_market"})
    mu = np.array([[chance, 1 - chance] for chance in likelihood])
    told = frequencies(replace(settings, environment=replace(settings.environment, prior=np.array(prior), likelihood=mu)), "blue")
    assert (told.base, told.exact) == (base, exact)
    assert tuple(row.markets for row in told.rows) == markets
    assert tuple(row.participants for row in told.rows) == participants
    assert sum(markets) == base


@pytest.mark.parametrize("name", environment_names())
def test_without_an_announcement_the_computed_chances_are_those_of_the_own_type(name: str) -> None:
    settings = read_settings(CONFIG | {"environment": name})
    env = settings.environment
    for x, own in enumerate(env.types):
        joint = env.prior * env.likelihood[:, x]
        told = computed_chances(SeatView(settings=settings, round_number=1, type=own))
        assert told is not None
        assert [row.chance for row in told] == [percent(float(chance)) for chance in joint / joint.sum()]


def test_with_an_announcement_they_are_those_of_the_theory_for_whoever_offered_what() -> None:
    settings = read_settings(CONFIG | {"environment": "small_market"})
    env, grid = settings.environment, settings.grid
    best = [grid.nearest(*map(float, offer)) for offer in stage1_optimum(env).offers]
    for own, read_as, *others in product(range(2), repeat=4):
        announcement = announce([best[x] for x in (read_as, *others)], [True] * 3, shutdown_if_equal=False)
        told = computed_chances(_at_stage2(settings, env.types[own], best[read_as], announcement))
        believed = second_stage(env, own, read_as, np.bincount(others, minlength=2)).posterior
        assert told is not None
        assert [row.chance for row in told] == [percent(float(chance)) for chance in believed]


def test_without_an_own_first_offer_the_others_and_the_own_type_are_what_one_knows() -> None:
    settings = read_settings(CONFIG | {"environment": "small_market"})
    env = settings.environment
    best = settings.grid.nearest(*map(float, stage1_optimum(env).offers[0]))
    told = computed_chances(_at_stage2(settings, "green", None, announce([best, best, None], [True] * 3, shutdown_if_equal=False)))
    joint = env.prior * env.likelihood[:, 0] ** 2 * env.likelihood[:, 1]
    assert told is not None
    assert [row.chance for row in told] == [percent(float(chance)) for chance in joint / joint.sum()]


def test_an_announcement_that_the_theory_cannot_read_has_no_computed_chances() -> None:
    settings = read_settings(CONFIG | {"environment": "small_market"})
    env = settings.environment
    alike = replace(env, utility=replace(env.utility, weight=np.full((2, 2), 0.4)))
    view = _at_stage2(settings, "blue", Offer(1.0, 0.0), announce([Offer(1.0, 0.0)] * 3, [True] * 3, shutdown_if_equal=False))
    assert computed_chances(replace(view, settings=replace(settings, environment=alike))) is None


def _at_stage2(settings: object, own: str, first: Offer | None, announcement: Announcement) -> SeatView:
    return SeatView(settings=settings, round_number=1, type=own, stage1=first, active=True, announcement=announcement)  # type: ignore[arg-type]
