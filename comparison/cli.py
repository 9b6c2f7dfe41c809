"""The command line of the comparison: every command of ``comparison.commands``.

If something cannot be read, computed or written, the command prints one sentence on stderr and
exits with status 2. A command's own module says what its other exit statuses mean.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from comparison.commands import design, estimate, power, report, simulate
from comparison.data.reading import InvalidExport
from theory.commands.arguments import Parser, WrongArgument

COMMANDS = (report, simulate, estimate, design, power)
INTERRUPTED = 130
"""The exit status of a command that was stopped from the keyboard."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    run: Callable[[object], int] = chosen.run
    try:
        return run(chosen)
    except (InvalidExport, WrongArgument) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or chosen.out} cannot be read or written: {error.strerror or error}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    return 2


def _parser() -> Parser:
    parser = Parser(prog="python -m comparison", description="Compare exported decisions with the theory.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
