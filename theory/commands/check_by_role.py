"""``check`` with endowments by role (footnote 1): the assumptions role by role, and how steep stage 1 is."""

from __future__ import annotations

import argparse

from theory.certificates.uniqueness import uniqueness
from theory.checks.steepness import read_on_grid, stage1_gain
from theory.commands.command import Answer, by_name, mechanism_answer, roles_answer
from theory.commands.tables import roles_table, title, uniqueness_text
from theory.commands.text_tables import join, number, percent, table
from theory.economy.environment import Environment
from theory.roles.assumptions import RoleAssumption, assumptions_by_role
from theory.roles.views import role_views


def check_by_role(env: Environment, given: argparse.Namespace) -> Answer:
    """The paper's assumptions, those about the endowment in each role, and the figures of stage 1."""
    views, only = dict(zip((role.name for role in env.roles), role_views(env), strict=True)), uniqueness(env)
    return {
        "environment": env.name,
        "mechanism": mechanism_answer(env),
        "roles": roles_answer(env),
        "assumptions": {one.name: _assumption(one) for one in assumptions_by_role(env)},
        "uniqueness": {"status": only.status, "reason": only.reason},
        "design": {
            "grid": given.grid,
            "stage1_gain_percent": {role: by_name(env.types, 100 * stage1_gain(view)) for role, view in views.items()},
            "alpha_star_on_grid_read_as_own_type": {
                role: dict(zip(env.types, read_on_grid(view, given.grid), strict=True)) for role, view in views.items()
            },
        },
    }


def check_by_role_text(answer: Answer) -> str:
    """The tables of ``check`` by role."""
    assumed = []
    for name, found in answer["assumptions"].items():
        in_roles = found.get("roles") or {"": found}
        assumed += [(name, role, one["status"], number(one["number"]), one["detail"]) for role, one in in_roles.items()]
    design = answer["design"]
    steep = [
        (role, x, percent(gain), "yes" if design["alpha_star_on_grid_read_as_own_type"][role][x] else "NO")
        for role, gains in design["stage1_gain_percent"].items()
        for x, gain in gains.items()
    ]
    return join(
        title(answer),
        roles_table(answer),
        table(("assumption", "role", "", "number", ""), assumed),
        uniqueness_text(answer),
        "Gain over no trade at stage 1, inactive, in percent of what no trade pays:",
        table(("role", "type", "gain", f"alpha* on the grid of {design['grid']:g} reads as it"), steep),
    )


def _assumption(assumption: RoleAssumption) -> Answer:
    """One assumption; with ``roles`` if it concerns each role."""
    found = [{"status": one.status, "number": one.number, "detail": one.detail} for one in assumption.found]
    return {"status": assumption.status, "roles": dict(zip(assumption.roles, found, strict=True))} if assumption.roles else found[0]
