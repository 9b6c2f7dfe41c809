"""Rival predictions: where they coincide with the paper's and with each other, and that each is what it says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.economies import asymmetric_environment, relabelled, swapped
from tests.theory.independent import best_reply
from theory.cli import main
from theory.economy.environment import read_environment
from theory.economy.utility import FAMILIES
from theory.efficiency.expectations import expectations
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.rivals import (
    AUTARKY,
    COMPETITIVE,
    COMPETITIVE_NO_INFORMATION,
    COMPETITIVE_PRIVATE,
    LIMIT_STATE,
    NASH,
    NASH_NO_INFORMATION,
    NASH_PRIVATE,
    NASH_STATE,
    REPEAT,
    Conduct,
    Information,
    Rival,
    all_rivals,
    belief_about_state,
    cursed_competitive,
    cursed_nash,
    outcome_of_offers,
    rival_outcome,
)
from theory.equilibrium.stage1 import stage1_optimum
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import posterior, private_posterior

FILE = str(Path(__file__).parents[2] / "environments" / "mixed_values.toml")
COUNTS = [[3, 4, 3], [5, 0, 5], [3, 4, 3]]


@pytest.mark.parametrize("family", FAMILIES)
def test_revealed_nash_is_the_papers_prediction(family):
    env = asymmetric_environment(family)
    found, predicted = rival_outcome(env, NASH, COUNTS), solve_stage2(env, COUNTS)
    assert found.price == pytest.approx(predicted.price, rel=1e-14)
    np.testing.assert_array_equal(found.offers, predicted.offers)


@pytest.mark.parametrize("family", FAMILIES)
def test_with_private_information_every_offer_is_a_best_reply_at_the_own_types_posterior(family):
    env = asymmetric_environment(family)
    found, tau = rival_outcome(env, NASH_PRIVATE, COUNTS), private_posterior(env)
    for row, counts in enumerate(np.array(COUNTS)):
        there = np.flatnonzero(counts)
        totals = counts[there] @ found.offers[row, there] + counts.sum() * env.epsilon
        for x in there:
            reply = best_reply(env, int(x), tau[x].tolist(), *(totals - found.offers[row, x]).tolist())
            assert found.offers[row, x] == pytest.approx(reply, abs=1e-8)


@pytest.mark.parametrize("family", FAMILIES)
def test_cursed_agents_lie_between_all_types_and_their_own(family):
    env = asymmetric_environment(family)
    half = belief_about_state(env, cursed_nash(0.5), COUNTS)
    assert half == pytest.approx((posterior(env, COUNTS)[:, None] + private_posterior(env)) / 2, abs=1e-15)
    for chi, nash, taking in ((0.0, NASH, COMPETITIVE), (1.0, NASH_PRIVATE, COMPETITIVE_PRIVATE)):
        assert rival_outcome(env, cursed_nash(chi), COUNTS).price == pytest.approx(rival_outcome(env, nash, COUNTS).price, rel=1e-10)
        cursed = rival_outcome(env, cursed_competitive(chi), COUNTS)
        assert cursed.price == pytest.approx(rival_outcome(env, taking, COUNTS).price, rel=1e-10)


def test_log_cobb_douglas_price_takers_with_beliefs_of_their_own_have_their_closed_form_price():
    env, shares = asymmetric_environment("cobb-douglas-log"), np.array([0.3, 0.4, 0.3])
    for rival, belief in (
        (COMPETITIVE_PRIVATE, private_posterior(env)),
        (COMPETITIVE_NO_INFORMATION, np.tile(env.prior, (3, 1))),
        (cursed_competitive(0.25), 0.75 * posterior(env, COUNTS[:1]) + 0.25 * private_posterior(env)),
    ):
        on_q = shares @ (env.utility.weight * belief).sum(axis=1)
        price = (on_q * env.endowment_r + env.epsilon_r) / ((1 - on_q) * env.endowment_q + env.epsilon_q)
        assert rival_outcome(env, rival, COUNTS[:1]).price[0] == pytest.approx(price, rel=1e-12)


@pytest.mark.parametrize("conduct", ["nash", "competitive"])
@pytest.mark.parametrize("name", ["mixed_values", "nearly_common", "three_types"])
def test_the_more_agents_know_the_more_the_average_price_tells_the_states_apart(name, conduct):
    """In these files tastes for q rise with the state, and so do the chances of the types that like it."""
    env = read_environment(Path(FILE).with_name(f"{name}.toml"))
    by_name = {rival.name: rival for rival in all_rivals(0.5)}
    steps = ("no_information", "private", "cursed", None, "state")
    gaps = []
    for step in steps:
        price = expectations(env, by_name[conduct if step is None else f"{conduct}_{step}"]).price
        gaps.append(np.log(price[-1] / price[0]))
    assert (np.diff([0.0, *gaps]) > 0).all()


@pytest.mark.parametrize("conduct", [cursed_nash, cursed_competitive])
def test_the_more_cursed_agents_are_the_less_the_price_moves_with_what_the_types_reveal(conduct):
    env = read_environment(FILE)
    prices = np.array([rival_outcome(env, conduct(chi), [[9, 1], [1, 9]]).price for chi in np.linspace(0, 1, 6)])
    assert (np.diff(prices[:, 0]) > 0).all()
    assert (np.diff(prices[:, 1]) < 0).all()


@pytest.mark.parametrize("rival", all_rivals(0.3), ids=lambda rival: rival.name)
def test_relabelling_the_types_and_swapping_the_goods_carry_over(rival):
    env, order = asymmetric_environment("ces"), np.array([2, 0, 1])
    found, counts = rival_outcome(env, rival, COUNTS, [0, 1, 0]), np.array(COUNTS)
    other = rival_outcome(relabelled(env, order), rival, counts[:, order], [0, 1, 0])
    assert other.price == pytest.approx(found.price, rel=1e-11)
    np.testing.assert_allclose(other.offers, found.offers[:, order], rtol=0, atol=1e-10)
    mirrored = rival_outcome(swapped(env), rival, COUNTS, [0, 1, 0])
    assert mirrored.price * found.price == pytest.approx(1, rel=1e-11)
    np.testing.assert_allclose(mirrored.offers[..., ::-1], found.offers, rtol=0, atol=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
def test_nash_approaches_price_taking_in_large_markets(family):
    env, large = asymmetric_environment(family), [[30_000, 40_000, 30_000]]
    for nash, taking in ((NASH, COMPETITIVE), (NASH_PRIVATE, COMPETITIVE_PRIVATE), (NASH_NO_INFORMATION, COMPETITIVE_NO_INFORMATION)):
        assert rival_outcome(env, nash, large).offers == pytest.approx(rival_outcome(env, taking, large).offers, abs=1e-3)


def test_price_takers_clear_the_market_at_equal_rates_of_substitution():
    env = asymmetric_environment("cobb-douglas")
    found, belief = rival_outcome(env, COMPETITIVE, COUNTS), posterior(env, COUNTS)
    for row in range(2):
        for x in np.flatnonzero(COUNTS[row]):
            q, r = found.bundles[row, x]
            rate = env.utility.log_mrs(np.log(r / q), env.utility.weight[x], belief[row]).value
            assert rate == pytest.approx(np.log(found.price[row]), abs=1e-8)


def test_who_knows_the_state_must_be_told_it_and_the_limit_is_lemma_2s():
    env = asymmetric_environment("ces")
    limit = competitive_equilibrium(env)
    assert rival_outcome(env, LIMIT_STATE, COUNTS, [1, 0, 1]).price.tolist() == limit.price[[1, 0, 1]].tolist()
    told = rival_outcome(env, NASH_STATE, COUNTS, 0)
    assert told.price == pytest.approx(solve_stage2(env, COUNTS, [1.0, 0.0]).price, rel=1e-12)
    with pytest.raises(ValueError, match="depends on the state"):
        rival_outcome(env, NASH_STATE, COUNTS)
    with pytest.raises(ValueError, match="index from 0 to 1"):
        rival_outcome(env, NASH_STATE, COUNTS, 2)


def test_repeating_stage_1_trades_at_the_price_of_its_offers_and_autarky_keeps_everything():
    env = asymmetric_environment("crra")
    again = rival_outcome(env, REPEAT, COUNTS)
    totals = np.array(COUNTS[0]) @ stage1_optimum(env).offers + 10 * env.epsilon
    assert again.price[0] == pytest.approx(totals[1] / totals[0], rel=1e-14)
    assert outcome_of_offers(env, REPEAT, COUNTS, stage1_optimum(env).offers).price == pytest.approx(again.price, rel=1e-14)
    alone = rival_outcome(env, AUTARKY, COUNTS)
    assert alone.bundles[0].tolist() == [[3.0, 5.0]] * 3
    assert np.isnan(alone.bundles[1, 1]).all()


def test_points_are_what_the_bundles_pay_in_each_state():
    env = asymmetric_environment("ces")
    found = rival_outcome(env, NASH, COUNTS)
    q, r = found.bundles[0, 2]
    assert found.points[0, 2] == pytest.approx(env.utility.points(q, r, env.utility.weight[2]), rel=1e-14)


@pytest.mark.parametrize(
    ("information", "conduct", "chi"),
    [
        (Information.PRIVATE, Conduct.AUTARKY, None),
        (Information.UNUSED, Conduct.NASH, None),
        (Information.PRIVATE, Conduct.LIMIT, None),
        (Information.CURSED, Conduct.NASH, None),
        (Information.PRIVATE, Conduct.NASH, 0.5),
        (Information.CURSED, Conduct.NASH, 1.5),
    ],
)
def test_a_rival_that_makes_no_sense_is_refused(information, conduct, chi):
    with pytest.raises(ValueError, match=r"do not go together|cursed agents|must lie between"):
        Rival("made", information, conduct, chi)


def test_wrong_configurations_and_beliefs_of_the_blind_are_refused():
    env = asymmetric_environment("ces")
    with pytest.raises(ValueError, match="a count for each of 3 types"):
        rival_outcome(env, NASH, [[0, 0, 0]])
    with pytest.raises(ValueError, match="has no belief"):
        belief_about_state(env, AUTARKY, COUNTS)


def test_the_command_lists_every_rival(capsys):
    assert main(["rivals", FILE, "--types", "blue=7,green=3", "--chi", "0.25", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {row["rival"] for row in answer["rivals"]} == {rival.name for rival in all_rivals()}
    assert {row["state"] for row in answer["rivals"]} == {None, "low", "high"}
    assert main(["rivals", FILE, "--types", "blue=7", "--state", "low"]) == 0
    assert "autarky" in capsys.readouterr().out
    assert main(["rivals", FILE, "--types", "blue=7,green=3", "--state", "lower"]) == 2
    assert "--state names 'lower'" in capsys.readouterr().err
    for chi in ("2", "much"):
        with pytest.raises(SystemExit) as stop:
            main(["rivals", FILE, "--types", "blue=7", "--chi", chi])
        assert stop.value.code == 2
