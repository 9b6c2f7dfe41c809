"""``incentives``: what a defection at stage 1 gains, eq. (22), for any numbers of agents."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from theory.commands.arguments import whole_number
from theory.commands.bar import progress_bar
from theory.commands.command import Answer, Answering, Commands
from theory.commands.text_tables import join, number, table
from theory.economy.arrays import FloatArray
from theory.economy.environment import MOST_AGENTS, Environment
from theory.roles.incentives import incentives_by_role
from theory.stage1_incentives.slack import Incentives, incentives_at

ROLE_COLUMNS = 6


def add(commands: Commands) -> None:
    """Put ``incentives`` on the command line."""
    candidate = "This covers the paper's candidate equilibrium, not every separating equilibrium. Gains are in points."
    sub = commands.command(
        "incentives",
        "what an agent gains at stage 1 by offering like another type",
        incentives,
        incentives_text,
        candidate,
        by_role=Answering(incentives_of_roles, incentives_text),
    )
    sub.add_argument("--agents", metavar="N,...", help="numbers of agents, as in 6,12,24 (default: the file's)")
    sub.add_argument(
        "--eta", action="store_true", help="weight by eta, as printed in eq. (22), instead of the chance of being inactive, (N-M)/N"
    )


def incentives(env: Environment, given: argparse.Namespace) -> Answer:
    """The gains from every defection, per number of agents."""
    agents, weight = _agents(env, given), float(env.inactive_share) if given.eta else None
    with progress_bar("incentives", " batches of configurations") as bar:
        found = incentives_at(env, agents, weight, on_progress=lambda _: bar.update())
    return [_answer(one, lambda points: _by_types(env, points)) for one in found]


def incentives_of_roles(env: Environment, given: argparse.Namespace) -> Answer:
    """The same with endowments by role: the gains in every role."""
    found = incentives_by_role(env, _agents(env, given), float(env.inactive_share) if given.eta else None)
    names = [role.name for role in env.roles]
    return [_answer(one, lambda points: {role: _by_types(env, own) for role, own in zip(names, points, strict=True)}) for one in found]


def incentives_text(answer: Answer) -> str:
    """The tables of ``incentives``, with or without roles."""
    return join(*map(_text, answer))


def _agents(env: Environment, given: argparse.Namespace) -> list[int]:
    if given.agents is None:
        return [env.agents]
    return [whole_number("--agents", text, 2, MOST_AGENTS) for text in given.agents.split(",")]


def _answer(found: Incentives, named: Callable[[FloatArray], Answer]) -> Answer:
    return {
        "agents": found.agents,
        "active": found.active,
        "inactive_probability": found.inactive_probability,
        "gain": named(found.gain),
        "loss_when_inactive": named(found.loss),
        "gain_when_active": named(found.advantage),
        "candidate_is_equilibrium": found.candidate_is_equilibrium,
        "error_bound": found.error_bound,
        "configurations": found.configurations,
    }


def _by_types(env: Environment, points: FloatArray) -> Answer:
    """Points by own type and type read, without the entry for the agent's own type."""
    return {x: {y: float(points[i, j]) for j, y in enumerate(env.types) if j != i} for i, x in enumerate(env.types)}


def _text(found: Answer) -> str:
    verdict = (
        "The candidate is an equilibrium." if found["candidate_is_equilibrium"] else "The candidate is NOT an equilibrium: somebody gains."
    )
    parts = [_rows(found[key]) for key in ("gain", "loss_when_inactive", "gain_when_active")]
    rows = [(*names, *(number(part[names]) for part in parts)) for names in parts[0]]
    head = ("role", "type", "offers like") if rows and len(rows[0]) == ROLE_COLUMNS else ("type", "offers like")
    market = f"{found['agents']} agents, {found['active']} active; weight of being inactive {found['inactive_probability']:.4g}."
    return join(
        f"{market} {verdict} In points:",
        table((*head, "gains in all", "loses if inactive", "gains if active"), rows),
    )


def _rows(points: Answer, names: tuple[str, ...] = ()) -> dict[tuple[str, ...], float | None]:
    """Points by the names that lead to them."""
    if not isinstance(points, dict):
        return {names: points}
    return {path: value for name, inner in points.items() for path, value in _rows(inner, (*names, name)).items()}
