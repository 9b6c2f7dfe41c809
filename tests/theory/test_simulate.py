"""Simulated market rounds: what nature draws, what is traded, and that Monte Carlo agrees with exact enumeration."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment, with_active
from tests.theory.slow_incentives import active_value_table, inactive_value, optimal_quantity
from theory import cli
from theory.commands import simulate as command
from theory.economy.environment import read_environment
from theory.economy.utility import CES, COBB_DOUGLAS, FAMILIES, LOG_COBB_DOUGLAS
from theory.efficiency.expectations import expectations
from theory.equilibrium.rivals import NASH
from theory.equilibrium.stage1 import stage1_optimum
from theory.information.enumeration import Budget
from theory.mechanism import fixed_price_trade, market_trade
from theory.simulation.market_rounds import Simulation, simulate, simulations
from theory.simulation.strategies import Profile, defector_profile, equilibrium_profile, noisy_profile, rival_profile

FILE = str(Path(__file__).parents[2] / "environments" / "mixed_values.toml")


def assert_same(found: Simulation, other: Simulation) -> None:
    for field in fields(Simulation):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(other, field.name))


@pytest.mark.parametrize("rows", [1, 7, 64, 1000])
def test_rounds_do_not_depend_on_how_many_are_computed_at_a_time(rows):
    env = asymmetric_environment(CES)
    profile = noisy_profile(env, equilibrium_profile(env), 0.05, 0.05)
    parts = list(simulations(env, profile, 64, 9, rows))
    assert max(len(part.state) for part in parts) == min(rows, 64)
    joined = Simulation(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Simulation)))
    assert_same(joined, simulate(env, profile, 64, 9))


def test_a_seed_gives_the_same_rounds_and_another_seed_others():
    env = asymmetric_environment(CES)
    found = simulate(env, equilibrium_profile(env), 30, 9)
    assert_same(found, simulate(env, equilibrium_profile(env), 30, 9))
    assert not np.array_equal(found.types, simulate(env, equilibrium_profile(env), 30, 10).types)


def test_profiles_with_one_seed_meet_the_same_states_types_and_inactive_agents():
    env = asymmetric_environment(CES)
    found = simulate(env, equilibrium_profile(env), 30, 9)
    other = simulate(env, noisy_profile(env, rival_profile(env, NASH), 0.2, 0.2), 30, 9)
    for name in ("state", "types", "active"):
        np.testing.assert_array_equal(getattr(found, name), getattr(other, name))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_round_trades_as_eq_1_to_3_say(family):
    env = replace(asymmetric_environment(family), agents=9)
    found = simulate(env, noisy_profile(env, equilibrium_profile(env), 0.1, 0.1), 40, 5)
    for s in range(40):
        active = found.active[s]
        assert active.sum() == env.active
        np.testing.assert_array_equal(np.isnan(found.stage2[s]).all(axis=1), ~active)
        market = market_trade(env, found.stage2[s, active])
        assert found.price[s] == pytest.approx(market.price, rel=1e-12)
        np.testing.assert_allclose(found.bundles[s, active], market.bundles, rtol=1e-11)
        fixed = fixed_price_trade(env, found.stage1[s, ~active])
        np.testing.assert_allclose(found.bundles[s, ~active], fixed.bundles, rtol=1e-14)


def test_points_are_the_utility_of_the_bundle_for_the_type_in_the_state():
    env = asymmetric_environment(LOG_COBB_DOUGLAS)
    found = simulate(env, equilibrium_profile(env), 20, 5)
    for s in range(20):
        for n in range(env.agents):
            w = env.utility.weight[found.types[s, n], found.state[s]]
            q, r = found.bundles[s, n]
            assert found.points[s, n] == pytest.approx(w * math.log(q) + (1 - w) * math.log(r), rel=1e-12)


@pytest.mark.parametrize("family", [LOG_COBB_DOUGLAS, COBB_DOUGLAS])
def test_what_a_defector_gains_on_average_is_the_slow_enumerations(family):
    """F_x(y) - F_x(x) of eq. (23), from the same rounds with and without the defection."""
    env = with_active(
        make_environment([[0.2, 0.45], [0.55, 0.85]], [[0.65, 0.35], [0.2, 0.8]], family, prior=[0.45, 0.55], endowment=(4.0, 7.0)), 3
    )
    value = active_value_table(env, 3)
    usual = simulate(env, equilibrium_profile(env), 40_000, 11)
    for x, y in ((0, 1), (1, 0)):
        away = simulate(env, defector_profile(env, x, stage1_optimum(env).offers[y]), 40_000, 11)
        chosen = usual.active[:, 0] & (usual.types[:, 0] == x)
        for points, exact in (
            (usual.points[chosen, 0], value[x][x]),
            (away.points[chosen, 0], value[x][y]),
            (away.points[chosen, 0] - usual.points[chosen, 0], value[x][y] - value[x][x]),
        ):
            assert abs(points.mean() - exact) < 4 * points.std() / math.sqrt(len(points))
        # a defector who becomes inactive trades what it offered
        idle = ~usual.active[:, 0] & (usual.types[:, 0] == x)
        exact = inactive_value(env, x, optimal_quantity(env, y))
        assert abs(away.points[idle, 0].mean() - exact) < 4 * away.points[idle, 0].std() / math.sqrt(idle.sum())
        rest = usual.types[:, 0] != x
        np.testing.assert_array_equal(away.points[rest], usual.points[rest])


def test_without_inactive_agents_everybody_is_in_the_market():
    env = asymmetric_environment(CES).with_agents(5)
    assert env.active == 5
    found = simulate(env, equilibrium_profile(env), 10, 1)
    assert found.active.all()
    assert np.isfinite(found.stage2).all()


def test_a_type_that_a_state_excludes_is_never_drawn_there():
    env = make_environment([[0.2, 0.4], [0.5, 0.6], [0.7, 0.9]], [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]])
    found = simulate(env, rival_profile(env, NASH), 500, 1)
    assert not (found.types[found.state == 0] == 2).any()
    assert not (found.types[found.state == 1] == 0).any()


def test_a_market_of_many_agents_is_one_round_like_any_other():
    env = replace(read_environment(FILE), agents=300_000, inactive_share=Fraction(1, 6))
    found = simulate(env, equilibrium_profile(env), 2, 1)
    assert found.active.sum(axis=1).tolist() == [250_000, 250_000]
    assert found.price == pytest.approx(expectations(env, NASH).price[found.state], rel=0.01)


@pytest.mark.parametrize(
    ("stage1", "stage2", "sentence"),
    [
        (np.array([[1.0, 1.0], [0.0, 0.0]]), None, r"made the offer \[1.0, 1.0\]"),
        (np.array([[11.0, 0.0], [11.0, 0.0]]), None, r"made the offer \[11.0, 0.0\]"),
        (None, lambda generator, begun: -begun.offers - 1, "made the offer"),
        (None, lambda generator, begun: np.full(begun.offers.shape, np.nan), r"made the offer \[nan, nan\]"),
        (None, lambda generator, begun: begun.offers[:, 0], "made offers of shape"),
        (lambda generator, types: np.zeros((*types.shape, 3)), None, "made offers of shape"),
    ],
)
def test_strategies_that_leave_o_are_refused(stage1, stage2, sentence):
    env = read_environment(FILE)
    usual = equilibrium_profile(env)
    profile = Profile(usual.stage1 if stage1 is None else stage1, usual.stage2 if stage2 is None else stage2)
    with pytest.raises(ValueError, match=sentence):
        simulate(env, profile, 20, 1)


@pytest.mark.parametrize(("sessions", "seed"), [(0, 1), (5, -1)])
def test_no_rounds_and_negative_seeds_are_refused(sessions, seed):
    env = read_environment(FILE)
    with pytest.raises(ValueError, match="at least one session, and a seed of at least 0"):
        simulate(env, equilibrium_profile(env), sessions, seed)


def answer(capsys, *arguments: str) -> dict:
    assert cli.main(["simulate", FILE, *arguments, "--json"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return json.loads(shown.out)


def test_the_command_reports_averages_beside_the_exact_numbers(capsys):
    found = answer(capsys, "--sessions", "20000", "--seed", "3")
    env = read_environment(FILE)
    exact = expectations(env, NASH)
    assert (found["sessions"], found["seed"], found["strategies"]) == (20000, 3, "equilibrium")
    assert found["mechanism"] == {"agents": 12, "active": 10, "fixed_price": 1.0}
    for i, z in enumerate(env.states):
        assert found["price"][z]["exact"] == exact.price[i]
        assert found["frequencies"]["states"][z]["exact"] == env.prior[i]
        for j, x in enumerate(env.types):
            assert found["frequencies"]["types"][z][x]["exact"] == env.likelihood[i, j]
    for i, x in enumerate(env.types):
        assert found["points"][x]["active"]["exact"] == exact.active[i]
        assert found["points"][x]["inactive"]["exact"] == exact.inactive[i]
    averages = [*found["price"].values(), *(row for rows in found["points"].values() for row in rows.values())]
    for row in averages:
        assert 0 < row["standard_error"] < 0.2
        assert abs(row["average"] - row["exact"]) < 4 * row["standard_error"]
    assert all(row["z"] < 4.5 for row in found["largest_z"].values())
    assert found["largest_z"]["active agents' types with the state"]["cells"] > 10


def test_the_command_draws_a_seed_that_gives_the_same_rounds_again(capsys):
    first = answer(capsys, "--sessions", "50")
    again = answer(capsys, "--sessions", "50", "--seed", str(first["seed"]))
    assert again == first
    assert answer(capsys, "--sessions", "50")["seed"] != first["seed"]


def test_the_command_simulates_rivals_noise_and_other_numbers_of_agents(capsys):
    cursed = answer(capsys, "--sessions", "300", "--seed", "3", "--strategies", "nash_cursed", "--chi", "0.2", "--agents", "30")
    assert (cursed["chi"], cursed["mechanism"]["agents"]) == (0.2, 30)
    noisy = answer(capsys, "--sessions", "300", "--seed", "3", "--noise", "0.02")
    assert noisy["price"]["low"]["exact"] is None
    assert noisy["price"]["low"]["average"] != answer(capsys, "--sessions", "300", "--seed", "3")["price"]["low"]["average"]
    assert cli.main(["simulate", FILE, "--sessions", "300", "--seed", "3", "--noise", "0.02", "--strategies", "nash_cursed"]) == 0
    shown = capsys.readouterr().out
    assert "300 market rounds of nash_cursed (chi=0.5) with noise of 0.02 endowments, seed 3" in shown


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--sessions", "0"], "--sessions holds '0'"),
        (["--seed", "-1"], "--seed holds '-1'"),
        (["--agents", "1"], "--agents holds '1'"),
        (["--agents", "2000000"], "--agents holds '2000000'"),
        (["--strategies", "tatonnement"], "invalid choice: 'tatonnement'"),
        (["--noise", "much"], "the noise is 'much'"),
        (["--noise", "-1"], "the noise is '-1'"),
        (["--chi", "2"], "chi is '2'"),
    ],
)
def test_a_wrong_argument_of_the_command_gets_a_sentence(arguments, sentence, capsys):
    try:
        status = cli.main(["simulate", FILE, *[f"{arguments[0]}={arguments[1]}"]])
    except SystemExit as stop:
        status = stop.code
    assert status == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert sentence in shown.err


def test_an_environment_with_more_agents_than_memory_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(command, "MOST_AGENTS", 11)
    assert cli.main(["simulate", FILE]) == 2
    assert "The environment has 12 agents" in capsys.readouterr().err


def test_averages_without_an_exact_number_are_reported_alone(monkeypatch, capsys):
    monkeypatch.setattr("theory.efficiency.expectations.BUDGET", Budget(exact=20_000, most=3))
    found = answer(capsys, "--sessions", "50", "--seed", "3")
    assert found["points"]["blue"]["active"]["exact"] is None


def test_an_interruption_reports_the_rounds_that_are_done(monkeypatch, capsys):
    def interrupted(after: int):
        def parts(*arguments):
            for index, part in enumerate(simulations(*arguments)):
                if index == after:
                    raise KeyboardInterrupt
                yield part

        return parts

    monkeypatch.setattr(command, "AGENTS_AT_ONCE", 12 * 100)
    monkeypatch.setattr(command, "simulations", interrupted(2))
    assert cli.main(["simulate", FILE, "--sessions", "500", "--seed", "3", "--json"]) == 0
    shown = capsys.readouterr()
    assert shown.err == "Interrupted after 200 of 500 market rounds.\n"
    found = json.loads(shown.out)
    assert found["sessions"] == 200
    monkeypatch.setattr(command, "simulations", simulations)
    whole = answer(capsys, "--sessions", "200", "--seed", "3")
    assert whole["price"]["low"]["average"] == pytest.approx(found["price"]["low"]["average"], rel=1e-12)
    monkeypatch.setattr(command, "simulations", interrupted(0))
    with pytest.raises(KeyboardInterrupt):
        cli.main(["simulate", FILE, "--sessions", "500"])
