"""``predict`` with endowments by role (footnote 1): alpha* and its intervals by role, and the competitive equilibrium of each state."""

from __future__ import annotations

import argparse

from theory.commands.command import Answer, by_role_and_name, mechanism_answer, roles_answer
from theory.commands.tables import roles_table, title
from theory.commands.text_tables import join, number, table
from theory.economy.environment import Environment
from theory.equilibrium.stage1 import NotSeparating, intervals, stage1_optimum
from theory.roles.competitive import competitive_by_role
from theory.roles.views import role_views


def predict_by_role(env: Environment, given: argparse.Namespace) -> Answer:
    """alpha* and its intervals in every role, and the competitive equilibrium of every state."""
    limit = competitive_by_role(env)
    stage1 = {role.name: _stage1(view) for role, view in zip(env.roles, role_views(env), strict=True)}
    return {
        "environment": env.name,
        "mechanism": mechanism_answer(env),
        "roles": roles_answer(env),
        "stage1": stage1,
        "separating": all(entry["interval"] is not None for role in stage1.values() for entry in role.values()),
        "competitive": {
            z: {
                "price": float(limit.price[i]),
                "allocation": by_role_and_name(env, limit.bundles[i]),
                "offers": by_role_and_name(env, limit.offers[i]),
            }
            for i, z in enumerate(env.states)
        },
    }


def predict_by_role_text(answer: Answer) -> str:
    """The tables of ``predict`` by role."""
    stage1 = [
        (role, x, *map(number, s["offer"]), number(s["q1"]), "-" if s["interval"] is None else " to ".join(map(number, s["interval"])))
        for role, types in answer["stage1"].items()
        for x, s in types.items()
    ]
    limit = [
        (z, number(c["price"]), role, x, *map(number, offer), *map(number, c["allocation"][role][x]))
        for z, c in answer["competitive"].items()
        for role, offers in c["offers"].items()
        for x, offer in offers.items()
    ]
    separating = "The optima of every role separate."
    if not answer["separating"]:
        separating = "The optima do NOT separate: in some role two types make the same offer."
    return join(
        title(answer),
        roles_table(answer),
        f"Stage 1, alpha*. {separating}",
        table(("role", "type", "offer q", "offer r", "q1", "interval"), stage1),
        "Competitive equilibrium of each state:",
        table(("state", "price", "role", "type", "offer q", "offer r", "q", "r"), limit),
    )


def _stage1(view: Environment) -> Answer:
    optimum = stage1_optimum(view)
    try:
        cut = intervals(view)
    except NotSeparating:
        cut = None
    return {
        x: {
            "offer": optimum.offers[i].tolist(),
            "q1": float(optimum.q1[i]),
            "interval": None if cut is None else [float(cut.lower[i]), float(cut.upper[i])],
        }
        for i, x in enumerate(view.types)
    }
