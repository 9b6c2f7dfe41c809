"""The command line of the theory: every command of ``theory.commands``, as tables for people or as JSON.

A wrong file or a wrong argument gets one sentence on standard error and exit status 2.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Sequence

from theory.balls import MissingFlint
from theory.beliefs import ImpossibleConfiguration
from theory.commands import (
    books,
    certify,
    check,
    incentives,
    predict,
    rivals,
    semipooling,
    simulate,
    stage2,
    strategy,
    sweep,
    threshold,
    welfare,
)
from theory.commands.command import Answering, Commands, Parser, WrongArgument, finite
from theory.environment import Environment, InvalidEnvironment, read_environment
from theory.stage2 import NotSolved

COMMANDS = (check, predict, stage2, certify, strategy, incentives, threshold, semipooling, rivals, welfare, books, simulate, sweep)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # names may be in any script, wherever the output goes
    given = _parser().parse_args(arguments)
    try:
        env = read_environment(given.file, roles=True)
        answering = _answering(env, given)
        answer = finite(answering.answer(env, given))
    except (InvalidEnvironment, ImpossibleConfiguration, NotSolved, MissingFlint, WrongArgument) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(answer, indent=2, allow_nan=False, ensure_ascii=False) if given.json else answering.text(answer))
    return 0


def _answering(env: Environment, given: argparse.Namespace) -> Answering:
    """How the command answers for these endowments. Raises WrongArgument where it takes one for everyone only."""
    one_endowment: Answering = given.one_endowment
    by_role: Answering | str = given.by_role
    if not env.roles:
        return one_endowment
    if isinstance(by_role, str):
        roles = ", ".join(role.name for role in env.roles)
        raise WrongArgument(f"roles gives endowments by role ({roles}), but {given.command} takes one for everyone: {by_role}.")
    return by_role


def _parser() -> Parser:
    parser = Parser(prog="python -m theory", description="The two-stage market game of Hu and Wallace (2012): what the theory says.")
    commands = Commands(parser)
    for command in COMMANDS:
        command.add(commands)
    return parser
