"""What every command line of the project shares: a parser with one-sentence error messages, and the parsing of numeric options."""

from __future__ import annotations

import argparse
import re
import reprlib
import sys
from typing import NoReturn


class WrongArgument(ValueError):
    """An argument that asks for something impossible. The message is one sentence."""


class Parser(argparse.ArgumentParser):
    """A parser that reports errors in one sentence, with exit status 2."""

    def error(self, message: str) -> NoReturn:
        print(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.", file=sys.stderr)
        raise SystemExit(2)


def whole_number(option: str, text: str, least: int, most: int) -> int:
    """The whole number given for an option."""
    text = text.strip()
    if not re.fullmatch("[0-9]{1,18}", text) or not least <= int(text) <= most:
        raise WrongArgument(f"{option} holds {reprlib.repr(text)}, but it takes whole numbers from {least} to {most}.")
    return int(text)
