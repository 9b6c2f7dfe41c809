"""The command line of the theory: ``check``, ``predict`` and ``stage2``, as tables for people or as JSON.

A wrong file or a wrong argument gets one sentence on standard error and exit status 2.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import re
import reprlib
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from theory.assumptions import assumptions
from theory.beliefs import ImpossibleConfiguration
from theory.competitive import competitive_equilibrium
from theory.design import STEPS_FROM_ZERO, adjacent_costs, read_on_grid, stage1_far_from_zero, stage1_gain, stage2_gain
from theory.environment import MOST_AGENTS, Environment, InvalidEnvironment, read_environment
from theory.report import check_text, predict_text, stage2_text
from theory.stage1 import NotSeparating, intervals, stage1_optimum
from theory.stage2 import NotSolved, solve_stage2

Answer = dict[str, Any]


class WrongArgument(ValueError):
    """An argument that asks for something impossible. The message is one sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # names may be in any script, wherever the output goes
    given = _parser().parse_args(arguments)
    answer_for: Callable[[Environment, argparse.Namespace], Answer] = given.answer
    text_of: Callable[[Answer], str] = given.text
    try:
        answer = _finite(answer_for(read_environment(given.file), given))
    except (InvalidEnvironment, ImpossibleConfiguration, NotSolved, WrongArgument) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(answer, indent=2, allow_nan=False, ensure_ascii=False) if given.json else text_of(answer))
    return 0


def check(env: Environment, given: argparse.Namespace) -> Answer:
    """The paper's assumptions and the design figures."""
    far = stage1_far_from_zero(env, given.grid) >= STEPS_FROM_ZERO * (1 - 1e-12)
    stage2 = stage2_gain(env, given.grid)
    costs: dict[str, dict[str, Answer]] = {x: {} for x in env.types}
    for cost in adjacent_costs(env):
        costs[env.types[cost.own]][env.types[cost.other]] = {
            "points": cost.points,
            "percent_of_no_trade": 100 * cost.of_no_trade,
            "percent_of_gain": 100 * cost.of_gain,
        }
    return {
        "environment": env.name,
        "mechanism": _mechanism(env),
        "assumptions": {a.name: {"status": a.status, "number": a.number, "detail": a.detail} for a in assumptions(env)},
        "design": {
            "grid": given.grid,
            "stage1_gain_percent": _by_name(env.types, 100 * stage1_gain(env)),
            "adjacent_offer_cost": costs,
            "stage2_gain_percent": None if stage2 is None else 100 * stage2.overall,
            "stage2_gain_percent_by_type": None if stage2 is None else _by_name(env.types, 100 * stage2.by_type),
            "stage1_types_five_steps_from_zero": float(far.mean()),
            "stage2_offers_five_steps_from_zero": None if stage2 is None else stage2.far_from_zero,
            "alpha_star_on_grid_read_as_own_type": dict(zip(env.types, read_on_grid(env, given.grid), strict=True)),
        },
    }


def predict(env: Environment, given: argparse.Namespace) -> Answer:
    """alpha*, the intervals it is read through, and the competitive equilibrium of every state."""
    optimum, limit = stage1_optimum(env), competitive_equilibrium(env)
    try:
        cut = intervals(env)
    except NotSeparating:
        cut = None
    return {
        "environment": env.name,
        "mechanism": _mechanism(env),
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
                "allocation": _by_name(env.types, limit.bundles[i]),
                "offers": _by_name(env.types, limit.offers[i]),
            }
            for i, z in enumerate(env.states)
        },
    }


def stage2(env: Environment, given: argparse.Namespace) -> Answer:
    """beta^sigma of one type configuration."""
    counts = _configuration(env, given.types)
    found = solve_stage2(env, [counts])
    there = [n > 0 for n in counts]
    return {
        "posterior": _by_name(env.states, found.posterior[0]),
        "price": float(found.price[0]),
        "totals": [float(found.total_q[0]), float(found.total_r[0])],
        "offers": {x: found.offers[0, i].tolist() if there[i] else None for i, x in enumerate(env.types)},
        "allocation": {x: found.bundles[0, i].tolist() if there[i] else None for i, x in enumerate(env.types)},
        "residual": float(found.residual[0]),
    }


def _configuration(env: Environment, text: str) -> list[int]:
    wanted = f"write counts like {env.types[0]}=3 with commas between them"
    counts: dict[str, int] = {}
    for part in text.split(","):
        name, equals, number = (piece.strip() for piece in part.partition("="))
        if name not in env.types:
            raise WrongArgument(f"--types names {reprlib.repr(name)}, but the types are {', '.join(env.types)}: {wanted}.")
        if name in counts:
            raise WrongArgument(f"--types names {name} twice: {wanted}.")
        if not equals or not re.fullmatch("[0-9]{1,10}", number) or int(number) > MOST_AGENTS:
            shown = reprlib.repr(number)
            raise WrongArgument(f"--types gives {name} the count {shown}, but a count is a whole number from 0 to {MOST_AGENTS}: {wanted}.")
        counts[name] = int(number)
    if sum(counts.values()) == 0:
        raise WrongArgument("--types counts no agent at all, but a stage-2 market needs at least one.")
    return [counts.get(x, 0) for x in env.types]


def _mechanism(env: Environment) -> Answer:
    return {"agents": env.agents, "active": env.active, "fixed_price": env.fixed_price}


def _by_name(names: Sequence[str], values: npt.ArrayLike) -> Answer:
    return dict(zip(names, np.asarray(values).tolist(), strict=True))


def _finite(value: Any) -> Any:
    """The same answer with None for numbers that JSON does not know."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.", file=sys.stderr)
        raise SystemExit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m theory", description="The two-stage market game of Hu and Wallace (2012): what the theory says.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str, summary: str, answer: Callable[..., Answer], text: Callable[[Answer], str], more: str = ""
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}. {more}")
        sub.add_argument("file", metavar="FILE", help="environment file (TOML)")
        sub.add_argument("--json", action="store_true", help="print JSON")
        sub.set_defaults(answer=answer, text=text)
        return sub

    checker = command("check", "the paper's assumptions, and how steep the payoffs are", check, check_text)
    checker.add_argument("--grid", type=_step, default=0.1, metavar="STEP", help="step of the offer grid, in goods (default 0.1)")
    price_takers = "A type that is impossible in a state is shown there as a price taker."
    command("predict", "stage-1 offers and the competitive equilibrium of each state", predict, predict_text, price_takers)
    everybody = "The sum of the counts is M, the number of active agents, whatever the environment says."
    solver = command("stage2", "the stage-2 equilibrium of one type configuration", stage2, stage2_text, everybody)
    solver.add_argument("--types", required=True, metavar="TYPE=COUNT,...", help="the active agents' types, as in blue=7,green=3")
    return parser


def _step(text: str) -> float:
    try:
        step = float(text)
    except ValueError:
        step = math.nan
    if not (step > 0 and math.isfinite(step)):
        raise argparse.ArgumentTypeError(f"the grid step is {text!r}, but it must be a positive number")
    return step
