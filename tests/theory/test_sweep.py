"""Sweeps: tidy rows in grid order, and one sentence for what cannot be swept."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tests.theory.sweeps import AGENTS, FILE, PROJECT, QUICK, refused, swept, table
from theory.commands import sweep as command
from theory.economy.environment import read_environment
from theory.equilibrium.competitive import competitive_equilibrium
from theory.sweeps.measures import MEASURES, Settings
from theory.sweeps.sweep import Row, lines, measured

ENV = read_environment(FILE)


def test_rows_are_tidy_and_in_grid_order(capsys):
    assert swept(FILE, *QUICK) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0] == "mechanism.agents,mechanism.inactive_share,measure,quantity,type,state,value,problem"
    rows = table(text)
    places = [(row["mechanism.agents"], row["mechanism.inactive_share"], row["measure"]) for row in rows]
    assert list(dict.fromkeys(places)) == [
        (n, share, name) for n in ("2", "12", "24") for share in ("1/6", "0.25") for name in ("stage1", "competitive")
    ]
    prices = {row["state"]: row["value"] for row in rows if row["quantity"] == "price"}
    limit = competitive_equilibrium(ENV)
    assert {z: float(text) for z, text in prices.items()} == dict(zip(ENV.states, limit.price.tolist(), strict=True))
    assert prices["low"] == f"{limit.price[0]:.17g}"
    assert {row["problem"] for row in rows} == {""}


def test_measures_come_in_their_own_order_and_once_however_they_are_named(capsys):
    swept(FILE, *AGENTS, "--measure", "competitive", "--measure", "stage1,competitive", "--jobs", "1")
    text = capsys.readouterr().out
    swept(FILE, *AGENTS, "--measure", "stage1,competitive", "--jobs", "1")
    assert text == capsys.readouterr().out


def test_a_measure_that_refuses_leaves_its_sentence_and_the_others_their_numbers(capsys):
    # at this weight both types want the same at stage 1
    same = "utility.weight.green.low+utility.weight.green.high=0.5+0.85,0.15+0.5"
    likelihood = "likelihood.high.blue+likelihood.high.green=0.7+0.3"
    assert swept(FILE, "--vary", likelihood, "--vary", same, "--measure", "stage1,incentives,uniqueness", "--jobs", "1") == 0
    rows = table(capsys.readouterr().out)
    problems = [row for row in rows if row["problem"]]
    assert [(row["utility.weight.green.low"], row["measure"]) for row in problems] == [("0.15", "incentives")]
    assert "have the same stage-1 optimum" in problems[0]["problem"]
    assert (problems[0]["quantity"], problems[0]["value"]) == ("", "")
    assert [row["value"] for row in rows if row["quantity"] == "separating"] == ["1", "0"]
    assert sum(row["measure"] == "uniqueness" and row["value"] != "" for row in rows) == 6


def test_a_problem_is_one_line_whatever_the_sentence(monkeypatch):
    def refuse(*_):
        raise command.NoWorkers("of\n two  lines")

    monkeypatch.setitem(MEASURES, "stage1", MEASURES["stage1"].__class__("stage1", "", refuse))
    monkeypatch.setattr("theory.sweeps.sweep.REFUSALS", (command.NoWorkers,))
    assert measured(ENV, ["stage1"], Settings()) == [Row("stage1", problem="of two lines")]


def test_a_number_that_is_none_is_empty_and_others_have_17_digits():
    rows = [Row("m", "a", "t", "z", math.nan), Row("m", "b", value=0.1), Row("m", "c", value=-math.inf), Row("m", "d", value=12.0)]
    assert lines((6, 0.3, "1/6"), rows) == (
        "6,0.3,1/6,m,a,t,z,,\n6,0.3,1/6,m,b,,,0.10000000000000001,\n6,0.3,1/6,m,c,,,-inf,\n6,0.3,1/6,m,d,,,12,\n"
    )


def test_a_point_that_is_no_environment_is_refused_before_anything_is_computed(capsys, tmp_path):
    out = tmp_path / "out.csv"
    said = refused(capsys, FILE, "--vary", "mechanism.inactive_share=1/6,1.2", "--out", out)
    assert "mechanism.inactive_share=1.2: mechanism.inactive_share is '1.2'; it must be an exact fraction strictly between 0 and 1" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--vary", "mechanism.agent=6"], "the nearest are mechanism.agents"),
        (["--vary", "mechanism.agents=6", "--vary", "mechanism.agents=7"], "varied twice"),
        (["--vary", "mechanism.agents=1"], "mechanism.agents is 1; it must be a whole number from 2"),
        (["--vary", "states.prior.low=0.3"], "states.prior sums to 0.8"),
        ([*AGENTS, "--measure", "treshold"], "--measure names 'treshold', but the measures are stage1, competitive"),
        ([*AGENTS, "--max-agents", "1"], "--max-agents holds '1', but it takes whole numbers from 2"),
        ([*AGENTS, "--jobs", "0"], "--jobs holds '0', but it takes whole numbers from 1"),
        ([*AGENTS, "--json"], "it needs --out"),
        ([*AGENTS, "--out", "no/such/folder/out.csv"], "There is no folder no/such/folder to write out.csv in"),
        ([*AGENTS, "--out", str(PROJECT)], "is not a file that can be written"),
        ([*AGENTS, "--out", "/dev/null"], "/dev/null is not a file that can be written"),
        ([*AGENTS, "--out", FILE], "exists, and there is no mixed_values.toml.sweep.json of a sweep that made it"),
        ([*AGENTS, "--ray", "ray://somewhere"], "The address of a Ray cluster is HOST:PORT"),
    ],
)
def test_a_mistake_gets_one_sentence_and_status_2(capsys, arguments, sentence):
    assert sentence in refused(capsys, FILE, *arguments)


def test_a_wrong_jobs_leaves_no_file(capsys, tmp_path):
    refused(capsys, FILE, *AGENTS, "--jobs", "0", "--out", tmp_path / "out.csv")
    assert not list(tmp_path.iterdir())


def test_endowments_by_role_are_refused(capsys, tmp_path):
    text = Path(FILE).read_text().replace("[endowment]\nq = 10.0\nr = 10.0\n", "")
    text += "fixed_price = 1.0\n" + "".join(f"[roles.{name}]\nagents = 6\nendowment = {{ q = 5.0, r = 5.0 }}\n" for name in ("a", "b"))
    (tmp_path / "roles.toml").write_text(text)
    assert "roles gives endowments by role (a, b)" in refused(capsys, tmp_path / "roles.toml", *AGENTS)


def test_people_and_programs_are_told_what_was_written(capsys, tmp_path):
    out = tmp_path / "out.csv"
    assert swept(FILE, *QUICK, "--out", out) == 0
    assert capsys.readouterr().out == f"{out} holds 6 points in 102 rows.\n"
    assert swept(FILE, *QUICK, "--out", out, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "environment": "mixed_values",
        "out": str(out),
        "measures": ["stage1", "competitive"],
        "points": 6,
        "rows": 102,
        "problems": 0,
        "kept": 5,
    }
    assert len(table(out.read_text())) == 102


def test_rows_and_problems_are_counted_in_what_was_kept_too(capsys, tmp_path):
    out = tmp_path / "out.csv"
    arguments = [FILE, "--vary", "utility.scale=1,2,3", "--vary", "utility.weight.green.low+utility.weight.green.high=0.15+0.5"]
    arguments += [
        "--vary",
        "likelihood.high.blue+likelihood.high.green=0.7+0.3",
        "--measure",
        "incentives",
        "--jobs",
        "1",
        "--out",
        str(out),
    ]
    for kept in ("", " 2 of them were there already."):
        swept(*arguments)
        assert capsys.readouterr().out == f"{out} holds 3 points in 3 rows.{kept} 3 rows say why a measure has no answer.\n"
