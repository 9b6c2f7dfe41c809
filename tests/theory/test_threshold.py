"""Theorem 1's N-bar: the first N that passes, the threshold, and whether it is proved."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.economies import make_environment
from theory.cli import main
from theory.economy.environment import read_environment
from theory.stage1_incentives import threshold as module
from theory.stage1_incentives.slack import incentives
from theory.stage1_incentives.tail_bound import tail_bound
from theory.stage1_incentives.threshold import ThresholdContradiction, threshold

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
FILE = str(ENVIRONMENTS / "mixed_values.toml")
SHIPPED = ("mixed_values", "small_market", *(pytest.param(name, marks=pytest.mark.full) for name in ("nearly_common", "three_types")))
SMALL = make_environment([[0.35, 0.55], [0.45, 0.65]], [[0.7, 0.3], [0.3, 0.7]], epsilon=(0.5, 0.5), inactive_share=Fraction(1, 10))


def test_every_number_is_decided_as_it_is_alone():
    found = threshold(SMALL, 40)
    alone = [incentives(SMALL.with_agents(n)).candidate_is_equilibrium for n in range(2, 41)]
    assert found.passes.tolist() == alone
    assert found.first == 2 + alone.index(True)
    assert found.threshold == max(n for n, passes in zip(range(2, 41), alone, strict=True) if not passes) + 1
    assert not found.passes[:5].any()


def test_a_threshold_below_one_over_eta_does_not_exist():
    found = threshold(SMALL, 6)
    assert (found.first, found.threshold) == (None, None)
    assert found.status == "checked"


def test_gains_need_not_be_monotone_in_n():
    gain = threshold(SMALL, 60).largest_gain
    assert (np.diff(gain) > 0).any()
    assert (np.diff(gain) < 0).any()


@pytest.mark.parametrize("name", SHIPPED)
def test_the_threshold_of_every_shipped_environment_is_proved(name):
    env = read_environment(ENVIRONMENTS / f"{name}.toml")
    found = threshold(env, tail_bound(env).agents)
    assert found.status == "proved"
    assert found.threshold <= 30


def test_checks_that_end_short_of_the_bound_prove_nothing():
    assert threshold(read_environment(FILE), 60).status == "checked"


def test_a_bound_that_the_checks_contradict_is_refused(monkeypatch):
    bound = tail_bound(read_environment(FILE))
    monkeypatch.setattr(module, "tail_bound", lambda env: replace(bound, agents=4))
    with pytest.raises(ThresholdContradiction, match="is said to pass"):
        threshold(SMALL, 30)


def test_a_maximum_below_two_is_refused():
    with pytest.raises(ValueError, match="at least 2"):
        threshold(SMALL, 1)


def test_the_command_says_first_threshold_and_status(capsys):
    assert main(["threshold", FILE, "--max-agents", "130", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["max_agents"] == 130
    assert answer["status"] == "proved"
    assert answer["first"] <= answer["threshold"] <= 12
    assert main(["threshold", FILE, "--max-agents", "40"]) == 0
    assert "with 2 to 40 agents the candidate is an equilibrium" in capsys.readouterr().out


@pytest.mark.parametrize("maximum", ["1", "0", "-5", "many", "2.5", "1000001"])
def test_a_wrong_maximum_gets_one_sentence(capsys, maximum):
    try:
        status = main(["threshold", FILE, f"--max-agents={maximum}"])
    except SystemExit as stop:
        status = stop.code
    assert status == 2
    assert capsys.readouterr().err.count("\n") == 1
