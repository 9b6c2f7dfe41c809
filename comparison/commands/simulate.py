"""``simulate``: sessions played by a behavioural model and exported like a session with people.

Writes ``decisions.csv``, ``sessions.csv`` and ``payments.csv``, which ``report`` and ``estimate``
read. Exit status 0, or 2 with one sentence on stderr.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from comparison.behaviour.game import NoChoiceModel
from comparison.behaviour.models import MODELS
from comparison.behaviour.parameters import InvalidParameter
from comparison.behaviour.simulate import simulate
from comparison.commands.command import Commands
from comparison.data.sessions import UNSAID
from comparison.data.synthetic import NAMES, write_export
from experiment.config import DEFAULTS, SETTINGS, SessionSettings, read_settings
from experiment.config_fields import InvalidSettings
from experiment.draws import LARGEST_SEED
from experiment.session_checks import check_settings
from theory.commands.arguments import WrongArgument, whole_number
from theory.economy.environment import InvalidEnvironment, read_environment

MONEY = {"participation_fee": 5.0, "real_world_currency_per_point": 0.1}
MOST_SESSIONS, MOST_PARTICIPANTS, MOST_ROUNDS = 10_000, 10_000, 1_000
FIELDS = tuple(name for name in DEFAULTS if name not in ("environment", "rounds", "seed", "practice_with"))
"""The fields of a session config that are set by options of the same name. The others have their
own options, except one: a model practises, if at all, in markets of its own kind.
"""


def add(commands: Commands) -> None:
    """Put ``simulate`` on the command line."""
    told = "; ".join(
        f"{model.name} ({', '.join(parameter.name for parameter in model.parameters) or 'no parameters'}): {model.description}"
        for model in MODELS.values()
        if not model.needs_data
    )
    sub = commands.add_parser("simulate", help="export sessions that a behavioural model plays")
    sub.add_argument("environment", metavar="ENVIRONMENT.toml", help="the economy")
    sub.add_argument("--model", required=True, metavar="NAME", help=told)
    sub.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the model; repeat the option for each"
    )
    sub.add_argument("--sessions", default="1", metavar="S", help="how many sessions (default 1)")
    sub.add_argument("--participants", metavar="P", help="subjects in a session, a multiple of the market size (default: one market)")
    sub.add_argument("--rounds", default="10", metavar="T", help="paid rounds (default 10)")
    sub.add_argument("--seed", metavar="SEED", help="whole number from which everything follows (default: a fresh one, printed)")
    sub.add_argument("--out", required=True, metavar="DIR", help="the directory to write to; created if necessary")
    for one in SETTINGS:
        if one.name in FIELDS:
            options = [f"--{name.replace('_', '-')}" for name in (one.name, one.was) if name]
            default = {**DEFAULTS, **UNSAID}[one.name]
            sub.add_argument(*options, dest=one.name, metavar="VALUE", help=f"session config (default {default})")
    sub.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write the export."""
    sessions = whole_number("--sessions", chosen.sessions, 1, MOST_SESSIONS)
    seed = secrets.randbelow(LARGEST_SEED) + 1 if chosen.seed is None else whole_number("--seed", chosen.seed, 0, LARGEST_SEED)
    try:
        fields = {name: _value(name, text) for name in FIELDS if (text := getattr(chosen, name)) is not None}
        settings, units = _settings(chosen, fields)
        found = simulate(chosen.model, _parameters(chosen.parameter), settings, sessions, units, seed, fields)
    except (InvalidEnvironment, InvalidSettings, InvalidParameter, NoChoiceModel) as error:
        raise WrongArgument(str(error)) from None
    folder = Path(chosen.out)
    _refuse_full(folder)
    write_export(folder, found)
    rows = sum(len(session.decisions) for session in found)
    print(f"{folder} holds {sessions} sessions of {chosen.model} in {rows} rows, seed {seed}.")
    return 0


def _settings(chosen: argparse.Namespace, fields: Mapping[str, Any]) -> tuple[SessionSettings, int]:
    environment = read_environment(chosen.environment)
    if fields.get("market_size"):
        environment = environment.with_agents(fields["market_size"])
    rounds = whole_number("--rounds", chosen.rounds, 1, MOST_ROUNDS)
    participants = (
        environment.agents if chosen.participants is None else whole_number("--participants", chosen.participants, 1, MOST_PARTICIPANTS)
    )
    config = {**DEFAULTS, **UNSAID, **MONEY, **fields, "rounds": rounds, "environment": environment.name}
    settings = read_settings(config, participants, environment=environment)
    check_settings(settings)
    return settings, participants // settings.market_size


def _value(name: str, text: str) -> Any:
    """An option's text as the session config holds it: a value of the same kind as the default."""
    default = DEFAULTS[name]
    if isinstance(default, bool):
        flags: Mapping[str, bool] = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        return flags.get(text.lower(), text)
    if isinstance(default, int):
        return whole_number(f"--{name.replace('_', '-')}", text, 0, 100_000)
    return text


def _parameters(given: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in given:
        name, equals, value = text.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not equals or number != number:
            raise WrongArgument(f"--parameter is {text!r}; it must be NAME=VALUE with a number, as in lambda1=0.5.")
        if name in found:
            raise WrongArgument(f"--parameter gives {name} twice.")
        found[name] = number
    return found


def _refuse_full(folder: Path) -> None:
    """Refuse to mix synthetic sessions with an export that is already there."""
    others = sorted(path.name for path in folder.glob("*.csv") if path.name not in NAMES) if folder.is_dir() else []
    if others:
        raise WrongArgument(f"The directory {folder} holds {others[0]}; name one without other CSV files, so that exports are not mixed.")
