"""Power by simulation: the level at an effect of zero, more power with more units and larger effects, and what a unit's number is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from comparison.behaviour.parameters import InvalidParameter
from comparison.cli import main
from comparison.commands import power as command
from comparison.data.sessions import UNSAID
from comparison.design.criteria import BENCHMARKS
from comparison.inference.one_sample import sign_flip_test
from comparison.inference.two_sample import permutation_test
from comparison.power.contrasts import CONTRASTS, distance, lead
from comparison.power.simulation import Curve, Plan, moved, power
from comparison.power.subjects import STEPS, Treatment, played
from experiment.config import DEFAULTS, read_settings
from tests.sizes import sized
from tests.synthetic import MONEY
from theory.economy.environment import read_environment
from theory.equilibrium.rivals import NASH, NASH_PRIVATE
from theory.equilibrium.semipooling import one_stage_offers
from theory.equilibrium.stage1 import stage1_optimum
from theory.simulation.market_rounds import simulate
from theory.simulation.strategies import rival_profile

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
SMALL = read_environment(ENVIRONMENTS / "small_market.toml")
MIXED = read_environment(ENVIRONMENTS / "mixed_values.toml")
NOISY = {"lambda1": 0.3, "lambda2": 0.3}
PLAN = Plan(units=(4, 6, 8), replications=sized(small=150, full=400), level=0.05, wanted=0.8, seed=1)
REPLICATIONS = sized(small="20", full="40")
INFORMATION = CONTRASTS["nash_over_nash_private"]


def settings(environment=SMALL, **fields):
    return read_settings({**DEFAULTS, **UNSAID, **MONEY, "environment": "x", "rounds": 5, **fields}, environment=environment)


def treatment(environment=SMALL, model="logit_nash", parameters=None, between=None, **fields):
    return Treatment("x", settings(environment, **fields), model, NOISY if parameters is None else parameters, between or {})


def run(out, *options, environment="small_market"):
    start = ["power", str(ENVIRONMENTS / f"{environment}.toml"), "--out", str(out), "--jobs", "1"]
    size = ["--replications", REPLICATIONS, "--rounds", "3"]
    return main([*start, *size, *map(str, options)])


def test_at_an_effect_of_zero_the_test_rejects_as_often_as_its_level_and_power_rises_with_effect_and_units():
    found = power(INFORMATION, [treatment()], [0.0, 0.08, 0.16], PLAN)
    none, some, much = (curve.power for curve in found.curves)
    assert (none <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / PLAN.replications)).all()
    assert none[1] >= 0.01  # 6 units can reject at 5 percent
    assert none[0] == some[0] == much[0] == 0  # 4 cannot: their least p-value is 1/8
    assert (some[1:] > none[1:] + 0.1).all()
    assert (much[1:] > some[1:] + 0.1).all()
    assert some[2] > some[1] + 0.05
    assert found.curves[0].least_p.tolist() == [1 / 8, 1 / 32, 1 / 128]


def test_two_treatments_that_do_not_differ_are_told_apart_as_often_as_the_level_says():
    plan = Plan(units=(4, 5), replications=sized(small=60, full=150), level=0.05, wanted=0.8, seed=3)
    found = power(CONTRASTS["size"], [treatment(), treatment()], [None, 0.0, 0.5], plan)
    for curve in found.curves[:2]:
        assert (curve.power <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / plan.replications)).all()
    assert (found.curves[2].power > 0.5).all()
    assert found.curves[0].least_p == pytest.approx([2 / 70, 2 / 252])


def test_power_is_the_share_of_replications_in_which_the_planned_test_rejects():
    plan = Plan(units=(5, 6), replications=sized(small=30, full=80), level=0.1, wanted=0.8, seed=5)
    one = power(INFORMATION, [treatment()], [0.08], plan)
    (numbers,) = moved([_numbers(treatment(), plan, 0, INFORMATION)], 0.08)
    few = [sign_flip_test("", row[:5].round(10)).p_value <= 0.1 for row in numbers]
    rejected = [sign_flip_test("", row.round(10)).p_value <= 0.1 for row in numbers]
    assert one.curves[0].power.tolist() == [np.mean(few), np.mean(rejected)]
    assert one.curves[0].error[1] == pytest.approx(np.sqrt(np.mean(rejected) * (1 - np.mean(rejected)) / plan.replications))
    size, large = CONTRASTS["size"], treatment(SMALL.with_agents(8))
    two = power(size, [treatment(), large], [None], plan)
    pairs = zip(_numbers(treatment(), plan, 0, size), _numbers(large, plan, 1, size), strict=True)
    rejected = [permutation_test("", first.round(10), second.round(10)).p_value <= 0.1 for first, second in pairs]
    assert two.curves[0].power[1] == np.mean(rejected)
    assert two.means[1] == _numbers(large, plan, 1, size).mean()  # each treatment has chance of its own


def _numbers(one, plan, number, contrast):
    env = one.settings.environment
    found = played(one, plan.replications * plan.units[-1], [plan.seed, number], lambda rounds: contrast.statistic(env, rounds))
    return found.reshape(plan.replications, -1)


def test_a_stated_effect_moves_the_mean_and_leaves_the_spread():
    first, second = np.random.default_rng(1).normal(2, [[1.0], [3.0]], (2, 50))
    (alone,) = moved([first], 0.3)
    assert alone.mean() == pytest.approx(0.3)
    assert alone.std() == pytest.approx(first.std())
    left, right = moved([first, second], -0.4)
    assert left.mean() - right.mean() == pytest.approx(-0.4)
    assert right is second
    assert moved([first, second], None)[0] is first


@pytest.mark.parametrize(("shares", "enough"), [([0.1, 0.5, 0.9], 8), ([0.85, 0.7, 0.9], 8), ([0.8, 0.9, 1.0], 4), ([0.1, 0.5, 0.7], None)])
def test_enough_is_the_smallest_number_from_which_power_stays_as_wanted(shares, enough):
    assert Curve(None, 0.1, (4, 6, 8), np.array(shares), np.zeros(3), np.zeros(3)).enough(0.8) == enough


def test_the_lead_of_nash_is_zero_against_itself_and_the_distance_between_prices_where_nash_is_played():
    rounds = simulate(MIXED, rival_profile(MIXED, NASH), 50, 1)
    assert distance(NASH, MIXED, rounds) == pytest.approx(0, abs=1e-9)
    assert lead(NASH, MIXED, rounds) == pytest.approx(0, abs=1e-9)
    assert lead(NASH_PRIVATE, MIXED, rounds) == pytest.approx(distance(NASH_PRIVATE, MIXED, rounds))
    assert lead(NASH_PRIVATE, MIXED, rounds).max() > 0.4
    private = simulate(MIXED, rival_profile(MIXED, NASH_PRIVATE), 50, 1)
    assert lead(NASH_PRIVATE, MIXED, private) == pytest.approx(-lead(NASH_PRIVATE, MIXED, rounds))


def test_subjects_of_the_equilibrium_are_nearly_at_the_nash_price():
    found = played(treatment(MIXED, "equilibrium", {}), 20, 1, lambda rounds: distance(NASH, MIXED, rounds))
    assert found.max() < 0.03


def test_a_units_number_is_the_mean_of_its_own_rounds():
    one, seen = treatment(), []

    def noted(rounds):
        seen.append(distance(NASH, SMALL, rounds))
        return seen[-1]

    found = played(one, 7, 1, noted)
    assert found == pytest.approx(np.concatenate(seen).reshape(7, 5).mean(axis=1))


def test_a_unit_of_several_markets_averages_over_all_of_them():
    one, rounds = replace(treatment(), markets=3), []
    found = played(one, 4, 1, lambda played_rounds: rounds.append(len(played_rounds.price)) or np.arange(60.0))
    assert rounds == [4 * 3 * 5]
    assert found.tolist() == [7.0, 22.0, 37.0, 52.0]


def test_units_differ_more_where_their_parameters_do():
    def spread(between):
        one = treatment(MIXED, "cursed", {**NOISY, "chi": 0.5}, between)
        return played(one, 300, 2, lambda rounds: lead(NASH_PRIVATE, MIXED, rounds)).std()

    assert spread({"chi": 0.4}) > 1.2 * spread({})
    assert STEPS.mean() == pytest.approx(0)
    assert STEPS.std() == pytest.approx(1)


def test_units_cannot_differ_in_a_parameter_that_the_model_does_not_have():
    with pytest.raises(InvalidParameter, match="has no parameter chi"):
        played(treatment(between={"chi": 0.1}), 2, 1, lambda rounds: rounds.price)


def test_a_subject_is_of_one_kind_in_all_rounds_of_its_unit():
    one, seen = treatment(model="level_k", parameters={"lambda1": 900.0, "lambda2": 1.0, "level0": 0.5, "level1": 1.0}), []
    played(one, 40, 1, lambda rounds: seen.append(rounds) or rounds.price)
    (rounds,) = seen
    off = (
        np.abs(rounds.stage1 - stage1_optimum(SMALL).offers[rounds.types]).max(axis=2) > 0.15
    )  # one grid step off still is a best reply but for noise
    share = off.reshape(40, 5, 4).mean(axis=1)
    assert ((share == 0) | (share >= 0.6)).mean() > 0.98
    assert 0.3 < (share == 0).mean() < 0.7


def test_without_an_announcement_precise_subjects_offer_as_where_types_stay_unknown():
    told = treatment(SMALL, parameters={"lambda1": 1.0, "lambda2": 900.0}, announcement="none")
    offers = one_stage_offers(SMALL)
    seen = []
    played(told, 5, 1, lambda rounds: seen.append(rounds) or rounds.price)
    (rounds,) = seen
    expected = np.where(rounds.active[..., None], offers[rounds.types], np.nan)
    assert np.nanmax(np.abs(rounds.stage2 - expected)) <= 0.1


def test_a_model_without_a_precision_says_nothing_about_no_announcement():
    with pytest.raises(InvalidParameter, match="says nothing about second offers without an announcement"):
        played(treatment(SMALL, "uniform", {}, announcement="none"), 2, 1, lambda rounds: rounds.price)


def test_every_benchmark_but_nash_can_be_tested_against():
    assert set(CONTRASTS) == {f"nash_over_{name}" for name in BENCHMARKS if name != "nash"} | {"announcement", "size"}


def test_the_command_writes_table_figure_and_text(tmp_path, capsys):
    assert run(tmp_path, "--contrast", "nash_over_nash_private", "--effect", "model,0.5", "--units", "4,8", "--between", "lambda2=0.3") == 0
    said = capsys.readouterr().out
    table = pd.read_csv(tmp_path / "power.csv")
    assert table[["effect_of", "units"]].to_numpy().tolist() == [["model", 4], ["model", 8], ["stated", 4], ["stated", 8]]
    assert table["power"].between(0, 1).all()
    assert "lambda2 = 0.34 (standard deviation between units 0.3)" in said or "standard deviation between units 0.3" in said
    assert {path.name for path in tmp_path.iterdir()} == {"power.csv", "power.svg", "power.pdf", "power.txt"}
    assert (tmp_path / "power.txt").read_text(encoding="utf-8") in said


def test_the_text_says_what_an_effect_of_zero_and_a_negative_one_are(tmp_path, capsys):
    assert run(tmp_path, "--contrast", "nash_over_nash_private", "--effect=-0.9,0,0.9", "--units", "8") == 0
    said = capsys.readouterr().out
    assert "With effect -0.9 in ln p, that is with a price closer to the other benchmark than to Nash, 8 units give a power of 80 %" in said
    assert "An effect of 0 is the hypothesis: no more than 5 % may reject it" in said
    assert "With effect 0.9 in ln p, 8 units give a power of 80 %, the smallest number looked at." in said


@pytest.mark.parametrize(("contrast", "options"), [("announcement", []), ("size", ["--agents", "4,8"])])
def test_two_treatments_are_played_each_in_its_own_setting(tmp_path, capsys, contrast, options):
    assert run(tmp_path, "--contrast", contrast, "--units", "4", "--replications", "10", *options) == 0
    said = capsys.readouterr().out
    for part in {"announcement": ["announcement histogram, played", "announcement none, played"], "size": ["4 agents,", "8 agents,"]}[
        contrast
    ]:
        assert part in said
    assert "4 units in each treatment give a power" in said or "4 units are too few" in said


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_processes(tmp_path):
    for name, options in (("one", []), ("two", ["--jobs", 2]), ("other", ["--seed", 2])):
        assert run(tmp_path / name, "--contrast", "nash_over_competitive", "--units", "5,8", "--between", "lambda1=0.5", *options) == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
    assert (tmp_path / "one" / "power.csv").read_bytes() != (tmp_path / "other" / "power.csv").read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--contrast", "luck"], "invalid choice: 'luck'"),
        (["--contrast", "size"], "needs two numbers, as in 6,24"),
        (["--contrast", "size", "--agents", "4,4"], "the two sizes must differ"),
        (["--contrast", "announcement", "--agents", "4,8"], "needs one number"),
        (["--contrast", "announcement", "--units", "1,4"], "a test takes from 2"),
        (["--contrast", "announcement", "--units", "many"], "write whole numbers"),
        (["--contrast", "announcement", "--effect", "large"], "write numbers in ln p"),
        (["--contrast", "announcement", "--level", "5"], "--level is 5; it must lie between 0 and 1"),
        (["--contrast", "announcement", "--replications", "0"], "--replications is 0"),
        (["--contrast", "announcement", "--parameter", "lambda2"], "write a name and a number"),
        (["--contrast", "announcement", "--parameter", "chi=0.2"], "has no parameter chi"),
        (["--contrast", "announcement", "--between", "lambda2=-1"], "must not be negative"),
        (["--contrast", "announcement", "--model", "telepathy"], "no behavioural model 'telepathy'"),
        (["--contrast", "nash_over_autarky", "--model", "cursed"], "needs a value of chi"),
        (["--contrast", "announcement", "--grid", "0.3"], "offer_grid"),
        (["--contrast", "announcement", "--seed", "-1"], "--seed is -1"),
    ],
)
def test_a_wrong_argument_gets_one_sentence_and_exit_status_2(tmp_path, capsys, options, said):
    try:
        status = run(tmp_path / "out", *options)
    except SystemExit as stopped:
        status = stopped.code
    error = capsys.readouterr().err.strip()
    assert status == 2
    assert said in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_an_interrupted_computation_writes_nothing(tmp_path, capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "power", interrupted)
    assert run(tmp_path / "out", "--contrast", "announcement") == 130
    assert "nothing is written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
