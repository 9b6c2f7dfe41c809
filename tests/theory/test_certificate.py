"""Certificates by ball arithmetic: every computed equilibrium gets one, no other offers do."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment, random_economy, with_active
from tests.sizes import sized
from theory.certificates.ball_equations import MissingFlint
from theory.certificates.certificate import certify
from theory.cli import main
from theory.economy.utility import FAMILIES
from theory.equilibrium.stage2 import solve_stage2

FILE = str(Path(__file__).parents[2] / "environments" / "mixed_values.toml")


@pytest.mark.parametrize("part", range(4))
def test_every_random_equilibrium_is_certified_and_a_perturbed_one_rejected(part):
    generator = np.random.default_rng([20120621, part])
    for _ in range(sized(small=50, full=250)):
        economy = random_economy(generator)
        env, counts = economy.environment, economy.configurations[0]
        found = certify(env, counts)
        assert found.certified, (found.reason, counts, env)
        offers = solve_stage2(env, [counts]).offers[0]
        moved = offers.copy()
        kind = int(np.flatnonzero(counts)[0])
        good = int(offers[kind, 1] > 0)
        end = (env.endowment_q, env.endowment_r)[good]
        moved[kind, good] += (1e-6 if offers[kind, good] < 0.5 * end else -1e-6) * end
        assert not certify(env, counts, offers=moved).certified


@pytest.mark.parametrize("family", FAMILIES)
def test_the_enclosure_holds_the_computed_equilibrium(family):
    env = asymmetric_environment(family)
    found, solved = certify(env, [3, 4, 3]), solve_stage2(env, [[3, 4, 3]])
    assert found.price.lower - 1e-10 < solved.price[0] < found.price.upper + 1e-10
    assert found.price.upper - found.price.lower < 1e-12
    for kind in range(3):
        side = solved.offers[0, kind, 0] > 0
        assert found.sides[kind] == (1 if side else -1)
        for good in range(2):
            assert found.offers[kind][good].lower - 1e-9 <= solved.offers[0, kind, good] <= found.offers[kind][good].upper + 1e-9
    assert found.radius >= 1e-3
    assert found.bits == 128


def test_an_agent_alone_solves_its_quadratic_in_the_enclosure():
    # one log agent of weight 1/2 with equal noise: no trade at price 1
    env = with_active(make_environment([[0.5]], [[1.0]]), 1)
    found = certify(env, [1])
    assert found.certified
    assert found.sides == (0,)
    assert found.price.lower <= 1.0 <= found.price.upper


def test_a_million_agents_and_a_given_posterior_are_certified():
    env = asymmetric_environment("ces")
    assert certify(with_active(env, 10**6), [300_000, 400_000, 300_000]).certified
    assert certify(env, [3, 4, 3], posterior=[0.25, 0.75]).certified
    assert certify(env, [3, 0, 3], active=8).certified
    assert certify(env, [3, 0, 3]).offers[1] is None


@pytest.mark.parametrize("counts", [[1, 2], [0, 0, 0], [-1, 2, 3], [1.5, 2, 3]])
def test_what_is_no_configuration_is_refused(counts):
    with pytest.raises(ValueError, match="counts the agents of each type"):
        certify(asymmetric_environment("ces"), counts)


def test_without_the_package_one_sentence_says_so(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(MissingFlint, match="python-flint"):
        certify(asymmetric_environment("ces"), [1, 2, 3])
    assert main(["certify", FILE, "--types", "blue=7,green=3"]) == 2
    said = capsys.readouterr().err
    assert "pip install python-flint" in said
    assert said.count("\n") == 1


def test_the_command_prints_intervals(capsys):
    assert main(["certify", FILE, "--types", "blue=7,green=3", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["certified"] is True
    assert answer["unique"] == "proved"
    lower, upper = answer["price"]
    assert lower < upper
    assert upper - lower < 1e-12
    assert main(["certify", FILE, "--types", "blue=7"]) == 0
    assert "certified" in capsys.readouterr().out
