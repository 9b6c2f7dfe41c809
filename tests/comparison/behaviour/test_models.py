"""The models' probabilities of each offer: nested models coincide, and payoffs are those of the mechanism."""

from decimal import Decimal

import numpy as np
import pytest

from comparison.behaviour.game import Game, NoChoiceModel, game_of
from comparison.behaviour.models import MODELS
from comparison.behaviour.situations import Situations, read_offers, situations_of
from experiment.config import DEFAULTS, ENVIRONMENTS, read_settings
from experiment.offers import OfferGrid
from theory.economy.environment import environment_fields, parse_environment, read_environment
from theory.equilibrium.separating import second_stage
from theory.equilibrium.stage1 import UNREAD, read_type, stage1_optimum
from theory.mechanism import clear_market

ENV = read_environment(ENVIRONMENTS / "mixed_values.toml")
GAME = Game(ENV, ENV.active, OfferGrid(Decimal("0.1"), Decimal("10"), Decimal("10")))
SITUATIONS = Situations(
    GAME,
    np.array([[6, 4], [6, 4], [6, 4], [6, 4], [10, 0], [9, 1], [6, 3]]),
    np.array([0, 1, 0, 1, 1, 1, 1]),
    np.array([0, 1, 1, 0, 0, 1, UNREAD]),
)


def at(name, *values, situations=SITUATIONS):
    return MODELS[name].bind(situations, None)(np.array(values))


def test_grid_offers_and_their_places_invert_each_other():
    assert len(GAME.offers) == 201
    np.testing.assert_array_equal(GAME.index(GAME.offers), np.arange(201))
    assert all(GAME.grid.nearest(*offer).signed == offer[1] - offer[0] for offer in GAME.offers.tolist())


def test_stage_1_payoffs_are_highest_at_alpha_star():
    best = GAME.offers[GAME.stage1_points.argmax(axis=1)]
    np.testing.assert_allclose(best, stage1_optimum(ENV).offers, rtol=0, atol=0.1)


def test_stage_2_payoffs_are_what_the_market_pays_and_never_less_than_the_floor():
    offers, belief = np.array([[2.0, 0.0], [0.0, 3.0], [0.0, 0.5]]), np.array([0.3, 0.7])
    others = GAME.exogenous + offers.sum(axis=0)
    found = GAME.stage2_points(np.array([1]), belief[None], others[None])[0]
    for place in (0, 70, 100, 160, 200):
        made = np.vstack([GAME.offers[place], offers, np.zeros((GAME.active - 4, 2))])
        q, r = np.maximum(clear_market(made, [10, 10], ENV.epsilon).bundles[0], 0)
        paid = np.maximum(ENV.utility.points(q, r, ENV.utility.weight[1]), ENV.utility.floor)
        assert found[place] == pytest.approx(belief @ paid)
    assert found.min() >= ENV.utility.floor


def test_situations_hold_what_the_paper_lets_each_agent_believe():
    for c in range(5):
        told = second_stage(ENV, int(SITUATIONS.own[c]), int(SITUATIONS.read_as[c]), SITUATIONS.others[c])
        np.testing.assert_array_equal(SITUATIONS.believed[c], told.believed)
        np.testing.assert_allclose(SITUATIONS.posterior[c], told.posterior)


def test_precise_logit_nash_plays_s2_star_misread_agents_included():
    second = at("logit_nash", 1.0, 900.0)[0].second
    for c in range(5):
        told = second_stage(ENV, int(SITUATIONS.own[c]), int(SITUATIONS.read_as[c]), SITUATIONS.others[c])
        best = GAME.offers[second[c].argmax()]
        np.testing.assert_allclose(best, told.offer, rtol=0, atol=0.1)


def test_the_equilibrium_without_errors_offers_the_nearest_of_the_grid():
    second = at("equilibrium")[0].second
    assert np.all((second == 0).sum(axis=1) == 1)
    for c in range(5):
        told = second_stage(ENV, int(SITUATIONS.own[c]), int(SITUATIONS.read_as[c]), SITUATIONS.others[c])
        np.testing.assert_allclose(GAME.offers[second[c].argmax()], told.offer, rtol=0, atol=0.05 + 1e-9)


@pytest.mark.parametrize(("name", "value"), [("cursed", 0.0), ("conduct", 1.0)])
def test_models_that_nest_logit_nash_are_it_at_that_value(name, value):
    nested, nash = at(name, 0.6, 0.4, value)[0], at("logit_nash", 0.6, 0.4)[0]
    np.testing.assert_allclose(nested.second, nash.second, rtol=0, atol=1e-8)
    np.testing.assert_array_equal(nested.first, nash.first)


def test_no_precision_is_uniform_and_every_row_sums_to_one():
    even = at("uniform")[0]
    for name in ("logit_nash", "logit_equilibrium"):
        kind = at(name, 1e-4, 1e-4)[0]
        np.testing.assert_allclose(kind.second, even.second, atol=0.02)
    for name, values in (("cursed", (0.6, 0.4, 0.5)), ("conduct", (0.6, 0.4, 0.5)), ("level_k", (0.6, 0.4, 0.2, 0.5))):
        kinds = at(name, *values)
        assert sum(kind.share for kind in kinds) == pytest.approx(1.0)
        for kind in kinds:
            np.testing.assert_allclose(np.exp(kind.second).sum(axis=1), 1.0)
            np.testing.assert_allclose(np.exp(kind.first).sum(axis=1), 1.0)


def test_a_price_taker_offers_more_than_who_knows_to_move_the_price():
    taker, nash = (at("conduct", 0.6, 900.0, theta)[0].second[:2].argmax(axis=1) for theta in (0.0, 1.0))
    size = np.abs(np.array([GAME.offers[place].sum() for place in (taker, nash)]))
    assert (size[0] > size[1]).all()


def test_level_1_ignores_what_others_types_do_to_prices_and_level_2_does_not():
    levels = at("level_k", 0.6, 900.0, 0.2, 0.5)
    same_belief = Situations(GAME, np.array([[6, 4], [5, 5]]), np.array([0, 0]), np.array([0, 1]))
    kinds = at("level_k", 0.6, 900.0, 0.2, 0.5, situations=same_belief)
    np.testing.assert_array_equal(same_belief.believed[0], same_belief.believed[1])
    np.testing.assert_allclose(kinds[1].second[0], kinds[1].second[1], atol=1e-9)
    assert np.abs(kinds[2].second[0] - kinds[2].second[1]).max() > 0.1
    assert len(levels) == 3


def test_offers_are_read_as_the_theory_reads_them():
    np.testing.assert_array_equal(read_offers(GAME, GAME.offers), read_type(ENV, GAME.offers))
    assert read_offers(GAME, [[np.nan, np.nan]])[0] == UNREAD


def test_each_active_agent_is_in_the_situation_of_its_market():
    types, read = np.array([[0, 1, 1, 0]]), np.array([[0, 0, 1, UNREAD]])
    active = np.array([[True, True, False, True]])
    found, where = situations_of(GAME, types, read, active)
    np.testing.assert_array_equal(where[0] >= 0, active[0])
    np.testing.assert_array_equal(found.announced[where[0, 1]], [2, 0])
    assert (found.own[where[0, 3]], found.read_as[where[0, 3]]) == (0, UNREAD)


def test_an_economy_without_a_floor_has_no_choice_probabilities():
    fields = environment_fields(ENV)
    del fields["utility"]["floor"]
    config = {**DEFAULTS, "participation_fee": 0, "real_world_currency_per_point": 1}
    with pytest.raises(NoChoiceModel, match="mixed_values has offers worth minus infinity and no floor"):
        game_of(read_settings(config, environment=parse_environment(fields)))
