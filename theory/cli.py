"""The command line of the theory: every command of ``theory.commands``, as tables for people or as JSON.

A wrong file or argument leads to one sentence on standard error and exit status 2. So does an answer that cannot be written.
If a reader such as ``head`` closes the pipe early, the program stops without a message.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from theory.commands.arguments import Parser, WrongArgument
from theory.commands.command import Answering, Commands, finite
from theory.economy.environment import Environment, InvalidEnvironment, read_environment

CLOSED_PIPE = 141
"""The exit status that shells use for a program whose reader has closed the pipe."""

COMMANDS = (
    "check",
    "predict",
    "stage2",
    "certify",
    "strategy",
    "incentives",
    "threshold",
    "semipooling",
    "rivals",
    "welfare",
    "books",
    "simulate",
    "sweep",
)
"""Each is a module of ``theory.commands``, imported only when needed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # names may be in any script, wherever the output goes
    words = sys.argv[1:] if arguments is None else arguments
    given = _parser(words).parse_args(words)
    try:
        env = read_environment(given.file, roles=True)
        answering = _answering(env, given)
        answer = finite(answering.answer(env, given))
    except _refusals() as error:
        print(error, file=sys.stderr)
        return 2
    return _write(json.dumps(answer, indent=2, allow_nan=False, ensure_ascii=False) if given.json else answering.text(answer))


def _write(text: str) -> int:
    """Print an answer; returns the exit status."""
    try:
        print(text, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the rest is not written again at exit
        if isinstance(error, BrokenPipeError):
            return CLOSED_PIPE
        print(f"The answer cannot be written: {error.strerror}.", file=sys.stderr)
        return 2
    return 0


def _answering(env: Environment, given: argparse.Namespace) -> Answering:
    """The function that answers for these endowments. Raises WrongArgument if the command needs one endowment for everyone."""
    one_endowment: Answering = given.one_endowment
    by_role: Answering | str = given.by_role
    if not env.roles:
        return one_endowment
    if isinstance(by_role, str):
        roles = ", ".join(role.name for role in env.roles)
        raise WrongArgument(f"roles gives endowments by role ({roles}), but {given.command} takes one for everyone: {by_role}.")
    return by_role


def _parser(words: Sequence[str]) -> Parser:
    """The parser of all commands, or only of the command that the first of the ``words`` names, to avoid slow imports."""
    parser = Parser(prog="python -m theory", description="The two-stage market game of Hu and Wallace (2012): what the theory says.")
    commands = Commands(parser)
    for name in words[:1] if words and words[0] in COMMANDS else COMMANDS:
        import_module(f"theory.commands.{name}").add(commands)
    return parser


def _refusals() -> tuple[type[Exception], ...]:
    """The errors whose message is printed as the answer, in one sentence."""
    from theory.certificates.ball_equations import MissingFlint
    from theory.equilibrium.stage2 import NotSolved
    from theory.information.beliefs import ImpossibleConfiguration
    from theory.stage1_incentives.threshold import ThresholdContradiction

    return (InvalidEnvironment, ImpossibleConfiguration, NotSolved, ThresholdContradiction, MissingFlint, WrongArgument)
