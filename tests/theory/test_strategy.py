"""Eq. (7)-(10) as one agent meets them: what it believes, what it takes the others to believe, and s2*."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment
from theory.cli import main
from theory.economy.utility import FAMILIES
from theory.equilibrium.separating import second_stage
from theory.equilibrium.stage2 import best_reply, solve_stage2
from theory.information.beliefs import posterior

FILE = str(Path(__file__).parents[2] / "environments" / "mixed_values.toml")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_nondefector_plays_beta_of_the_types_that_all_believe(family):
    env = asymmetric_environment(family)
    found, expected = second_stage(env, 1, 1, [3, 2, 4]), solve_stage2(env, [[3, 3, 4]])
    assert not found.defector
    assert found.believed.tolist() == found.others_believe.tolist() == [3, 3, 4]
    assert found.offer.tolist() == expected.offers[0, 1].tolist()
    assert found.bundle == pytest.approx(expected.bundles[0, 1], rel=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_defector_counts_itself_as_it_is_and_takes_the_others_to_count_it_as_it_seemed(family):
    env = asymmetric_environment(family)
    found = second_stage(env, 0, 2, [3, 2, 4])
    assert found.defector
    assert found.believed.tolist() == [4, 2, 4]  # eq. (8): theta plus one's own true type
    assert found.others_believe.tolist() == [3, 2, 5]
    assert found.posterior.tolist() == posterior(env, [[4, 2, 4]])[0].tolist()
    misled = solve_stage2(env, [[3, 2, 5]])
    totals = np.array([3, 2, 4]) @ misled.offers[0] + 10 * env.epsilon
    assert [found.others_q, found.others_r] == pytest.approx(totals, rel=1e-12)
    assert found.offer == pytest.approx(best_reply(env, 0, found.posterior, *totals), abs=1e-12)


def test_the_only_one_of_its_type_who_defects_needs_no_offer_of_its_own_type():
    env = asymmetric_environment("cobb-douglas-log")
    found = second_stage(env, 0, 2, [0, 2, 4])
    assert found.others_believe.tolist() == [0, 2, 5]
    assert np.isfinite(found.offer).all()


def test_others_who_are_led_to_believe_the_impossible_hold_the_belief_of_the_least_trembles():
    # t0 excludes z1 and t2 excludes z0: a t2 among t0s is impossible, and off the path only
    env = make_environment([[0.2, 0.6], [0.7, 0.3], [0.4, 0.5]], [[0.6, 0.4, 0.0], [0.0, 0.4, 0.6]])
    found = second_stage(env, 0, 2, [3, 2, 0])
    assert found.posterior.tolist() == [1.0, 0.0]
    assert np.isfinite(found.expected_points)


def test_the_command_says_beliefs_and_offer(capsys):
    assert main(["strategy", FILE, "--type", "blue", "--offer", "0,3.5", "--others", "blue=6,green=3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["read_as"], found["defector"]) == ("green", True)
    assert found["believes"] == {"blue": 7, "green": 3}
    assert found["takes_others_to_believe"] == {"blue": 6, "green": 4}
    assert main(["strategy", FILE, "--type", "blue", "--offer", "3.5,0", "--others", "blue=6,green=3"]) == 0
    assert "reads as blue: a nondefector" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--offer", "3,3", "--offer is '3,3', but an offer is two amounts"),
        ("--offer", "11,0", "at most 10 of q"),
        ("--offer", "much", "--offer is 'much'"),
        ("--offer", "nan,0", "--offer is 'nan,0'"),
        ("--type", "red", "There is no type 'red'"),
        ("--others", "blue=x", "--others gives blue the count 'x'"),
        ("--others", "blue=0", "--others counts no agent"),
    ],
)
def test_a_mistake_gets_one_sentence(capsys, option, value, sentence):
    right = {"--type": "blue", "--offer": "3,0", "--others": "blue=6"} | {option: value}
    assert main(["strategy", FILE, *(part for pair in right.items() for part in pair)]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
