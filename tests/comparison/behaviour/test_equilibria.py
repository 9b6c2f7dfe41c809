"""The equilibria behind the models' beliefs: known limits, and the conditions themselves."""

from decimal import Decimal

import numpy as np
import pytest

from comparison.behaviour.equilibria import conduct_offers, cursed_belief, logit_choice, logit_offers
from comparison.behaviour.game import Game
from experiment.config import ENVIRONMENTS
from experiment.offers import OfferGrid
from tests.comparison.behaviour.two_players import two_player_logit_equilibrium, two_player_payoffs
from theory.economy.environment import read_environment
from theory.equilibrium.competitive import competitive_equilibrium_at
from theory.equilibrium.rivals import cursed_nash, rival_outcome
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import posterior
from theory.information.enumeration import all_configurations

NAMES = ("mixed_values", "nearly_common", "small_market", "three_types")


def game(name, step="0.1", active=None):
    env = read_environment(ENVIRONMENTS / f"{name}.toml")
    return Game(env, env.active if active is None else active, OfferGrid(Decimal(step), Decimal("10"), Decimal("10")))


def everything(found):
    counts = all_configurations(found.active, len(found.environment.types))
    return counts, posterior(found.environment, counts)


@pytest.mark.parametrize("name", NAMES)
def test_conduct_1_is_nash_and_conduct_0_takes_prices(name):
    one = game(name)
    counts, belief = everything(one)
    there = (counts > 0)[..., None]
    nash = np.where(there, solve_stage2(one.environment, counts).offers, 0.0)
    np.testing.assert_allclose(conduct_offers(one, counts, belief, 1.0), nash, rtol=0, atol=1e-9)
    competitive = competitive_equilibrium_at(one.environment, belief, counts / one.active).offers
    np.testing.assert_allclose(conduct_offers(one, counts, belief, 0.0), np.where(there, competitive, 0.0), rtol=0, atol=1e-9)


@pytest.mark.parametrize("theta", [1e-12, 0.3, 0.7, 1.4])
@pytest.mark.parametrize("name", NAMES)
def test_offers_of_any_conduct_satisfy_their_first_order_conditions(name, theta):
    one = game(name)
    env = one.environment
    counts, belief = everything(one)
    offers = conduct_offers(one, counts, belief, theta)
    totals = one.exogenous + (counts[..., None] * offers).sum(axis=1)
    price = (totals[:, 1] / totals[:, 0])[:, None]
    q = env.endowment_q - offers[..., 0] + offers[..., 1] / price
    r = env.endowment_r - offers[..., 1] + offers[..., 0] * price
    of_q, of_r = env.utility.marginal_points(q[..., None], r[..., None], env.utility.weight)
    rate = (belief[:, None] * of_q).sum(axis=-1) / (belief[:, None] * of_r).sum(axis=-1)
    wanted = price * (1 - theta * offers[..., 0] / totals[:, :1]) / (1 - theta * offers[..., 1] / totals[:, 1:])
    trades = (counts > 0) & (offers.sum(axis=-1) > 0)
    assert trades.sum() > len(counts)
    np.testing.assert_allclose(rate[trades], wanted[trades], rtol=1e-8)


def test_cursed_offers_are_those_of_the_rival_prediction():
    one = game("mixed_values")
    counts, belief = everything(one)
    rival = rival_outcome(one.environment, cursed_nash(0.4), counts).offers
    found = conduct_offers(one, counts, cursed_belief(one, belief, 0.4))
    np.testing.assert_allclose(found, np.nan_to_num(rival), rtol=0, atol=1e-9)


@pytest.mark.parametrize("precision", [1e-4, 0.3, 4.0, 60.0])
@pytest.mark.parametrize("name", NAMES)
def test_mean_offers_are_a_fixed_point_of_logit_replies_to_them(name, precision):
    one = game(name)
    counts, belief = everything(one)
    mean = logit_offers(one, counts, belief, precision)
    for d in range(0, len(counts), 7):
        for x in np.flatnonzero(counts[d]):
            others = one.exogenous + (counts[d][:, None] * mean[d]).sum(axis=0) - mean[d, x]
            chance = np.exp(logit_choice(one.stage2_points(np.array([x]), belief[d : d + 1], others[None]), precision))
            np.testing.assert_allclose(chance[0] @ one.offers, mean[d, x], rtol=0, atol=1e-9)


def test_logit_offers_start_at_uniform_play_and_end_at_nash():
    one = game("mixed_values", step="0.02")
    counts, belief = everything(one)
    there = (counts > 0)[..., None]
    np.testing.assert_allclose(logit_offers(one, counts, belief, 1e-9), np.where(there, one.offers.mean(axis=0), 0.0), rtol=0, atol=1e-6)
    np.testing.assert_allclose(logit_offers(one, counts, belief, 900.0), conduct_offers(one, counts, belief), rtol=0, atol=0.03)


def test_answering_the_mean_is_near_the_exact_equilibrium_even_of_two_players():
    one = game("small_market", active=2)
    counts = np.array([[1, 1]])
    belief = posterior(one.environment, counts)
    first, second = (two_player_payoffs(one, x, belief[0]) for x in (0, 1))
    exact = two_player_logit_equilibrium(first, second.T, 8.0)
    mean = logit_offers(one, counts, belief, 8.0)[0]
    np.testing.assert_allclose(mean, [exact.first @ one.offers, exact.second @ one.offers], rtol=0, atol=0.05)
