"""How much the tests do, chosen by one option: ``pytest --size small`` (the default) or ``--size full``.

A test that can do more or less of the same asks ``sized(small=…, full=…)`` for a number, a tuple of cases or whatever else
differs. A case that is worth its time only in the full run is marked ``full``. The full run leaves nothing out.
"""

from __future__ import annotations

import os
from typing import TypeVar

SIZES = ("small", "full")
VARIABLE = "TEST_SIZE"

Value = TypeVar("Value")


def size() -> str:
    """The size of this run; ``tests/conftest.py`` puts the option into the environment before any test is collected."""
    return os.environ.get(VARIABLE, SIZES[0])


def sized(small: Value, full: Value) -> Value:
    """Whichever of the two values belongs to this run."""
    return full if size() == "full" else small
