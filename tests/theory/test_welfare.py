"""Welfare taken apart: each step changes one thing, the steps add up, and expectations are sums over nature's draws."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.economies import SOME_FAMILIES, asymmetric_environment, make_environment, with_active
from tests.sizes import sized
from tests.theory.test_cli import saved
from theory.cli import main
from theory.economy.environment import InvalidEnvironment, read_environment
from theory.economy.utility import CRRA, FAMILIES
from theory.efficiency.losses import LOSSES, OBSERVED, PREDICTED, expected_welfare, typical_market, welfare
from theory.equilibrium.closed_economy import closed_economy
from theory.equilibrium.competitive import competitive_equilibrium_at
from theory.equilibrium.stage1 import stage1_optimum
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import posterior
from theory.mechanism import bundles_at_price

FILE = str(Path(__file__).parents[2] / "environments" / "three_types.toml")
ACTIVE, INACTIVE = np.array([3, 4, 3]), np.array([1, 0, 1])


def per_agent(env, state: int, bundles: list[np.ndarray], counts: list[np.ndarray]) -> float:
    points, heads = 0.0, 0
    for held, of_types in zip(bundles, counts, strict=True):
        for x, n in enumerate(of_types):
            if n:
                points += n * float(env.utility.points(held[x, 0], held[x, 1], env.utility.weight[x, state]))
        heads += int(of_types.sum())
    return points / heads


@pytest.mark.parametrize("family", FAMILIES)
def test_each_outcome_is_the_one_of_its_name(family):
    env, state = asymmetric_environment(family), 1
    found = welfare(env, state, ACTIVE, INACTIVE)
    certain, shares = [[0.0, 1.0]], [ACTIVE / ACTIVE.sum()]
    fixed = bundles_at_price(stage1_optimum(env).offers, env.fixed_price, env.endowment)
    markets = [
        closed_economy(env, [ACTIVE], certain).bundles[0],
        competitive_equilibrium_at(env, certain, shares).bundles[0],
        competitive_equilibrium_at(env, posterior(env, [ACTIVE]), shares).bundles[0],
        solve_stage2(env, [ACTIVE]).bundles[0],
    ]
    everyone = closed_economy(env, [ACTIVE + INACTIVE], certain).bundles[0]
    expected = [per_agent(env, state, [everyone], [ACTIVE + INACTIVE])]
    expected += [per_agent(env, state, [market, fixed], [ACTIVE, INACTIVE]) for market in markets]
    assert tuple(outcome.name for outcome in found.outcomes) == PREDICTED
    assert [outcome.points for outcome in found.outcomes] == pytest.approx(expected, rel=1e-12)
    nothing = np.tile(env.endowment, (3, 1))
    assert found.autarky.points == pytest.approx(per_agent(env, state, [nothing], [ACTIVE + INACTIVE]), rel=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_efficient_outcome_wastes_nothing_and_the_losses_lead_from_it_to_the_last(family):
    found = welfare(asymmetric_environment(family), 0, ACTIVE, INACTIVE)
    first, last = found.outcomes[0], found.outcomes[-1]
    assert first.coefficient == pytest.approx(1.0, abs=1e-10)
    assert first.gains_share == pytest.approx(1.0)
    assert first.mrs_dispersion == pytest.approx(0.0, abs=1e-9)
    assert found.autarky.gains_share == 0.0
    assert found.autarky.coefficient < last.coefficient < 1
    assert tuple(loss.cause for loss in found.losses) == LOSSES[:-1]
    assert sum(loss.points for loss in found.losses) == pytest.approx(first.points - last.points)
    assert sum(loss.coefficient for loss in found.losses) == pytest.approx(first.coefficient - last.coefficient)


def test_behaviour_is_what_people_did_against_the_equilibrium():
    env = asymmetric_environment("ces")
    predicted = welfare(env, 1, ACTIVE, INACTIVE)
    fixed = bundles_at_price(stage1_optimum(env).offers, env.fixed_price, env.endowment)
    kinds = np.arange(3)
    obedient = np.concatenate([np.repeat(solve_stage2(env, [ACTIVE]).bundles[0], ACTIVE, axis=0), fixed[np.repeat(kinds, INACTIVE)]])
    same = welfare(env, 1, ACTIVE, INACTIVE, obedient)
    assert same.outcomes[-1].name == OBSERVED
    assert same.losses[-1].cause == "behaviour"
    assert same.losses[-1].points == pytest.approx(0.0, abs=1e-12)
    assert same.outcomes[-1].coefficient == pytest.approx(predicted.outcomes[-1].coefficient, rel=1e-12)
    assert same.outcomes[-1].mrs_dispersion == pytest.approx(predicted.outcomes[-1].mrs_dispersion, rel=1e-12)
    idle = welfare(env, 1, ACTIVE, INACTIVE, np.tile([3.0, 5.0], (12, 1)))
    assert idle.outcomes[-1].points == pytest.approx(idle.autarky.points)
    assert idle.losses[-1].points == pytest.approx(predicted.outcomes[-1].points - idle.autarky.points)


def test_without_inactive_agents_they_cost_nothing():
    found = welfare(asymmetric_environment("cobb-douglas"), 0, ACTIVE, [0, 0, 0])
    assert found.losses[0].points == pytest.approx(0.0, abs=1e-12)
    assert found.losses[0].coefficient == pytest.approx(0.0, abs=1e-12)


def test_where_the_types_reveal_the_state_information_costs_nothing():
    env = make_environment([[0.2, 0.4], [0.5, 0.7], [0.3, 0.9], [0.6, 0.8]], [[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]])
    found = welfare(env, 0, [4, 6, 0, 0], [1, 1, 0, 0])
    losses = {loss.cause: loss.points for loss in found.losses}
    assert losses["information"] == pytest.approx(0.0, abs=1e-12)
    assert losses["market power"] > 1e-4


@pytest.mark.parametrize("family", FAMILIES)
def test_what_market_power_wastes_falls_with_the_square_of_m_and_what_the_exogenous_offers_cost_with_their_size(family):
    # offers are off by 1/M (Proposition 2), and around an efficient allocation the waste is of second order
    env = asymmetric_environment(family)
    power = [welfare(env, 1, n * np.array([2, 2, 6]), [0, 0, 0]).losses[3].coefficient for n in (10, 100)]
    assert power[0] > 0
    assert power[1] == pytest.approx(power[0] / 100, rel=0.05)
    near = replace(env, epsilon_q=env.epsilon_q / 100, epsilon_r=env.epsilon_r / 100)
    offers = [abs(welfare(e, 1, ACTIVE, [0, 0, 0]).losses[1].points) for e in (env, near)]
    assert offers[1] < offers[0] / 50


@pytest.mark.parametrize("family", SOME_FAMILIES)
def test_expected_points_are_those_of_a_walk_over_every_draw_of_types(family):
    active, agents = sized(small=(2, 3), full=(3, 5))
    env = replace(with_active(asymmetric_environment(family), active), agents=agents, inactive_share=Fraction(agents - active, agents))

    @cache
    def points(z, *counts):
        market = welfare(env, z, *counts)
        return np.array([market.autarky.points, *(outcome.points for outcome in market.outcomes)])

    expected, total = np.zeros(1 + len(PREDICTED)), 0.0
    for z in range(2):
        for types in itertools.product(range(3), repeat=agents):
            chance = env.prior[z] * float(np.prod(env.likelihood[z, list(types)]))
            expected += chance * points(z, *(tuple(map(part.count, range(3))) for part in (types[:active], types[active:])))
            total += chance
    assert total == pytest.approx(1.0)
    found = expected_welfare(env)
    assert [found.autarky, *found.outcomes] == pytest.approx(expected.tolist(), rel=1e-9)
    assert sum(loss.points for loss in found.losses) == pytest.approx(found.outcomes[0] - found.outcomes[-1])


def test_too_many_configurations_are_refused_with_a_sentence():
    kinds = 8
    env = make_environment(np.linspace(0.1, 0.9, kinds)[:, None], np.full((1, kinds), 1 / kinds), agents=1000)
    with pytest.raises(InvalidEnvironment, match="type configurations"):
        expected_welfare(env)


def test_the_typical_market_has_the_shares_of_the_state_by_largest_remainders():
    env = asymmetric_environment(CRRA).with_agents(12)
    active, inactive = typical_market(env, 0)
    assert active.tolist() == [5, 3, 2]
    assert inactive.tolist() == [1, 1, 0]
    assert typical_market(env, 1)[0].tolist() == [2, 2, 6]


def answer(capsys, *arguments: str) -> dict:
    assert main(["welfare", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_command_says_what_the_functions_find(capsys):
    env = read_environment(FILE)
    found = answer(capsys, FILE)
    expected = expected_welfare(env)
    assert found["expected"]["outcomes"] == dict(zip(PREDICTED, expected.outcomes, strict=True))
    assert list(found["markets"]) == list(env.states)
    market = welfare(env, 2, *typical_market(env, 2))
    assert found["markets"]["high"]["losses"] == [
        {"cause": loss.cause, "points": loss.points, "coefficient": loss.coefficient} for loss in market.losses
    ]
    one = answer(capsys, FILE, "--state", "low", "--active", "blue=6,orange=2", "--inactive", "green=1")
    assert list(one["markets"]) == ["low"]
    assert one["markets"]["low"]["active"] == {"blue": 6, "green": 0, "orange": 2}
    assert one["markets"]["low"]["outcomes"][-1]["points"] == welfare(env, 0, [6, 0, 2], [0, 1, 0]).outcomes[-1].points


def test_people_read_the_losses_and_why_gains_can_pass_100_percent(capsys):
    assert main(["welfare", FILE]) == 0
    text = capsys.readouterr().out
    for words in (*PREDICTED, *LOSSES[:-1], "autarky", "can pass 100 %", "163.0 %"):
        assert words in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--state", "medium"], "--state names 'medium', but the states are low, middle, high."),
        (["--inactive", "blue=1"], "--inactive without --active"),
        (["--active", "red=1"], "--active names 'red'"),
        (["--active", "blue=1", "--inactive", "blue=x"], "--inactive gives blue the count 'x'"),
    ],
)
def test_a_mistake_gets_one_sentence_and_status_2(capsys, arguments, sentence):
    assert main(["welfare", FILE, *arguments]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_a_type_that_the_state_excludes_cannot_be_in_its_market(tmp_path, capsys):
    path = saved(tmp_path, make_environment([[0.3, 0.3], [0.7, 0.7]], [[0.0, 1.0], [0.5, 0.5]]))
    assert main(["welfare", path, "--state", "z0", "--active", "t0=1,t1=1"]) == 2
    assert "1 agents of type t0 in state z0, where nobody is of that type" in capsys.readouterr().err
