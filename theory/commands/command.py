"""The parts of every command: a name, a summary, an answer computed from an environment, and its tables for people."""

from __future__ import annotations

import argparse
import math
import re
import reprlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from theory.commands.arguments import WrongArgument
from theory.commands.bar import progress_bar
from theory.economy.environment import MOST_AGENTS, Environment

Answer = Any
"""What a command prints: dicts, lists, text, numbers, booleans and None, as in JSON; nan and infinity become null."""

LARGEST_SEED = 2**53 - 1
"""The largest whole number that every JSON reader represents exactly."""


@dataclass(frozen=True)
class Answering:
    """How a command answers, and its tables for people."""

    answer: Callable[[Environment, argparse.Namespace], Answer]
    text: Callable[[Answer], str]


class Commands:
    """The commands of a parser. ``add`` of each command's module calls ``command`` once and adds its own arguments."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        self,
        name: str,
        summary: str,
        answer: Callable[[Environment, argparse.Namespace], Answer],
        text: Callable[[Answer], str],
        more: str = "",
        *,
        by_role: Answering | str,
    ) -> argparse.ArgumentParser:
        """A command that reads an environment FILE and prints ``answer`` of it, as ``text`` or, with --json, as JSON.

        ``by_role`` is the answer for endowments by role, or the reason why the command refuses them.
        """
        sub = self._commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}. {more}")
        sub.add_argument("file", metavar="FILE", help="environment file (TOML)")
        sub.add_argument("--json", action="store_true", help="print JSON")
        sub.set_defaults(one_endowment=Answering(answer, text), by_role=by_role)
        return sub


def type_configuration(env: Environment, text: str, option: str = "--types") -> list[int]:
    """The counts per type in a text such as ``blue=7,green=3``; types that it leaves out have no agents."""
    counts = type_counts(env, text, option)
    refuse_empty(sum(counts), option)
    return counts


def type_counts(env: Environment, text: str, option: str) -> list[int]:
    """The same, but all counts may be zero."""
    wanted = f"write counts like {env.types[0]}=3 with commas between them"
    counts: dict[str, int] = {}
    for part in text.split(","):
        name, equals, number = (piece.strip() for piece in part.partition("="))
        if name not in env.types:
            raise WrongArgument(f"{option} names {reprlib.repr(name)}, but the types are {', '.join(env.types)}: {wanted}.")
        if name in counts:
            raise WrongArgument(f"{option} names {name} twice: {wanted}.")
        if not equals or not re.fullmatch("[0-9]{1,10}", number) or int(number) > MOST_AGENTS:
            shown = reprlib.repr(number)
            raise WrongArgument(
                f"{option} gives {name} the count {shown}, but a count is a whole number from 0 to {MOST_AGENTS}: {wanted}."
            )
        counts[name] = int(number)
    return [counts.get(x, 0) for x in env.types]


def refuse_empty(agents: int, option: str) -> None:
    """Raise WrongArgument if a configuration counts nobody."""
    if agents == 0:
        raise WrongArgument(f"{option} counts no agent at all, but a stage-2 market needs at least one.")


@contextmanager
def progress(name: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal's standard error, for work that reports how much is done and of how much."""
    with progress_bar(name, unit) as bar:

        def show(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        yield show


def mechanism_answer(env: Environment) -> Answer:
    """N, M and p1, as contract 2 names them."""
    return {"agents": env.agents, "active": env.active, "fixed_price": env.fixed_price}


def roles_answer(env: Environment) -> Answer:
    """The roles, their numbers of agents and their endowments."""
    return {role.name: {"agents": role.agents, "endowment": [role.endowment_q, role.endowment_r]} for role in env.roles}


def by_role_and_name(env: Environment, values: npt.ArrayLike) -> dict[str, dict[str, Any]]:
    """Values (J, K) or (J, K, 2) by role name and type name."""
    return {role.name: by_name(env.types, of_types) for role, of_types in zip(env.roles, np.asarray(values), strict=True)}


def by_name(names: Sequence[str], values: npt.ArrayLike) -> dict[str, Any]:
    """Values by the names of what they belong to."""
    return dict(zip(names, np.asarray(values).tolist(), strict=True))


def finite(value: Answer) -> Answer:
    """The same answer with None for numbers that JSON cannot represent."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
