"""The subparsers to which the commands of the comparison are added."""

from __future__ import annotations

import argparse
from typing import TypeAlias

from theory.commands.arguments import Parser

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
