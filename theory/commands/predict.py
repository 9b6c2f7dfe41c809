"""``predict``: stage-1 offers, the intervals they are read through, and the competitive equilibrium of each state."""

from __future__ import annotations

import argparse

from theory.commands.command import Answer, Answering, Commands, by_name, mechanism_answer
from theory.commands.predict_by_role import predict_by_role, predict_by_role_text
from theory.commands.tables import title
from theory.commands.text_tables import join, number, table
from theory.economy.environment import Environment
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.stage1 import NotSeparating, intervals, stage1_optimum


def add(commands: Commands) -> None:
    """Put ``predict`` on the command line."""
    price_takers = "A type that is impossible in a state is shown there as a price taker."
    commands.command(
        "predict",
        "stage-1 offers and the competitive equilibrium of each state",
        predict,
        predict_text,
        price_takers,
        by_role=Answering(predict_by_role, predict_by_role_text),
    )


def predict(env: Environment, given: argparse.Namespace) -> Answer:
    """alpha*, the intervals it is read through, and the competitive equilibrium of every state."""
    optimum, limit = stage1_optimum(env), competitive_equilibrium(env)
    try:
        cut = intervals(env)
    except NotSeparating:
        cut = None
    return {
        "environment": env.name,
        "mechanism": mechanism_answer(env),
        "stage1": {
            x: {
                "offer": optimum.offers[i].tolist(),
                "q1": float(optimum.q1[i]),
                "interval": None if cut is None else [float(cut.lower[i]), float(cut.upper[i])],
            }
            for i, x in enumerate(env.types)
        },
        "separating": cut is not None,
        "competitive": {
            z: {
                "price": float(limit.price[i]),
                "allocation": by_name(env.types, limit.bundles[i]),
                "offers": by_name(env.types, limit.offers[i]),
            }
            for i, z in enumerate(env.states)
        },
    }


def predict_text(answer: Answer) -> str:
    """The tables of ``predict``."""
    stage1 = [
        (x, *map(number, s["offer"]), number(s["q1"]), "-" if s["interval"] is None else " to ".join(map(number, s["interval"])))
        for x, s in answer["stage1"].items()
    ]
    limit = [
        (z, number(c["price"]), x, *map(number, c["offers"][x]), *map(number, c["allocation"][x]))
        for z, c in answer["competitive"].items()
        for x in c["offers"]
    ]
    separating = "The optima separate." if answer["separating"] else "The optima do NOT separate: two types make the same offer."
    return join(
        title(answer),
        f"Stage 1, alpha*. {separating}",
        table(("type", "offer q", "offer r", "q1", "interval"), stage1),
        "Competitive equilibrium of each state:",
        table(("state", "price", "type", "offer q", "offer r", "q", "r"), limit),
    )
