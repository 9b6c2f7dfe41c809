"""``incentives``: what a defection at stage 1 gains, eq. (22), for any numbers of agents."""

from __future__ import annotations

import argparse

from theory.commands.command import Answer, Commands, whole_number
from theory.commands.tables import join, number, table
from theory.environment import MOST_AGENTS, Environment
from theory.incentives import Incentives, incentives_at
from theory.utility import FloatArray


def add(commands: Commands) -> None:
    """Put ``incentives`` on the command line."""
    candidate = "It is about the paper's candidate for an equilibrium, not about every separating one. Gains are in points."
    sub = commands.command(
        "incentives",
        "what an agent gains at stage 1 by offering like another type",
        incentives,
        incentives_text,
        candidate,
        by_role="it sums over the types of one group of agents",
    )
    sub.add_argument("--agents", metavar="N,...", help="numbers of agents, as in 6,12,24 (default: the file's)")
    sub.add_argument(
        "--eta", action="store_true", help="weigh with eta, as eq. (22) is printed, instead of the chance to be inactive, (N-M)/N"
    )


def incentives(env: Environment, given: argparse.Namespace) -> Answer:
    """The gains from every defection, per number of agents."""
    agents = [env.agents] if given.agents is None else [whole_number("--agents", text, 2, MOST_AGENTS) for text in given.agents.split(",")]
    return [_answer(env, found) for found in incentives_at(env, agents, float(env.inactive_share) if given.eta else None)]


def incentives_text(answer: Answer) -> str:
    """The tables of ``incentives``."""
    return join(*map(_text, answer))


def _answer(env: Environment, found: Incentives) -> Answer:
    return {
        "agents": found.agents,
        "active": found.active,
        "inactive_probability": found.inactive_probability,
        "gain": _by_types(env, found.gain),
        "loss_when_inactive": _by_types(env, found.loss),
        "gain_when_active": _by_types(env, found.advantage),
        "candidate_is_equilibrium": found.candidate_is_equilibrium,
        "error_bound": found.error_bound,
        "configurations": found.configurations,
    }


def _by_types(env: Environment, points: FloatArray) -> Answer:
    """Own type to type read to points, without the own type."""
    return {x: {y: float(points[i, j]) for j, y in enumerate(env.types) if j != i} for i, x in enumerate(env.types)}


def _text(found: Answer) -> str:
    verdict = (
        "The candidate is an equilibrium." if found["candidate_is_equilibrium"] else "The candidate is NOT an equilibrium: somebody gains."
    )
    rows = [
        (x, y, number(gain), number(found["loss_when_inactive"][x][y]), number(found["gain_when_active"][x][y]))
        for x, gains in found["gain"].items()
        for y, gain in gains.items()
    ]
    return join(
        f"{found['agents']} agents, {found['active']} active; weight of being inactive {found['inactive_probability']:.4g}. {verdict}",
        table(("type", "offers like", "gains in all", "loses if inactive", "gains if active"), rows),
    )
