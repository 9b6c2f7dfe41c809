"""The command line of the theory: every command of ``theory.commands``, as tables for people or as JSON.

A wrong file or a wrong argument gets one sentence on standard error and exit status 2.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Sequence

from theory.balls import MissingFlint
from theory.beliefs import ImpossibleConfiguration
from theory.commands import books, certify, check, incentives, predict, rivals, semipooling, simulate, stage2, strategy, sweep, threshold
from theory.commands.command import Answer, Commands, Parser, WrongArgument, finite
from theory.environment import InvalidEnvironment, read_environment
from theory.stage2 import NotSolved

COMMANDS = (check, predict, stage2, certify, strategy, incentives, threshold, semipooling, rivals, books, simulate, sweep)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # names may be in any script, wherever the output goes
    given = _parser().parse_args(arguments)
    text_of: Callable[[Answer], str] = given.text
    try:
        answer = finite(given.answer(read_environment(given.file), given))
    except (InvalidEnvironment, ImpossibleConfiguration, NotSolved, MissingFlint, WrongArgument) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(answer, indent=2, allow_nan=False, ensure_ascii=False) if given.json else text_of(answer))
    return 0


def _parser() -> Parser:
    parser = Parser(prog="python -m theory", description="The two-stage market game of Hu and Wallace (2012): what the theory says.")
    commands = Commands(parser)
    for command in COMMANDS:
        command.add(commands)
    return parser
