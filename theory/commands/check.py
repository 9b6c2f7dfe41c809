"""``check``: the paper's assumptions, and how steep the environment's payoffs are."""

from __future__ import annotations

import argparse
import math
import reprlib

from theory.certificates.uniqueness import uniqueness
from theory.checks.assumptions import assumptions
from theory.checks.steepness import STEPS_FROM_ZERO, adjacent_costs, read_on_grid, stage1_far_from_zero, stage1_gain, stage2_gain
from theory.commands.check_by_role import check_by_role, check_by_role_text
from theory.commands.command import Answer, Answering, Commands, by_name, mechanism_answer
from theory.commands.tables import title, uniqueness_text
from theory.commands.text_tables import join, number, percent, table
from theory.economy.environment import Environment
from theory.economy.values import LARGEST, SMALLEST


def add(commands: Commands) -> None:
    """Put ``check`` on the command line."""
    sub = commands.command(
        "check",
        "the paper's assumptions, and how steep the payoffs are",
        check,
        check_text,
        by_role=Answering(check_by_role, check_by_role_text),
    )
    sub.add_argument("--grid", type=_step, default=0.1, metavar="STEP", help="step of the offer grid, in goods (default 0.1)")


def check(env: Environment, given: argparse.Namespace) -> Answer:
    """The paper's assumptions, whether beta^sigma is the only stage-2 equilibrium, and the design figures."""
    far = stage1_far_from_zero(env, given.grid) >= STEPS_FROM_ZERO * (1 - 1e-12)
    stage2, only = stage2_gain(env, given.grid), uniqueness(env)
    costs: dict[str, dict[str, Answer]] = {x: {} for x in env.types}
    for cost in adjacent_costs(env):
        costs[env.types[cost.own]][env.types[cost.other]] = {
            "points": cost.points,
            "percent_of_no_trade": 100 * cost.of_no_trade,
            "percent_of_gain": 100 * cost.of_gain,
        }
    return {
        "environment": env.name,
        "mechanism": mechanism_answer(env),
        "assumptions": {a.name: {"status": a.status, "number": a.number, "detail": a.detail} for a in assumptions(env)},
        "design": {
            "grid": given.grid,
            "stage1_gain_percent": by_name(env.types, 100 * stage1_gain(env)),
            "adjacent_offer_cost": costs,
            "stage2_gain_percent": None if stage2 is None else 100 * stage2.overall,
            "stage2_gain_percent_by_type": None if stage2 is None else by_name(env.types, 100 * stage2.by_type),
            "stage1_types_five_steps_from_zero": float(far.mean()),
            "stage2_offers_five_steps_from_zero": None if stage2 is None else stage2.far_from_zero,
            "alpha_star_on_grid_read_as_own_type": dict(zip(env.types, read_on_grid(env, given.grid), strict=True)),
        },
        "uniqueness": {"status": only.status, "reason": only.reason},
    }


def check_text(answer: Answer) -> str:
    """The tables of ``check``."""
    design, types = answer["design"], list(answer["design"]["stage1_gain_percent"])
    assumed = [(name, a["status"], number(a["number"]), a["detail"]) for name, a in answer["assumptions"].items()]
    by_type = design["stage2_gain_percent_by_type"] or dict.fromkeys(types)
    steep = [
        (
            x,
            percent(design["stage1_gain_percent"][x]),
            percent(by_type[x]),
            "yes" if design["alpha_star_on_grid_read_as_own_type"][x] else "NO",
        )
        for x in types
    ]
    mimicry = [
        (x, y, percent(cost["percent_of_no_trade"]), percent(cost["percent_of_gain"]))
        for x, costs in design["adjacent_offer_cost"].items()
        for y, cost in costs.items()
    ]
    far1, far2 = design["stage1_types_five_steps_from_zero"], design["stage2_offers_five_steps_from_zero"]
    return join(
        title(answer),
        table(("assumption", "", "number", ""), assumed),
        uniqueness_text(answer),
        "Gain over no trade, in percent of what no trade pays:",
        table(("type", "stage 1, inactive", "stage 2, average", f"alpha* on the grid of {design['grid']:g} reads as it"), steep),
        f"All types together, stage 2: {percent(design['stage2_gain_percent'])}",
        "What offering like the neighbouring type costs at stage 1:",
        table(("type", "offers like", "of no trade", "of the gain"), mimicry),
        f"Offers at least five grid steps from zero: {percent(100 * far1)} of the types at stage 1,"
        f" {percent(None if far2 is None else 100 * far2)} of the agents at stage 2, weighted with their probability.",
    )


def _step(text: str) -> float:
    try:
        step = float(text)
    except ValueError:
        step = math.nan
    if not SMALLEST <= step <= LARGEST:
        wanted = f"a positive number, from {SMALLEST:g} to {LARGEST:g}"
        raise argparse.ArgumentTypeError(f"the grid step is {reprlib.repr(text)}, but it must be {wanted}")
    return step
