"""What every command is made of: a name, a summary, an answer made from an environment, and its tables for people."""

from __future__ import annotations

import argparse
import math
import re
import reprlib
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from theory.environment import MOST_AGENTS, Environment

Answer = Any
"""What a command prints: dicts, lists, text, numbers, booleans and None, as JSON knows them; nan and infinity become null."""


class WrongArgument(ValueError):
    """An argument that asks for something impossible. The message is one sentence."""


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
    ) -> argparse.ArgumentParser:
        """A command that reads an environment FILE and prints ``answer`` of it, as ``text`` or, with --json, as JSON."""
        sub = self._commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}. {more}")
        sub.add_argument("file", metavar="FILE", help="environment file (TOML)")
        sub.add_argument("--json", action="store_true", help="print JSON")
        sub.set_defaults(answer=answer, text=text)
        return sub


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence, with exit status 2."""

    def error(self, message: str) -> NoReturn:
        print(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.", file=sys.stderr)
        raise SystemExit(2)


def type_configuration(env: Environment, text: str, option: str = "--types") -> list[int]:
    """The counts per type that ``blue=7,green=3`` states; types that it leaves out have no agents."""
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
    if sum(counts.values()) == 0:
        raise WrongArgument(f"{option} counts no agent at all, but a stage-2 market needs at least one.")
    return [counts.get(x, 0) for x in env.types]


def whole_number(option: str, text: str, least: int, most: int) -> int:
    """The whole number that an option states."""
    text = text.strip()
    if not re.fullmatch("[0-9]{1,18}", text) or not least <= int(text) <= most:
        raise WrongArgument(f"{option} holds {reprlib.repr(text)}, but it takes whole numbers from {least} to {most}.")
    return int(text)


def mechanism_answer(env: Environment) -> Answer:
    """N, M and p1, as contract 2 names them."""
    return {"agents": env.agents, "active": env.active, "fixed_price": env.fixed_price}


def by_name(names: Sequence[str], values: npt.ArrayLike) -> dict[str, Any]:
    """Values by the names of what they belong to."""
    return dict(zip(names, np.asarray(values).tolist(), strict=True))


def finite(value: Answer) -> Answer:
    """The same answer with None for numbers that JSON does not know."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
