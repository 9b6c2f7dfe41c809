"""``power``: how many independent units a contrast needs, by simulating the test that will be run.

Exit status 0: the power is written. 2: a wrong file or argument.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from pathlib import Path

import joblib

from comparison.behaviour.game import NoChoiceModel
from comparison.behaviour.models import MODELS, model
from comparison.behaviour.parameters import InvalidParameter
from comparison.commands.command import Commands
from comparison.data.sessions import UNSAID
from comparison.power.contrasts import CONTRASTS, Contrast
from comparison.power.simulation import Plan, Power, power
from comparison.power.subjects import Treatment
from comparison.power.writing import write_power
from experiment.config import DEFAULTS, SessionSettings, read_settings
from experiment.config_fields import InvalidSettings
from experiment.market_options import HISTOGRAM, NONE
from theory.commands.arguments import WrongArgument
from theory.economy.environment import Environment, InvalidEnvironment, read_environment
from theory.equilibrium.stage1 import stage1_optimum
from theory.equilibrium.stage2 import NotSolved

OWN = "model"
PART_OF_PAY = 0.1
"""By default an offer that costs this share of the average payoff of alpha* is e times less likely
than the best.
"""

MOST_UNITS, MOST_REPLICATIONS, STOPPED = 1000, 100_000, 130


def add(commands: Commands) -> None:
    """Put ``power`` on the command line."""
    questions = "; ".join(f"{contrast.name}: {contrast.question}" for contrast in CONTRASTS.values())
    sub = commands.add_parser(
        "power",
        help="how many markets a contrast needs",
        description=f"Simulate an experiment many times, run its test each time, and count how often it rejects. Contrasts: {questions}",
    )
    sub.add_argument("environment", metavar="ENVIRONMENT.toml", help="the economy")
    sub.add_argument("--out", metavar="DIR", required=True, help="the directory to write to; created if necessary")
    sub.add_argument("--contrast", required=True, choices=CONTRASTS, metavar="NAME", help=f"one of {', '.join(CONTRASTS)}")
    sub.add_argument(
        "--effect",
        default=OWN,
        metavar="SIZE,...",
        help=f"effects worth finding, in ln p; {OWN!r}: the effect that the model has (default)",
    )
    sub.add_argument("--units", default="4,6,8,12,16", metavar="COUNT,...", help="independent units per treatment (default 4,6,8,12,16)")
    sub.add_argument("--replications", type=int, default=500, metavar="COUNT", help="simulated experiments (default 500)")
    sub.add_argument("--level", type=float, default=0.05, metavar="LEVEL", help="level of the test (default 0.05)")
    sub.add_argument("--wanted", type=float, default=0.8, metavar="POWER", help="power wanted (default 0.8)")
    sub.add_argument("--model", default="logit_nash", metavar="NAME", help=f"how subjects behave: {', '.join(MODELS)} (default logit_nash)")
    sub.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the model (default: precisions that suit the payoffs)",
    )
    sub.add_argument(
        "--between", action="append", default=[], metavar="NAME=SD", help="how much units differ in a parameter (precisions: in logarithms)"
    )
    sub.add_argument("--rounds", type=int, default=10, metavar="COUNT", help="paid rounds (default 10)")
    sub.add_argument("--markets", type=int, default=1, metavar="COUNT", help="markets per independent unit: 1 unless matching is random")
    sub.add_argument("--agents", metavar="N[,N]", help="agents per market; for the contrast size those of both treatments")
    sub.add_argument("--grid", default="0.1", metavar="STEP", help="step of the offer grid, in goods (default 0.1)")
    sub.add_argument("--seed", type=int, default=1, metavar="SEED", help="seed of all draws (default 1)")
    sub.add_argument("--jobs", type=int, default=joblib.cpu_count(), metavar="COUNT", help="processes (default: one per core)")
    sub.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Compute and write the power."""
    try:
        found = _power(chosen)
    except (InvalidEnvironment, InvalidSettings, InvalidParameter, NoChoiceModel, NotSolved) as error:
        raise WrongArgument(str(error)) from None
    except KeyboardInterrupt:
        print("Stopped; nothing is written.", file=sys.stderr)
        return STOPPED
    print(write_power(found, chosen.out), end="")
    print(f"\nThe numbers are in {Path(chosen.out) / 'power.csv'}, the curves in power.svg and power.pdf beside it.")
    return 0


def _power(chosen: argparse.Namespace) -> Power:
    for option, value, most in (
        ("--replications", chosen.replications, MOST_REPLICATIONS),
        ("--jobs", chosen.jobs, 1000),
        ("--rounds", chosen.rounds, 1000),
        ("--markets", chosen.markets, 1000),
    ):
        if not 1 <= value <= most:
            raise WrongArgument(f"{option} is {value}; it must be from 1 to {most}.")
    for option, share in (("--level", chosen.level), ("--wanted", chosen.wanted)):
        if not 0 < share < 1:
            raise WrongArgument(f"{option} is {share:g}; it must lie between 0 and 1.")
    if chosen.seed < 0:
        raise WrongArgument(f"--seed is {chosen.seed}; it must not be negative.")
    plan = Plan(_units(chosen.units), chosen.replications, chosen.level, chosen.wanted, chosen.seed)
    contrast, effects = CONTRASTS[chosen.contrast], [_effect(text) for text in chosen.effect.split(",")]
    return power(contrast, _treatments(chosen, contrast, read_environment(chosen.environment)), effects, plan, chosen.jobs)


def _treatments(chosen: argparse.Namespace, contrast: Contrast, env: Environment) -> list[Treatment]:
    sizes = _sizes(chosen.agents, env, contrast)
    told = [(f"announcement {what}", sizes[0], what) for what in (HISTOGRAM, NONE)]
    sized = [(f"{size} agents", size, HISTOGRAM) for size in sizes]
    differing = {"": [("everybody", sizes[0], HISTOGRAM)], "announcement": told, "market_size": sized}[contrast.varies]
    between = _assignments("--between", chosen.between)
    for name, spread in between.items():
        if spread < 0:
            raise WrongArgument(f"--between gives {name} the standard deviation {spread:g}; it must not be negative.")
    found = []
    for label, size, announcement in differing:
        settings = _settings(chosen, env.with_agents(size), announcement)
        parameters = _default_parameters(settings.environment, chosen.model) | _assignments("--parameter", chosen.parameter)
        found.append(Treatment(label, settings, chosen.model, parameters, between, chosen.markets))
    return found


def _settings(chosen: argparse.Namespace, env: Environment, announcement: str) -> SessionSettings:
    said = {"environment": env.name, "rounds": chosen.rounds, "offer_grid": chosen.grid, "announcement": announcement}
    return read_settings(
        {**DEFAULTS, **UNSAID, "name": "power", "participation_fee": 0, "real_world_currency_per_point": 1, **said}, environment=env
    )


def _default_parameters(env: Environment, name: str) -> dict[str, float]:
    """Precisions at which an offer that costs a tenth of the average payoff of alpha* is e times
    less likely than the best.
    """
    pay = float((env.prior @ env.likelihood) @ stage1_optimum(env).value)
    precise = 1 / (PART_OF_PAY * pay) if pay > 0 else 1.0
    return {parameter.name: precise for parameter in model(name).parameters if parameter.logarithmic}


def _sizes(text: str | None, env: Environment, contrast: Contrast) -> list[int]:
    wanted = 2 if contrast.varies == "market_size" else 1
    parts = ([str(env.agents)] if wanted == 1 else []) if text is None else text.split(",")
    if len(parts) != wanted or not all(re.fullmatch(" *[0-9]{1,9} *", part) for part in parts):
        raise WrongArgument(
            f"--agents is {text!r}; the contrast {contrast.name} needs {'two numbers, as in 6,24' if wanted == 2 else 'one number'}."
        )
    sizes = [int(part) for part in parts]
    if len(set(sizes)) < len(sizes):
        raise WrongArgument(f"--agents is {text!r}; the two sizes must differ.")
    return sizes


def _units(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(re.fullmatch(" *[0-9]{1,4} *", part) for part in parts):
        raise WrongArgument(f"--units is {text!r}; write whole numbers, as in 4,6,8.")
    units = tuple(sorted({int(part) for part in parts}))
    if units[0] < 2 or units[-1] > MOST_UNITS:
        raise WrongArgument(f"--units is {text!r}; a test takes from 2 to {MOST_UNITS} units.")
    return units


def _effect(text: str) -> float | None:
    if text.strip() == OWN:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise WrongArgument(f"--effect holds {text!r}; write numbers in ln p, or {OWN}.")
    return value


def _assignments(option: str, texts: list[str]) -> dict[str, float]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals or not math.isfinite(found[name.strip()]):
            raise WrongArgument(f"{option} holds {text!r}; write a name and a number, as in lambda2=0.5.")
    return found
