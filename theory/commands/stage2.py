"""``stage2``: the stage-2 equilibrium of one type configuration."""

from __future__ import annotations

import argparse

from theory.commands.command import Answer, Answering, Commands, by_name, type_configuration
from theory.commands.stage2_by_role import stage2_by_role, stage2_by_role_text
from theory.commands.text_tables import join, number, table
from theory.economy.environment import Environment
from theory.equilibrium.stage2 import solve_stage2


def add(commands: Commands) -> None:
    """Put ``stage2`` on the command line."""
    everybody = "The sum of the counts is M, the number of active agents, whatever the environment says."
    sub = commands.command(
        "stage2",
        "the stage-2 equilibrium of one type configuration",
        stage2,
        stage2_text,
        everybody,
        by_role=Answering(stage2_by_role, stage2_by_role_text),
    )
    types = "the active agents' types, as in blue=7,green=3; with endowments by role, as in buyer:blue=4,green=1;seller:blue=2,green=3"
    sub.add_argument("--types", required=True, metavar="TYPE=COUNT,...", help=types)


def stage2(env: Environment, given: argparse.Namespace) -> Answer:
    """beta^sigma of one type configuration."""
    counts = type_configuration(env, given.types)
    found = solve_stage2(env, [counts])
    there = [n > 0 for n in counts]
    return {
        "posterior": by_name(env.states, found.posterior[0]),
        "price": float(found.price[0]),
        "totals": [float(found.total_q[0]), float(found.total_r[0])],
        "offers": {x: found.offers[0, i].tolist() if there[i] else None for i, x in enumerate(env.types)},
        "allocation": {x: found.bundles[0, i].tolist() if there[i] else None for i, x in enumerate(env.types)},
        "residual": float(found.residual[0]),
    }


def stage2_text(answer: Answer) -> str:
    """The tables of ``stage2``."""
    rows = [
        (x, *(("-",) * 4 if offer is None else map(number, (*offer, *answer["allocation"][x])))) for x, offer in answer["offers"].items()
    ]
    return join(
        table(("state", "posterior"), [(z, number(p)) for z, p in answer["posterior"].items()]),
        f"Price {answer['price']:.6f}, totals {answer['totals'][0]:.6f} of q and {answer['totals'][1]:.6f} of r.",
        table(("type", "offer q", "offer r", "q", "r"), rows),
        f"Largest distance from a best reply: {answer['residual']:.2g} goods.",
    )
