"""What the commands share: the parsers they are added to, and the error that ends one with a sentence."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


class WrongArgument(ValueError):
    """An argument that asks for something impossible. The message is one sentence."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence, with exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.\n")


def whole_number(option: str, text: str, least: int, most: int) -> int:
    """The whole number that an option states. Raises WrongArgument with one sentence."""
    if not re.fullmatch(r"[0-9]{1,16}", text, re.ASCII) or not least <= int(text) <= most:
        raise WrongArgument(f"{option} is {text}; it must be a whole number from {least} to {most}.")
    return int(text)
