"""``threshold``: the number of agents from which on the candidate is an equilibrium, and whether that is proved."""

from __future__ import annotations

import argparse
import sys

from theory.commands.arguments import whole_number
from theory.commands.command import Answer, Commands, progress
from theory.commands.text_tables import join, number, table
from theory.economy.environment import Environment
from theory.stage1_incentives.threshold import LEAST_AGENTS, Threshold
from theory.stage1_incentives.threshold import threshold as find_threshold

MOST_CHECKED = 100_000
SHOWN = 5
INTERRUPTED = 130


def add(commands: Commands) -> None:
    """Put ``threshold`` on the command line."""
    sub = commands.command(
        "threshold",
        "the numbers of agents with which nobody gains by defecting at stage 1",
        threshold,
        threshold_text,
        "Gains are in points.",
        by_role="it checks every number of agents, and for most numbers roles cannot keep their shares",
    )
    sub.add_argument("--max-agents", metavar="N", default="500", help="check every number of agents from 2 to N (default 500)")


def threshold(env: Environment, given: argparse.Namespace) -> Answer:
    """The first number that passes, the threshold, how far it is established, and the largest gain for every number."""
    most = whole_number("--max-agents", given.max_agents, LEAST_AGENTS, MOST_CHECKED)
    try:
        found = _watched(env, most)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
    return {
        "first": found.first,
        "threshold": found.threshold,
        "max_agents": found.max_agents,
        "status": "proved" if found.status == "proved" else f"checked to {found.max_agents}",
        "bound_from": found.proved_from,
        "bound": found.reason,
        "margins": [
            {"agents": agents, "largest_gain": gain, "error_bound": error, "passes": passes}
            for agents, gain, error, passes in zip(
                found.agents.tolist(), found.largest_gain.tolist(), found.error_bound.tolist(), found.passes.tolist(), strict=True
            )
        ],
    }


def threshold_text(answer: Answer) -> str:
    """The tables of ``threshold``."""
    most, failing = answer["max_agents"], [margin for margin in answer["margins"] if not margin["passes"]]
    if answer["threshold"] is None:
        verdict = f"With {most} agents, the largest number checked, somebody gains by defecting: there is no threshold up to there."
    elif answer["status"] == "proved":
        verdict = f"Proved: with {answer['threshold']} agents or more the candidate is an equilibrium."
    else:
        verdict = f"Checked: with {answer['threshold']} to {most} agents the candidate is an equilibrium."
    first = "No number of agents passes." if answer["first"] is None else f"The first number of agents that passes is {answer['first']}."
    closest = sorted((m for m in answer["margins"] if m["largest_gain"] is not None), key=lambda margin: -margin["largest_gain"])[:SHOWN]
    rows = [(str(m["agents"]), number(m["largest_gain"]), "passes" if m["passes"] else "FAILS") for m in closest]
    return join(
        f"{verdict} {first} {len(failing)} of {len(answer['margins'])} numbers fail.",
        answer["bound"],
        *([f"The largest gains in points, with the number of agents:\n\n{table(('agents', 'gain', ''), rows)}"] if rows else []),
    )


def _watched(env: Environment, most: int) -> Threshold:
    with progress("threshold", " markets") as show:
        return find_threshold(env, most, show)
