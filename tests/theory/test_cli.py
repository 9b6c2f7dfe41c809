"""Contract 2: ``check``, ``predict`` and ``stage2``, as JSON and for people, and the sentence for each mistake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment
from theory.cli import main
from theory.commands import threshold as threshold_command
from theory.commands.text_tables import number, percent, table
from theory.economy.environment import environment_fields, read_environment
from theory.economy.utility import CRRA, FAMILIES
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.stage1 import intervals, stage1_optimum
from theory.equilibrium.stage2 import solve_stage2
from theory.stage1_incentives.threshold import ThresholdContradiction

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
SHIPPED = sorted(ENVIRONMENTS.glob("*.toml"))
FILE = str(ENVIRONMENTS / "mixed_values.toml")


def toml(fields: dict, table: str = "") -> str:
    """TOML of nested tables of numbers, texts and lists of texts."""
    values = {key: value for key, value in fields.items() if not isinstance(value, dict)}
    text = f"[{table}]\n" if table else ""
    text += "".join(f"{json.dumps(key)} = {json.dumps(value)}\n" for key, value in values.items())
    for key, value in fields.items():
        if isinstance(value, dict):
            text += toml(value, f"{table}.{json.dumps(key)}" if table else json.dumps(key))
    return text


def saved(tmp_path, env) -> str:
    path = tmp_path / "environment.toml"
    path.write_text(toml(environment_fields(env)))
    return str(path)


def answer(capsys, *arguments: str) -> dict:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_predict_says_alpha_star_intervals_and_the_competitive_equilibria(capsys):
    env, found = read_environment(FILE), answer(capsys, "predict", FILE)
    assert list(found) == ["environment", "mechanism", "stage1", "separating", "competitive"]
    assert found["environment"] == "mixed_values"
    assert found["mechanism"] == {"agents": 12, "active": 10, "fixed_price": 1.0}
    assert found["separating"] is True
    optimum, cut, limit = stage1_optimum(env), intervals(env), competitive_equilibrium(env)
    for i, x in enumerate(env.types):
        assert found["stage1"][x] == {
            "offer": optimum.offers[i].tolist(),
            "q1": optimum.q1[i],
            "interval": [cut.lower[i], cut.upper[i]],
        }
        for j, z in enumerate(env.states):
            assert found["competitive"][z]["price"] == limit.price[j]
            assert found["competitive"][z]["allocation"][x] == limit.bundles[j, i].tolist()
            assert found["competitive"][z]["offers"][x] == limit.offers[j, i].tolist()


def test_stage2_says_the_equilibrium_of_the_configuration(capsys):
    env, found = read_environment(FILE), answer(capsys, "stage2", FILE, "--types", "green=3, blue=7")
    expected = solve_stage2(env, [[7, 3]])
    assert list(found) == ["posterior", "price", "totals", "offers", "allocation", "residual"]
    assert found["posterior"] == dict(zip(env.states, expected.posterior[0].tolist(), strict=True))
    assert found["price"] == expected.price[0]
    assert found["totals"] == [expected.total_q[0], expected.total_r[0]]
    assert found["offers"] == dict(zip(env.types, expected.offers[0].tolist(), strict=True))
    assert found["allocation"] == dict(zip(env.types, expected.bundles[0].tolist(), strict=True))
    assert 0 <= found["residual"] <= 1e-9


def test_a_type_without_agents_is_null(capsys):
    found = answer(capsys, "stage2", FILE, "--types", "blue=4")
    assert found["offers"]["green"] is None
    assert found["allocation"]["green"] is None


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_check_finds_that_the_shipped_environments_separate(capsys, path):
    found = answer(capsys, "check", str(path))
    for name in ("informativeness", "separation", "someone is inactive", "exogenous offers are positive", "interior optima"):
        assert found["assumptions"][name]["status"] == "held"
    assert all(found["design"]["alpha_star_on_grid_read_as_own_type"].values())


@pytest.mark.parametrize("family", FAMILIES)
def test_check_says_that_the_stage_2_equilibrium_is_proved_to_be_the_only_one(tmp_path, capsys, family):
    path = saved(tmp_path, asymmetric_environment(family))
    found = answer(capsys, "check", path)
    assert list(found) == ["environment", "mechanism", "assumptions", "design", "uniqueness"]
    assert found["uniqueness"]["status"] == "proved"
    assert main(["check", path]) == 0
    assert f"One stage-2 equilibrium: proved. {found['uniqueness']['reason']}" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["check"], ["predict"], ["stage2", "--types", "blue=7,green=3"]], ids=lambda c: c[0])
def test_people_get_tables_with_names(capsys, command):
    assert main([command[0], FILE, *command[1:]]) == 0
    text = capsys.readouterr().out
    assert "blue" in text
    assert "green" in text
    assert "{" not in text


def test_coinciding_optima_are_a_finding_and_not_a_mistake(tmp_path, capsys):
    path = saved(tmp_path, make_environment([[0.6], [0.6]], [[0.5, 0.5]]))
    found = answer(capsys, "predict", path)
    assert found["separating"] is False
    assert found["stage1"]["t0"]["interval"] is None
    assert found["stage1"]["t0"]["q1"] == pytest.approx(12)
    assert answer(capsys, "check", path)["assumptions"]["separation"]["status"] == "failed"
    assert main(["predict", path]) == 0
    assert "do NOT separate" in capsys.readouterr().out


def test_numbers_that_json_does_not_know_are_null(tmp_path, capsys):
    # no trade pays less than nothing, so a gain has no percentage
    path = saved(tmp_path, make_environment([[0.2], [0.6]], [[0.5, 0.5]], shift=-100.0))
    assert answer(capsys, "check", path)["design"]["stage1_gain_percent"] == {"t0": None, "t1": None}
    assert main(["check", path]) == 0


def test_check_of_crra_beyond_one_fails_monotone_demand_and_says_what_remains(tmp_path, capsys):
    found = answer(capsys, "check", saved(tmp_path, asymmetric_environment(CRRA)))["assumptions"]["monotone competitive demand"]
    assert found["status"] == "failed"
    assert found["number"] > 0
    assert "one equilibrium" in found["detail"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["stage2", FILE, "--types", "blue=7,red=3"], "--types names 'red', but the types are blue, green"),
        (["stage2", FILE, "--types", "blue=-7"], "gives blue the count '-7'"),
        (["stage2", FILE, "--types", "blue=1.5"], "gives blue the count '1.5'"),
        pytest.param(["stage2", FILE, "--types", "blue=" + "1" * 5000], "a whole number from 0 to 1000000000", id="thousands of digits"),
        (["stage2", FILE, "--types", "blue=1000000001"], "gives blue the count '1000000001'"),
        (["stage2", FILE, "--types", "blue=\u0663"], "gives blue the count '\u0663'"),
        (["stage2", FILE, "--types", "blue"], "gives blue the count ''"),
        (["stage2", FILE, "--types", "blue=1,blue=2"], "names blue twice"),
        (["stage2", FILE, "--types", "blue=0,green=0"], "counts no agent at all"),
        (["stage2", FILE, "--types", ""], "names ''"),
        (["predict", "no_such_file.toml"], "There is no environment file no_such_file.toml"),
    ],
)
def test_a_mistake_gets_one_sentence_and_status_2(capsys, arguments, sentence):
    assert main(arguments) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert sentence in streams.err
    assert streams.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [[], ["guess", FILE], ["stage2", FILE], ["check", FILE, "--grid", "0"], ["check", FILE, "--grid", "nan"], ["predict"]]
)
def test_wrong_usage_gets_one_sentence_and_status_2(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("stage2", "The sum of the counts is M, the number of active agents"),
        ("predict", "A type that is impossible in a state is shown there as a price taker"),
    ],
)
def test_help_says_what_the_numbers_are_for(capsys, command, sentence):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert sentence in " ".join(capsys.readouterr().out.split())


def test_states_that_are_one_state_to_the_paper_are_said_to_be(tmp_path, capsys):
    path = saved(tmp_path, make_environment([[0.3, 0.4], [0.6, 0.8]], [[0.7, 0.3], [0.7, 0.3]]))
    found = answer(capsys, "check", path)["assumptions"]["informativeness"]
    assert found["status"] == "failed"
    assert "the paper merges such states (section 2.1)" in found["detail"]
    assert "merges" not in answer(capsys, "check", FILE)["assumptions"]["informativeness"]["detail"]


def test_types_that_no_state_allows_together_get_one_sentence(tmp_path, capsys):
    env = make_environment([[0.3, 0.3], [0.7, 0.7]], [[0.0, 1.0], [1.0, 0.0]])
    assert main(["stage2", saved(tmp_path, env), "--types", "t0=1,t1=1"]) == 2
    assert "probability zero in every state" in capsys.readouterr().err


def test_the_module_runs_as_a_program():
    run = subprocess.run(
        [sys.executable, "-m", "theory", "predict", FILE, "--json"], capture_output=True, text=True, check=False, cwd=ENVIRONMENTS.parent
    )
    assert run.returncode == 0, run.stderr
    assert np.isfinite(json.loads(run.stdout)["competitive"]["low"]["price"])


def test_names_in_any_script_are_printed_whatever_the_terminal_thinks(tmp_path):
    path = saved(tmp_path, replace(make_environment([[0.2], [0.7]], [[0.5, 0.5]]), types=("blue", "\u9752")))
    run = subprocess.run(
        [sys.executable, "-m", "theory", "predict", path],
        capture_output=True,
        check=False,
        cwd=ENVIRONMENTS.parent,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert run.returncode == 0, run.stderr
    assert "\u9752" in run.stdout.decode("utf-8")


def test_a_reader_that_goes_away_gets_no_traceback():
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "theory", "predict", FILE]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, cwd=ENVIRONMENTS.parent)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_an_answer_that_cannot_be_written_gets_one_sentence():
    command = [sys.executable, "-m", "theory", "predict", FILE]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=ENVIRONMENTS.parent)
    assert (done.returncode, done.stderr) == (2, b"The answer cannot be written: No space left on device.\n")


def test_checks_that_contradict_the_proof_get_one_sentence(monkeypatch, capsys):
    def contradicted(*arguments):
        raise ThresholdContradiction("With 7 agents some type gains by defecting, but every number from 4 on is said to pass.")

    monkeypatch.setattr(threshold_command, "find_threshold", contradicted)
    assert main(["threshold", FILE]) == 2
    assert capsys.readouterr().err.endswith("is said to pass.\n")


def test_columns_of_numbers_end_at_the_same_place_and_those_of_words_begin_there():
    lines = table(
        ("type", "offer", "share", "it"), [("blue", number(-12.5), percent(3.0), "a"), ("green", number(None), percent(12.5), "b")]
    )
    assert lines.split("\n") == [
        "type      offer   share  it",
        "blue   -12.5000   3.0 %  a",
        "green         -  12.5 %  b",
    ]


@pytest.mark.parametrize(("value", "shown"), [(-2e-6, "-2.0e-06"), (-1e-17, "0.0000"), (0.0, "0.0000"), (6e-5, "0.0001"), (None, "-")])
def test_a_small_number_is_not_shown_as_none_and_rounding_not_as_a_number(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "two\nlines.toml"],
        ["check", "x" * 5000],
        ["check", FILE, "--grid", "1e-320"],
        ["semipooling", FILE, "--partition", "blue|green", "--signals", "2,2", "--seed", "9" * 5000],
        ["semipooling", FILE, "--partition", "blue|green", "--signals", "2,2", "--seed", "-1"],
        ["semipooling", FILE, "--partition", "blue|green", "--signals", "2,2", "--seed", "\u0663"],
    ],
    ids=["file of two lines", "long file name", "grid", "long seed", "negative seed", "other digits"],
)
def test_what_is_long_or_has_lines_is_shown_short_and_on_one(capsys, arguments):
    try:
        status = main(arguments)
    except SystemExit as stop:
        status = stop.code
    said = capsys.readouterr().err
    assert status == 2
    assert said.count("\n") == 1
    assert len(said) < 200
