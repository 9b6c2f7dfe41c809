"""What the commands share: the parsers they are added to, and the error that ends one with a sentence."""

from __future__ import annotations

import argparse
from typing import NoReturn, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


class WrongArgument(ValueError):
    """An argument that asks for something impossible. The message is one sentence."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence, with exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.\n")
