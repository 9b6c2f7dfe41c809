"""``rivals``: price and offers at one type configuration under every rival prediction of stage 2."""

from __future__ import annotations

import argparse
import math
import reprlib

from theory.commands.arguments import WrongArgument
from theory.commands.command import Answer, Commands, type_configuration
from theory.commands.text_tables import join, number, table
from theory.economy.environment import Environment
from theory.equilibrium.rivals import Rival, RivalOutcome, all_rivals, rival_outcome

CURSED = 0.5


def add(commands: Commands) -> None:
    """Put ``rivals`` on the command line."""
    everybody = "The sum of the counts is M, the number of active agents, whatever the environment says."
    sub = commands.command(
        "rivals",
        "what rival theories predict for stage 2 at one type configuration",
        rivals,
        rivals_text,
        everybody,
        by_role="it solves for the offer of each type, not of each role and type",
    )
    sub.add_argument("--types", required=True, metavar="TYPE=COUNT,...", help="the active agents' types, as in blue=7,green=3")
    sub.add_argument("--state", metavar="STATE", help="the state, for rivals that know it (default: each in turn)")
    sub.add_argument("--chi", type=chi, default=CURSED, metavar="CHI", help=f"how cursed agents are, from 0 to 1 (default {CURSED})")


def rivals(env: Environment, given: argparse.Namespace) -> Answer:
    """Every rival's outcome; for rivals that know the state, in the given state or else in each."""
    counts = type_configuration(env, given.types)
    if given.state is not None and given.state not in env.states:
        raise WrongArgument(f"--state names {reprlib.repr(given.state)}, but the states are {', '.join(env.states)}.")
    known = [env.state_index(given.state)] if given.state is not None else list(range(len(env.states)))
    rows = [
        _row(env, rival_outcome(env, rival, [counts], [state] if rival.needs_state else None), state if rival.needs_state else None)
        for rival in all_rivals(given.chi)
        for state in (known if rival.needs_state else known[:1])
    ]
    return {"environment": env.name, "types": dict(zip(env.types, counts, strict=True)), "rivals": rows}


def rivals_text(answer: Answer) -> str:
    """The tables of ``rivals``."""
    prices = [(_label(row), number(row["price"]), row["knows"], row["conduct"]) for row in answer["rivals"]]
    offers = [
        (_label(row), x, *map(number, offer), *map(number, row["allocation"][x]))
        for row in answer["rivals"]
        for x, offer in row["offers"].items()
        if offer is not None
    ]
    return join(
        f"{answer['environment']}: {', '.join(f'{x}={n}' for x, n in answer['types'].items())}",
        table(("rival", "price", "agents know", "agents"), prices),
        table(("rival", "type", "offer q", "offer r", "q", "r"), offers),
    )


def chi(text: str) -> float:
    """The weight of the private posterior, from its text on the command line."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"chi is {text!r}, but it must be a number from 0 to 1")
    return value


def _row(env: Environment, found: RivalOutcome, state: int | None) -> Answer:
    rival: Rival = found.rival
    there = {x: i for i, x in enumerate(env.types) if found.configurations[0, i] > 0}
    return {
        "rival": rival.name,
        "state": None if state is None else env.states[state],
        "chi": rival.chi,
        "knows": rival.information.value,
        "conduct": rival.conduct.value,
        "price": float(found.price[0]),
        "offers": {x: found.offers[0, there[x]].tolist() if x in there else None for x in env.types},
        "allocation": {x: found.bundles[0, there[x]].tolist() if x in there else None for x in env.types},
        "points": {x: dict(zip(env.states, found.points[0, there[x]].tolist(), strict=True)) if x in there else None for x in env.types},
    }


def _label(row: Answer) -> str:
    given = [str(row["state"])] if row["state"] is not None else [f"chi={row['chi']:g}"] if row["chi"] is not None else []
    return " ".join([row["rival"], *given])
