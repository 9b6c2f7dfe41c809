"""What a type says about the states: frequencies are common knowledge in whole numbers, the posterior is Bayes' rule."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from experiment.config import SessionSettings, environment_names, read_settings
from experiment.offers import Offer
from experiment.pages.beliefs import belief_script, belief_variables
from experiment.pages.market import BELIEFS, NO_SECOND_OFFER, SECOND_OFFER, page_variables
from experiment.rounds import Announcement, announce
from experiment.seat import SeatView
from experiment.shown.chances import computed_chances, frequencies
from experiment.shown.numbers import percent
from theory.equilibrium.separating import second_stage
from theory.equilibrium.stage1 import stage1_optimum

CONFIG = {"participation_fee": 5, "real_world_currency_per_point": 0.1}


@pytest.mark.parametrize("name", environment_names())
def test_frequencies_are_the_prior_and_the_own_types_likelihood(name: str) -> None:
    settings = read_settings(CONFIG | {"environment": name})
    env = settings.environment
    for x, own in enumerate(env.types):
        told = frequencies(settings, own)
        assert told.markets_exact
        assert told.participants_exact
        np.testing.assert_allclose([row.markets / told.base for row in told.rows], env.prior)
        np.testing.assert_allclose([row.participants / told.base for row in told.rows], env.likelihood[:, x])


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


def _at_stage2(settings: SessionSettings, own: str, first: Offer | None, announcement: Announcement) -> SeatView:
    """In the first paid round, the practice rounds being over."""
    paid = settings.schedule.practice_rounds + 1
    return SeatView(settings=settings, round_number=paid, type=own, stage1=first, active=True, announcement=announcement)


@pytest.mark.parametrize("name", environment_names())
@pytest.mark.parametrize(("practice_with", "informs"), [("computers", False), ("typed_robots", True), ("participants", True)])
def test_with_robots_at_random_no_chance_on_any_page_depends_on_the_announcement(name: str, practice_with: str, informs: bool) -> None:
    """Every page of a practice round, for each type: as variables of its template and its script, with every announcement there can be."""
    fields = {
        "environment": name,
        "practice_with": practice_with,
        "practice_rounds": 2,
        "show_posterior": True,
        "beliefs": True,
        "belief_prize": 5,
    }
    settings = read_settings(CONFIG | fields)
    env, grid = settings.environment, settings.grid
    best = [grid.nearest(*map(float, offer)) for offer in stage1_optimum(env).offers]
    others = [[best[0]] * (settings.active - 1), [best[-1]] * (settings.active - 1), [Offer(0.0, 0.0)] * (settings.active - 1)]
    for number, own in product((1, 2), env.types):
        alone = chances_shown(computed_chances(SeatView(settings=settings, round_number=number, type=own)))
        seen = set()
        for of_others in others:
            announcement = announce([best[0], *of_others], [True] * settings.active, shutdown_if_equal=False)
            view = SeatView(settings=settings, round_number=number, type=own, stage1=best[0], active=True, announcement=announcement)
            seen.add(tuple(chances_shown(page_variables(view, SECOND_OFFER)["computed"])))
            beliefs = belief_variables(view, "USD")
            assert beliefs["computed"] is None
            assert beliefs["frequencies"] == frequencies(settings, own)
            assert (beliefs["chart"] is not None, beliefs["announcement_random"]) == (informs, not informs)
            assert "histogram" not in belief_script(view)
            assert "computed" not in page_variables(view, NO_SECOND_OFFER)
            assert page_variables(view, BELIEFS)["computed"] is None
        assert (len(seen) > 1, seen == {tuple(alone)}) == (informs, not informs)


def test_in_practice_alone_the_chances_are_computed_even_where_the_announcement_cannot_be_read() -> None:
    settings = read_settings(CONFIG | {"environment": "small_market", "practice_with": "computers", "practice_rounds": 1})
    alike = replace(settings.environment, utility=replace(settings.environment.utility, weight=np.full((2, 2), 0.4)))
    view = _at_stage2(settings, "blue", Offer(1.0, 0.0), announce([Offer(1.0, 0.0)] * 3, [True] * 3, shutdown_if_equal=False))
    told = computed_chances(replace(view, round_number=1, settings=replace(settings, environment=alike)))
    assert chances_shown(told) == [percent(0.7), percent(0.3)]


def chances_shown(told: object) -> list[str]:
    assert told is not None
    return [row.chance for row in told]  # type: ignore[attr-defined]
