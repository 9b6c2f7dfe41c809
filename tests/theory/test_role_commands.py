"""Endowments by role on the command line: ``check``, ``predict``, ``stage2`` and ``incentives``, and what the other commands say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from theory.cli import main
from theory.commands.stage2_by_role import stage2_by_role_text
from theory.economy.environment import read_environment
from theory.equilibrium.stage1 import intervals, stage1_optimum
from theory.roles.stage2 import solve_stage2_by_role
from theory.roles.views import role_views

TEXT = """
name = "buyers_and_sellers"

[states]
prior = { low = 0.5, high = 0.5 }

[types]
names = ["blue", "green"]

[likelihood]
low  = { blue = 0.7, green = 0.3 }
high = { blue = 0.3, green = 0.7 }

[roles.buyer]
agents = 6
endowment = { q = 2.0, r = 9.0 }

[roles.seller]
agents = 3
endowment = { q = 8.0, r = 3.0 }

[utility]
family = "cobb-douglas-log"
scale = 60.0
[utility.weight]
blue  = { low = 0.3, high = 0.6 }
green = { low = 0.4, high = 0.7 }

[mechanism]
agents = 9
fixed_price = 1.5
inactive_share = "1/6"
epsilon = { q = 0.1, r = 0.1 }
"""
FILE = str(Path(__file__).parents[2] / "environments" / "mixed_values.toml")
SMALL = "{ q = 1e-6, r = 1e-6 }"


@pytest.fixture
def file(tmp_path):
    return saved(tmp_path)


def saved(tmp_path, *changes: tuple[str, str]) -> str:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "roles.toml"
    path.write_text(text)
    return str(path)


def answer(capsys, *arguments: str):
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def text(capsys, *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_predict_says_alpha_star_and_intervals_of_every_role(capsys, file):
    found, env = answer(capsys, "predict", file), read_environment(file, roles=True)
    assert list(found) == ["environment", "mechanism", "roles", "stage1", "separating", "competitive"]
    assert found["mechanism"] == {"agents": 9, "active": 8, "fixed_price": 1.5}
    assert found["roles"]["seller"] == {"agents": 3, "endowment": [8.0, 3.0]}
    assert found["separating"] is True
    for role, view in zip(("buyer", "seller"), role_views(env), strict=True):
        optimum, cut = stage1_optimum(view), intervals(view)
        for i, x in enumerate(env.types):
            assert found["stage1"][role][x] == {
                "offer": optimum.offers[i].tolist(),
                "q1": optimum.q1[i],
                "interval": [cut.lower[i], cut.upper[i]],
            }
    # w = 0.7 * 0.3 + 0.3 * 0.6 of the wealth 2 + 9/1.5 is spent on q
    assert found["stage1"]["buyer"]["blue"]["q1"] == pytest.approx(0.39 * 8)


def test_competitive_prices_by_role_are_the_closed_form_of_log_cobb_douglas(capsys, file):
    found = answer(capsys, "predict", file)["competitive"]["low"]
    mean = 0.7 * 0.3 + 0.3 * 0.4
    price = (mean * (6 * 9 + 3 * 3) / 9 + 0.1) / ((1 - mean) * (6 * 2 + 3 * 8) / 9 + 0.1)
    assert found["price"] == pytest.approx(price)
    assert found["allocation"]["seller"]["green"] == pytest.approx([0.4 * (8 + 3 / price), 0.6 * (8 * price + 3)])
    assert found["offers"]["seller"]["green"] == pytest.approx([8 - 0.4 * (8 + 3 / price), 0])


def test_a_role_whose_optima_coincide_is_named_by_its_missing_intervals(capsys, tmp_path):
    alike = saved(tmp_path, ("green = { low = 0.4, high = 0.7 }", "green = { low = 0.39, high = 0.39 }"))
    found = answer(capsys, "predict", alike)
    assert found["separating"] is False
    assert found["stage1"]["buyer"]["blue"]["interval"] is None
    assert "do NOT separate" in text(capsys, "predict", alike)
    assert answer(capsys, "check", alike)["assumptions"]["separation"]["status"] == "failed"


def test_stage2_says_the_equilibrium_by_role_and_type(capsys, file):
    found = answer(capsys, "stage2", file, "--types", "seller:green=3; buyer:green=1, blue=4")
    expected = solve_stage2_by_role(read_environment(file, roles=True), [[[4, 1], [0, 3]]])
    assert list(found) == ["posterior", "price", "totals", "offers", "allocation", "residual", "all_prices", "unique"]
    assert found["price"] == expected.price[0]
    assert found["totals"] == [expected.total_q[0], expected.total_r[0]]
    assert found["offers"]["buyer"]["blue"] == expected.offers[0, 0, 0].tolist()
    assert found["offers"]["seller"] == {"blue": None, "green": expected.offers[0, 1, 1].tolist()}
    assert found["allocation"]["seller"] == {"blue": None, "green": expected.bundles[0, 1, 1].tolist()}
    assert found["posterior"] == pytest.approx({"low": 0.5, "high": 0.5})
    assert 0 <= found["residual"] <= 1e-9
    assert found["all_prices"] == [pytest.approx(found["price"])]
    assert "Proved to be the only equilibrium" in text(capsys, "stage2", file, "--types", "seller:green=3")


def test_all_equilibria_are_told_beyond_the_bound(capsys, tmp_path):
    # sellers of each good at the x of the proof that the bound is sharp; the bound is 10
    weights = (
        ("{ low = 0.3, high = 0.6 }", "{ low = 0.99976, high = 0.99976 }"),
        ("{ low = 0.4, high = 0.7 }", "{ low = 24e-5, high = 24e-5 }"),
    )
    mirrored = (("q = 2.0, r = 9.0", "q = 8.0, r = 2.0"), ("q = 8.0, r = 3.0", "q = 2.0, r = 8.0"), ("{ q = 0.1, r = 0.1 }", SMALL))
    beyond = saved(tmp_path, ('family = "cobb-douglas-log"', 'family = "crra"\ncurvature = 12.0'), *weights, *mirrored)
    types = "buyer:blue=60;seller:green=60"
    found = answer(capsys, "stage2", beyond, "--types", types)
    assert found["unique"] == "scanned"
    assert len(found["all_prices"]) == 3
    assert np.abs(np.array(found["all_prices"]) / found["price"] - 1).min() < 1e-6
    assert "There are 3 equilibria" in stage2_by_role_text(found)
    assert "A scan of all prices found no other" in text(capsys, "stage2", beyond, "--types", "buyer:blue=60")
    assert answer(capsys, "check", beyond)["uniqueness"]["status"] == "scanned"
    assert "scanned" in text(capsys, "check", beyond)


def test_demand_that_is_not_monotone_fails_by_role_and_says_what_remains(capsys, tmp_path):
    found = answer(capsys, "check", saved(tmp_path, ('family = "cobb-douglas-log"', 'family = "crra"\ncurvature = 2.5')))
    assumed = found["assumptions"]["monotone competitive demand"]
    assert assumed["status"] == "failed"
    assert "one competitive equilibrium" in assumed["roles"]["seller"]["detail"]


def test_check_tells_assumptions_about_the_endowment_role_by_role(capsys, file):
    found = answer(capsys, "check", file)
    assumed = found["assumptions"]
    assert found["uniqueness"]["status"] == "proved"
    assert assumed["separation"]["status"] == "held"
    # the expected weights are 0.3 and 0.4 in the state low with probability 0.7 and 0.3: 0.39 and 0.61
    assert assumed["separation"]["roles"]["buyer"]["number"] == pytest.approx((0.61 - 0.39) * (2 + 9 / 1.5))
    assert assumed["separation"]["roles"]["seller"]["number"] == pytest.approx((0.61 - 0.39) * (8 + 3 / 1.5))
    assert assumed["exogenous offers are positive"]["roles"]["buyer"]["number"] == pytest.approx(0.1 / 9)
    assert assumed["someone is inactive"]["number"] == 1
    assert found["design"]["stage1_gain_percent"]["buyer"]["blue"] > 0
    assert found["design"]["alpha_star_on_grid_read_as_own_type"]["seller"] == {"blue": True, "green": True}


@pytest.mark.parametrize(
    "command", [["check"], ["predict"], ["stage2", "--types", "buyer:blue=4,green=1;seller:blue=2"]], ids=lambda c: c[0]
)
def test_people_get_tables_with_the_roles_names(capsys, file, command):
    shown = text(capsys, command[0], file, *command[1:])
    for name in ("buyer", "seller", "blue", "green"):
        assert name in shown
    assert "{" not in shown


@pytest.mark.parametrize(
    ("types", "sentence"),
    [
        ("blue=3", "--types names the role 'blue=3', but the roles are buyer, seller"),
        ("maker:blue=3", "--types names the role 'maker'"),
        ("buyer:blue=3;buyer:green=1", "--types names the role buyer twice"),
        ("buyer:red=3", "--types, role buyer, names 'red', but the types are blue, green"),
        ("buyer:blue=-1", "gives blue the count '-1'"),
        ("buyer:blue=0;seller:green=0", "--types counts no agent at all"),
        ("buyer:", "--types, role buyer, names ''"),
    ],
)
def test_a_wrong_configuration_gets_one_sentence(capsys, file, types, sentence):
    assert main(["stage2", file, "--types", types]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert sentence in streams.err
    assert streams.err.count("\n") == 1


def test_a_configuration_by_role_is_for_files_with_roles(capsys):
    assert main(["stage2", FILE, "--types", "buyer:blue=3"]) == 2
    assert "--types names 'buyer:blue'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["certify", "--types", "blue=7"], "one unknown for each type"),
        (["strategy", "--type", "blue", "--offer", "1,0", "--others", "blue=7"], "one histogram"),
        (["threshold"], "keep their shares"),
        (["semipooling", "--partition", "blue,green", "--signals", "3"], "counts their signals together"),
        (["rivals", "--types", "blue=7"], "not of each role and type"),
        (["welfare"], "the efficient allocation"),
        (["books"], "one fee for everyone"),
        (["simulate"], "market rounds"),
        (["sweep", "--vary", "mechanism.agents=6,12"], "about one endowment"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_other_commands_refuse_roles_with_their_reason(capsys, file, command, reason):
    assert main([command[0], file, *command[1:]]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert f"endowments by role (buyer, seller), but {command[0]} takes one for everyone: " in streams.err
    assert reason in streams.err
    assert streams.err.count("\n") == 1
