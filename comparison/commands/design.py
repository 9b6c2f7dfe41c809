"""``design``: environments around a given one that have what an experiment needs, and what each
wish costs in terms of the others.

Exit status 0: some candidate passes, and the best are written as environment files. 1: none does;
the constraint that stands in the way is named on stderr, and the candidates and the figure are
written. 2: a wrong file or argument.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import joblib

from comparison.commands.command import Commands
from comparison.data.sessions import UNSAID
from comparison.design.criteria import BENCHMARKS, stage2_averages
from comparison.design.search import Search, Wishes, search
from comparison.design.variation import AGENTS, Dimension, InvalidVariation, default_dimensions, read_dimensions
from comparison.design.writing import no_candidate, write_design
from experiment.config import DEFAULTS, read_settings
from experiment.config_fields import InvalidSettings
from theory.commands.arguments import WrongArgument
from theory.economy.environment import Environment, InvalidEnvironment, read_environment
from theory.equilibrium.stage2 import NotSolved

APART = ("nash", "nash_private", "nash_no_information")
MOST_CANDIDATES = 100_000
MOST_BEST = 100
STOPPED = 130


def add(commands: Commands) -> None:
    """Put ``design`` on the command line."""
    sub = commands.add_parser(
        "design",
        help="search for environments that have what an experiment needs",
        description="Draw environments around a given one, keep those that meet every wish, and show what each wish costs.",
    )
    sub.add_argument(
        "environment", metavar="ENVIRONMENT.toml", help="the file where the search starts: whatever is not varied keeps its value"
    )
    sub.add_argument("--out", metavar="DIR", required=True, help="the directory to write to; created if necessary")
    sub.add_argument("--agents-at-most", type=int, metavar="N", help="the laboratory's size (default: the file's agents)")
    sub.add_argument("--grid", default="0.1", metavar="STEP", help="step of the offer grid, in goods (default 0.1)")
    sub.add_argument("--separation", type=_amount, default=10.0, metavar="STEPS", help="stage-1 optima at least this many steps apart (10)")
    sub.add_argument(
        "--steepness",
        type=_amount,
        default=10.0,
        metavar="PERCENT",
        help="offering like a neighbour costs at least this percentage of pay (10)",
    )
    sub.add_argument(
        "--benchmarks-apart", type=_amount, default=10.0, metavar="PERCENT", help="benchmarks at least this far apart in price (10)"
    )
    sub.add_argument(
        "--benchmarks",
        default=",".join(APART),
        metavar="NAME,...",
        help=f"which benchmarks: two or more of {', '.join(BENCHMARKS)} (the first three)",
    )
    sub.add_argument("--earnings-from", type=_amount, metavar="POINTS", help="fewest points in equilibrium (default: as in the file)")
    sub.add_argument("--earnings-to", type=_amount, metavar="POINTS", help="most points in equilibrium (default: as in the file)")
    sub.add_argument(
        "--vary",
        nargs="+",
        action="extend",
        metavar="FIELD=LOW:HIGH",
        help="what varies instead of weights, likelihood, epsilon, curvature",
    )
    sub.add_argument("--candidates", type=int, default=500, metavar="COUNT", help="how many environments to examine (default 500)")
    sub.add_argument("--best", type=int, default=3, metavar="COUNT", help="how many of them to write (default 3)")
    sub.add_argument("--seed", type=int, default=1, metavar="SEED", help="seed of the draws (default 1)")
    sub.add_argument("--jobs", type=int, default=joblib.cpu_count(), metavar="COUNT", help="processes (default: one per core)")
    sub.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Search and write; returns 1 if nothing passes."""
    try:
        found = _search(chosen)
    except (InvalidEnvironment, InvalidSettings, InvalidVariation, NotSolved) as error:
        raise WrongArgument(str(error)) from None
    except KeyboardInterrupt:
        print("Stopped; nothing is written.", file=sys.stderr)
        return STOPPED
    print(write_design(found, chosen.out, chosen.best), end="")
    print(f"\nThe candidates are in {Path(chosen.out) / 'design.csv'}, the trade-offs in design.svg and design.pdf beside it.")
    if not found.ranked:
        print(no_candidate(found), file=sys.stderr)
        return 1
    return 0


def _search(chosen: argparse.Namespace) -> Search:
    env = read_environment(chosen.environment)
    for option, value, most in (
        ("--candidates", chosen.candidates, MOST_CANDIDATES),
        ("--best", chosen.best, MOST_BEST),
        ("--jobs", chosen.jobs, 1000),
    ):
        if not 1 <= value <= most:
            raise WrongArgument(f"{option} is {value}; it must be from 1 to {most}.")
    if chosen.seed < 0:
        raise WrongArgument(f"--seed is {chosen.seed}; it must not be negative.")
    dimensions = read_dimensions(env, chosen.vary) if chosen.vary else default_dimensions(env)
    return search(env, _wishes(chosen, env, dimensions), dimensions, chosen.candidates, chosen.seed, chosen.jobs)


def _wishes(chosen: argparse.Namespace, env: Environment, dimensions: tuple[Dimension, ...]) -> Wishes:
    settings = read_settings(
        {
            **DEFAULTS,
            **UNSAID,
            "name": "design",
            "environment": env.name,
            "participation_fee": 0,
            "real_world_currency_per_point": 1,
            "offer_grid": chosen.grid,
        },
        environment=env,
    )
    benchmarks = tuple(name.strip() for name in chosen.benchmarks.split(","))
    for name in benchmarks:
        if name not in BENCHMARKS or benchmarks.count(name) > 1:
            raise WrongArgument(f"--benchmarks names {name!r}; it takes each of {', '.join(BENCHMARKS)} at most once.")
    if len(benchmarks) < 2:
        raise WrongArgument(f"--benchmarks names {benchmarks[0]} only; a distance between prices needs two.")
    return Wishes(
        grid=float(settings.grid.step),
        separation=chosen.separation,
        steepness=chosen.steepness,
        apart=chosen.benchmarks_apart,
        earnings=_earnings(chosen, env),
        most_agents=_most_agents(chosen, env, dimensions),
        benchmarks=benchmarks,
    )


def _most_agents(chosen: argparse.Namespace, env: Environment, dimensions: tuple[Dimension, ...]) -> int:
    largest = next((math.floor(d.high) for d in dimensions if d.field == AGENTS), env.agents)
    most = largest if chosen.agents_at_most is None else chosen.agents_at_most
    if most < largest:
        raise WrongArgument(f"--agents-at-most is {most}, but markets are to have {largest} agents: vary {AGENTS} below it.")
    return int(most)


def _earnings(chosen: argparse.Namespace, env: Environment) -> tuple[float, float]:
    """The points to be paid in equilibrium: as requested, or as in the file, but never below zero."""
    floor = max(env.utility.floor or 0.0, 0.0)
    low, high = chosen.earnings_from, chosen.earnings_to
    if low is None or high is None:
        paid = stage2_averages(env, ())
        low, high = max(paid.least, floor) if low is None else low, paid.largest if high is None else high
    if low < floor:
        raise WrongArgument(f"--earnings-from is {low:g}, but the file's floor pays at least {floor:g} points.")
    if not low < high:
        raise WrongArgument(f"Equilibrium is to pay from {low:g} to {high:g} points; --earnings-from must be less than --earnings-to.")
    return low, high


def _amount(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (value >= 0 and math.isfinite(value)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 0 or more")
    return value
