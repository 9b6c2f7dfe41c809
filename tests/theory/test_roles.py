"""Footnote 1: endowments by publicly known role, read from the file, at stage 1 and at stage 2."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.economies import asymmetric_environment
from tests.theory.independent import best_reply
from theory.assumptions import assumptions
from theory.beliefs import posterior
from theory.competitive import competitive_equilibrium
from theory.environment import InvalidEnvironment, Role, environment_fields, parse_environment
from theory.role_assumptions import assumptions_by_role
from theory.role_competitive import competitive_by_role
from theory.role_stage2 import solve_stage2_by_role
from theory.stage2 import solve_stage2
from theory.utility import CRRA, FAMILIES

ENVIRONMENTS = Path(__file__).parents[2] / "environments"


def with_roles(family, *roles, price=1.5):
    env = asymmetric_environment(family)
    agents = sum(role.agents for role in roles)
    mean = np.array([[role.endowment_q, role.endowment_r] for role in roles]).T @ [role.agents / agents for role in roles]
    return replace(env, agents=agents, endowment_q=float(mean[0]), endowment_r=float(mean[1]), roles=roles, stated_price=price)


TRADERS = (Role("buyer", 6, 2.0, 9.0), Role("seller", 6, 8.0, 3.0))


def test_files_with_roles_are_refused_by_who_does_not_ask_for_them():
    fields = environment_fields(with_roles("ces", *TRADERS))
    with pytest.raises(InvalidEnvironment, match="role"):
        parse_environment(fields)
    again = parse_environment(fields, roles=True)
    assert again.roles == TRADERS
    assert again.fixed_price == 1.5


def test_the_example_of_the_readme_is_read():
    example, roles = re.findall("```toml\n(.*?)```", (ENVIRONMENTS / "README.md").read_text(), re.DOTALL)
    head = re.sub(r"\[endowment\].*?\n\n", "", example[: example.index("[mechanism]")], flags=re.DOTALL)
    env = parse_environment(tomllib.loads(head + roles), roles=True)
    assert env.roles == TRADERS
    assert env.types == ("blue", "green")


@pytest.mark.parametrize("family", FAMILIES)
def test_roles_with_one_endowment_are_the_economy_without_roles(family):
    env = asymmetric_environment(family)
    alike = with_roles(family, Role("a", 6, 3.0, 5.0), Role("b", 6, 3.0, 5.0), price=5 / 3)
    plain = solve_stage2(env, [[3, 4, 3]])
    found = solve_stage2_by_role(alike, [[[1, 3, 0], [2, 1, 3]]])
    assert found.price == pytest.approx(plain.price, rel=1e-9)
    assert found.offers[0, 1] == pytest.approx(plain.offers[0], abs=1e-8)
    assert competitive_by_role(alike).price == pytest.approx(competitive_equilibrium(env).price, rel=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_offers_are_best_replies_from_each_roles_endowment(family):
    env = with_roles(family, *TRADERS)
    counts = np.array([[2, 1, 3], [1, 2, 1]])
    found = solve_stage2_by_role(env, [counts])
    belief = posterior(env, [counts.sum(axis=0)])[0]
    offers = found.offers[0]
    totals = np.einsum("jk,jkg->g", counts, offers) + counts.sum() * np.array([env.epsilon_q, env.epsilon_r])
    assert found.price[0] == pytest.approx(totals[1] / totals[0], rel=1e-9)
    for j, role in enumerate(TRADERS):
        seen = replace(env, endowment_q=role.endowment_q, endowment_r=role.endowment_r, roles=())
        for x in range(3):
            reply = best_reply(seen, x, belief.tolist(), *(totals - offers[j, x]).tolist())
            assert offers[j, x] == pytest.approx(reply, abs=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_competitive_price_is_that_of_the_per_capita_endowment(family):
    env = with_roles(family, Role("buyer", 4, 0.5, 9.0), Role("seller", 2, 8.0, 0.3), Role("rich", 3, 20.0, 11.0))
    env = replace(env, utility=replace(env.utility, curvature=40.0)) if family == CRRA else env
    same = replace(env, roles=(), stated_price=None)
    assert competitive_by_role(env).price == pytest.approx(competitive_equilibrium(same).price, rel=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_with_one_endowment_the_assumptions_are_those_without_roles(family):
    alike = with_roles(family, Role("a", 6, 3.0, 5.0), Role("b", 6, 3.0, 5.0), price=5 / 3)
    for by_role, plain in zip(assumptions_by_role(alike), assumptions(asymmetric_environment(family)), strict=True):
        assert by_role.name == plain.name
        assert by_role.status == plain.status
        assert [one.number for one in by_role.found] == [pytest.approx(plain.number)] * len(by_role.found)
