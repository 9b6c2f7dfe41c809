"""Footnote 1: endowments by publicly known role, read from the file, at stage 1 and at stage 2."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.economies import SOME_FAMILIES, asymmetric_environment, make_environment
from tests.theory.independent import best_reply
from theory.checks.assumptions import assumptions
from theory.economy.environment import InvalidEnvironment, Role, environment_fields, parse_environment
from theory.economy.utility import CRRA, FAMILIES
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.reduced_game import cross
from theory.equilibrium.stage1 import UNREAD, NotSeparating, intervals, stage1_quantity, stage1_value
from theory.equilibrium.stage2 import NotSolved, solve_stage2
from theory.information.beliefs import posterior
from theory.roles import competitive, stage2
from theory.roles.assumptions import assumptions_by_role
from theory.roles.competitive import competitive_by_role, competitive_by_role_at
from theory.roles.stage2 import solve_stage2_by_role
from theory.roles.views import histogram_by_role, intervals_by_role, read_by_role, role_views, stage1_by_role

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
    totals = np.einsum("jk,jkg->g", counts, offers) + counts.sum() * env.epsilon
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


def test_offers_are_read_through_the_intervals_of_the_role_they_come_from():
    env = with_roles("ces", *TRADERS)
    optimum = stage1_by_role(env)
    roles = np.repeat([0, 1], 3)
    assert read_by_role(env, roles, optimum.offers.reshape(-1, 2)).tolist() == [0, 1, 2, 0, 1, 2]
    # the same offer of q is small for a seller and large for a buyer, whose least demand is the first type's
    same = np.array([[1.9, 0.0], [1.9, 0.0], [np.nan, np.nan]])
    expected = [intervals(view).read(stage1_quantity(view, same[0])) for view in role_views(env)]
    assert read_by_role(env, [0, 1, 1], same).tolist() == [*expected, UNREAD]
    assert expected[0] != expected[1]


@pytest.mark.parametrize("family", FAMILIES)
def test_alpha_star_by_role_is_worth_at_least_as_much_as_no_trade_and_any_other_offer(family):
    env = with_roles(family, *TRADERS)
    found = stage1_by_role(env)
    assert (found.value > found.no_trade).all()
    for j, view in enumerate(role_views(env)):
        for part in np.linspace(0, 0.99, 25):
            for offer in ((part * view.endowment_q, 0.0), (0.0, part * view.endowment_r)):
                assert (stage1_value(view, np.tile(offer, (3, 1))) <= found.value[j] + 1e-12).all()


def test_the_histogram_is_announced_by_role():
    env = with_roles("ces", *TRADERS)
    told = histogram_by_role(env, [1, 0, 1, 1], [[2.0, 0.0], [2.0, 0.0], [0.0, 1.0], [2.0, 0.0]])
    assert [(one.role, [(bar.offer_q, bar.offer_r, bar.count) for bar in one.bars]) for one in told] == [
        ("buyer", [(2.0, 0.0, 1)]),
        ("seller", [(2.0, 0.0, 2), (0.0, 1.0, 1)]),
    ]


def test_without_roles_everyone_is_one_role():
    env = asymmetric_environment("ces")
    assert role_views(env) == (env,)
    assert [one.role for one in histogram_by_role(env, [0], [[1.0, 0.0]])] == ["everyone"]
    alike = make_environment([[0.4], [0.4]], [[0.5, 0.5]])
    with pytest.raises(NotSeparating) as caught:
        intervals_by_role(alike)
    assert "role" not in str(caught.value)


@pytest.mark.parametrize(
    ("roles", "offers", "sentence"), [([0], [[1.0, 0.0], [0.0, 1.0]], "each agent has one of each"), ([2], [[1.0, 0.0]], "from 0 to 1")]
)
def test_each_agent_has_a_role_and_an_offer(roles, offers, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_by_role(with_roles("ces", *TRADERS), roles, offers)


@pytest.mark.parametrize(
    ("counts", "options", "sentence"),
    [
        ([[1, 2, 3]], {}, "a row for each role"),
        ([[[1, 2, 3]]], {}, "a row for each role"),
        ([[[1, 2, 3], [0.5, 0, 0]]], {}, "whole numbers"),
        ([[[1, 2, 3], [-1, 0, 0]]], {}, "whole numbers"),
        ([[[0, 0, 0], [0, 0, 0]]], {}, "at least one agent"),
        ([[[1, 2, 3], [1, 0, 0]]], {"active": 6}, "no more than the active ones"),
        ([[[1, 2, 3], [1, 0, 0]]], {"posterior": [1.0]}, "one column for each of 2 states"),
    ],
)
def test_what_is_no_configuration_by_role_is_refused(counts, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        solve_stage2_by_role(with_roles("ces", *TRADERS), counts, **options)


def test_absent_agents_are_there_but_offer_nothing():
    env = with_roles("ces", *TRADERS)
    counts = [[[1, 2, 3], [1, 0, 2]]]
    found, with_absent = solve_stage2_by_role(env, counts), solve_stage2_by_role(env, counts, active=12)
    offered = np.nansum(np.array(counts)[..., None] * with_absent.offers, axis=(1, 2))[0]
    assert with_absent.total_q[0] == pytest.approx(offered[0] + 12 * env.epsilon_q)
    assert with_absent.total_r[0] > found.total_r[0]


@pytest.mark.parametrize("family", SOME_FAMILIES)
def test_where_newtons_method_does_not_settle_brackets_find_the_same(monkeypatch, family):
    env = with_roles(family, *TRADERS)
    counts = [[[2, 1, 3], [1, 2, 1]], [[0, 0, 4], [3, 0, 0]]]
    found, limit = solve_stage2_by_role(env, counts), competitive_by_role(env)
    unsettled = replaced(settled=False, off=0.1)
    monkeypatch.setattr(stage2, "cross", unsettled)
    monkeypatch.setattr(competitive, "cross", unsettled)
    assert solve_stage2_by_role(env, counts).price == pytest.approx(found.price, rel=1e-9)
    assert competitive_by_role(env).price == pytest.approx(limit.price, rel=1e-9)


@pytest.mark.parametrize(
    ("module", "solve"),
    [(stage2, lambda env: solve_stage2_by_role(env, [[[2, 1, 3], [1, 2, 1]]])), (competitive, competitive_by_role)],
    ids=["stage 2", "limit"],
)
def test_an_answer_that_is_no_equilibrium_is_not_returned(monkeypatch, module, solve):
    monkeypatch.setattr(module, "cross", replaced(settled=True, off=0.1))
    monkeypatch.setattr(module, "cross_bracketed", replaced(settled=True, off=0.1))
    with pytest.raises(NotSolved, match="off by"):
        solve(with_roles("ces", *TRADERS))


def replaced(settled: bool, off: float = 0.0):
    """Newton's method with an answer that is off by some part, and that says whether it settled."""

    def crossing(game):
        found = cross(game)
        said = np.full(found.settled.shape, settled)
        return replace(found, log_price=found.log_price + off, log_ratio=found.log_ratio * (1 + off), settled=said)

    return crossing


def test_shares_that_do_not_sum_to_one_are_refused():
    with pytest.raises(ValueError, match="sum to 1"):
        competitive_by_role_at(with_roles("ces", *TRADERS), [[1.0, 0.0]], np.full((1, 2, 3), 0.2))
