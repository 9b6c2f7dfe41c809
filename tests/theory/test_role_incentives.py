"""Stage-1 incentives by role: against a slow enumeration of named agents, and by what must not matter."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from tests.economies import SOME_FAMILIES, make_environment
from tests.theory.slow_role_incentives import slow_role_incentives
from tests.theory.test_role_commands import saved
from theory.cli import main
from theory.economy.environment import Environment, InvalidEnvironment, Role
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, FAMILIES
from theory.equilibrium.stage1 import NotSeparating
from theory.equilibrium.stage2 import NotSolved
from theory.information.enumeration import TooManyConfigurations
from theory.roles import incentives as role_incentives
from theory.roles.enumeration import active_by_role, configurations_by_role, count_by_role, probability_of_others
from theory.roles.incentives import incentives_by_role
from theory.stage1_incentives.slack import incentives

CURVATURE = {COBB_DOUGLAS: 0.7, CES: 0.6, CRRA: 1.8}


def by_role(family: str, buyers: int, sellers: int, active: int, **changes) -> Environment:
    """Buyers and sellers of two types in two states, of whom ``active`` are active; nothing is symmetric."""
    fields = {
        "weight": [[0.25, 0.5], [0.5, 0.7]],
        "likelihood": [[0.65, 0.35], [0.3, 0.7]],
        "prior": [0.4, 0.6],
        "epsilon": (0.15, 0.1),
        "curvature": CURVATURE.get(family),
        "rho": 0.3,
        **changes,
    }
    agents = buyers + sellers
    env = make_environment(family=family, agents=agents, inactive_share=Fraction(agents - active, agents), **fields)
    roles = (Role("buyer", buyers, 1.5, 6.0), Role("seller", sellers, 7.0, 2.5))
    return replace(env, roles=roles, stated_price=1.3)


def largest_difference(env: Environment) -> float:
    found, slow = incentives_by_role(env)[0], np.array(slow_role_incentives(env))
    assert (np.isnan(found.gain) == np.isnan(slow)).all()
    return float(np.nanmax(np.abs(found.gain - slow)))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("buyers", "sellers", "active"), [(1, 2, 2), (2, 2, 3), pytest.param(4, 3, 5, marks=pytest.mark.full)])
def test_gains_by_role_equal_the_slow_enumeration(family, buyers, sellers, active):
    assert largest_difference(by_role(family, buyers, sellers, active)) < 1e-8


def test_gains_of_three_roles_equal_the_slow_enumeration():
    env = by_role(CES, 2, 1, 3)
    env = replace(env, agents=5, roles=(*env.roles, Role("rich", 2, 9.0, 12.0)), inactive_share=Fraction(2, 5))
    assert largest_difference(env) < 1e-8


def test_types_that_a_state_excludes_are_beliefs_off_the_path():
    assert largest_difference(by_role(COBB_DOUGLAS, 2, 2, 3, likelihood=[[1.0, 0.0], [0.3, 0.7]])) < 1e-8
    assert largest_difference(by_role(COBB_DOUGLAS, 2, 2, 3, likelihood=[[1.0, 0.0], [0.0, 1.0]])) < 1e-8


@pytest.mark.parametrize("family", SOME_FAMILIES)
def test_roles_with_one_endowment_gain_what_they_gain_without_roles(family):
    env = by_role(family, 4, 8, 10)
    alike = replace(env, roles=(Role("a", 4, 3.0, 5.0), Role("b", 8, 3.0, 5.0)), stated_price=5 / 3)
    plain = incentives(replace(env, endowment_q=3.0, endowment_r=5.0, roles=(), stated_price=None))
    for gain in incentives_by_role(alike)[0].gain:
        assert gain == pytest.approx(plain.gain, abs=1e-9, nan_ok=True)


def test_gains_do_not_depend_on_how_many_configurations_are_solved_at_once(monkeypatch):
    env = by_role(CES, 3, 3, 5)
    whole = incentives_by_role(env)[0]
    monkeypatch.setattr(role_incentives, "configurations_by_role", partial(configurations_by_role, rows=2))
    assert incentives_by_role(env)[0].gain == pytest.approx(whole.gain, abs=1e-12, nan_ok=True)


def test_the_gain_when_active_vanishes_in_large_markets_and_the_loss_when_inactive_does_not():
    small, large = incentives_by_role(by_role(CRRA, 6, 6, 10), [12, 120])
    assert np.abs(large.advantage).max() < np.abs(small.advantage).max() / 5
    assert (large.loss == small.loss).all()
    assert large.candidate_is_equilibrium


def test_the_weight_of_being_inactive_can_be_another():
    env = by_role(CES, 3, 3, 5)
    never, always = incentives_by_role(env, None, 0.0)[0], incentives_by_role(env, None, 1.0)[0]
    assert never.gain == pytest.approx(np.where(np.isnan(never.gain), np.nan, never.advantage), nan_ok=True)
    assert always.gain == pytest.approx(np.where(np.isnan(always.gain), np.nan, -always.loss), nan_ok=True)


@pytest.mark.parametrize(("buyers", "sellers", "active"), [(3, 5, 6), (1, 4, 2), (2, 2, 4)])
def test_the_draw_of_the_active_is_uniform_over_all_agents(buyers, sellers, active):
    env = by_role(CES, buyers, sellers, active)
    every = np.concatenate(list(configurations_by_role(env, rows=7)))
    assert len(every) == len(np.unique(every, axis=0)) == count_by_role(env, 10**6)
    assert set(map(tuple, every.sum(axis=2).tolist())) == set(active_by_role(env))
    for role in (0, 1):
        others = np.unique([c - one for c in every for one in _one_of(role) if (c >= one).all()], axis=0)
        chance = probability_of_others(env, role, others)
        assert chance.sum(axis=0) == pytest.approx(1.0, abs=1e-12)
        # each of the other N - 1 agents is as likely to be active as any
        pools = np.array([buyers, sellers]) - (np.arange(2) == role)
        assert chance.T @ others.sum(axis=2) == pytest.approx(np.tile(pools * (active - 1) / (env.agents - 1), (2, 1)))


def _one_of(role: int) -> list[np.ndarray]:
    return [np.outer(np.arange(2) == role, np.arange(2) == y).astype(int) for y in (0, 1)]


def test_the_chance_of_the_others_keeps_its_digits_among_a_million_agents():
    env = by_role(CES, 1, 999_999, 800_000, weight=[[0.3], [0.6]], likelihood=[[0.65, 0.35]], prior=[1.0])
    first, second = probability_of_others(env, 1, np.array([[[0, 0], [519_999, 280_000]], [[1, 0], [519_999, 279_999]]]))
    # the one buyer becomes active with odds of M - 1 to N - M, and is then of the first type with probability 0.65
    assert second / first == pytest.approx(799_999 / 200_000 * 0.65 * 280_000 / (799_999 * 0.35), rel=1e-9)


def test_optima_that_coincide_in_a_role_are_refused_by_name():
    with pytest.raises(NotSeparating, match="In the role buyer"):
        incentives_by_role(by_role(CES, 2, 2, 3, weight=[[0.4, 0.4], [0.4, 0.4]]))


def test_too_many_configurations_are_refused_before_any_is_solved(monkeypatch):
    monkeypatch.setattr(role_incentives, "solve_stage2_by_role", None)
    with pytest.raises(TooManyConfigurations, match="more than 2000000 configurations of roles and types"):
        incentives_by_role(by_role(CES, 2, 2, 3), [4, 4_000])


def test_roles_keep_their_shares_or_the_number_of_agents_is_refused():
    with pytest.raises(InvalidEnvironment, match="multiple of 3"):
        incentives_by_role(by_role(CES, 4, 8, 10), [13])


def test_one_type_has_nobody_to_be_read_as():
    found = incentives_by_role(by_role(CES, 2, 2, 3, weight=[[0.4, 0.6]], likelihood=[[1.0], [1.0]]))[0]
    assert found.candidate_is_equilibrium


def test_the_command_gives_gains_by_role(capsys, tmp_path):
    file = saved(tmp_path)
    assert main(["incentives", file, "--agents", "6,9", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(entry["agents"], entry["active"]) for entry in found] == [(6, 5), (9, 8)]
    assert {role: {x: set(gains) for x, gains in types.items()} for role, types in found[1]["gain"].items()} == {
        role: {"blue": {"green"}, "green": {"blue"}} for role in ("buyer", "seller")
    }
    entry = found[1]
    gain, loss, advantage = (entry[key]["seller"]["blue"]["green"] for key in ("gain", "loss_when_inactive", "gain_when_active"))
    assert gain == pytest.approx(-loss / 9 + advantage * 8 / 9)
    assert main(["incentives", file, "--eta"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "weight of being inactive 0.1667" in lines[0]
    assert lines[2].split()[:3] == ["role", "type", "offers"]
    assert [line.split()[:3] for line in lines[3:]] == [
        [j, x, y] for j in ("buyer", "seller") for x, y in (("blue", "green"), ("green", "blue"))
    ]


def test_a_gain_that_is_no_number_is_not_passed_over(monkeypatch):
    env = by_role(CES, 2, 2, 3)
    unknown = role_incentives.imitation_loss(role_incentives.role_views(env)[0]) * np.nan
    monkeypatch.setattr(role_incentives, "imitation_loss", lambda view: unknown)
    with pytest.raises(NotSolved, match="no finite numbers"):
        incentives_by_role(env)
