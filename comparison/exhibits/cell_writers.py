"""How a table cell is written: the same characters on the page and in print."""

from __future__ import annotations

import math
from collections.abc import Callable

NOTHING = "–"
Writer = Callable[[object], str]


def words(value: object) -> str:
    """A cell of text."""
    return NOTHING if value is None or value == "" or _missing(value) else str(value)


def prose(value: object) -> str:
    """A cell with a sentence, which may be broken into lines."""
    return words(value)


def yes_no(value: object) -> str:
    """A cell for yes or no."""
    return "yes" if value else "no"


def whole(value: object) -> str:
    """A cell with a count."""
    return NOTHING if value is None or _missing(value) else f"{int(value):,}"  # type: ignore[call-overload]


def number(digits: int = 3, signed: bool = False) -> Writer:
    """A cell with this many decimals; a true minus sign for negative numbers, no sign for numbers
    that round to zero.
    """

    def write(value: object) -> str:
        if not isinstance(value, int | float) or math.isnan(value):
            return NOTHING
        if math.isinf(value):
            return "\u221e" if value > 0 else "\u2212\u221e"
        rounded = round(float(value), digits) + 0.0
        return f"{rounded:{'+' if signed and rounded else ''}.{digits}f}".replace("-", "\u2212")

    return write


def percent(value: object) -> str:
    """A share as a percentage."""
    return NOTHING if not isinstance(value, int | float) or not math.isfinite(value) else f"{100 * value:.1f} %".replace("-", "\u2212")


def p_value(value: object) -> str:
    """A probability, with three decimals unless it is too small for them."""
    if not isinstance(value, int | float) or math.isnan(value):
        return NOTHING
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def is_text(write: Writer) -> bool:
    """Whether a writer's cells are text, aligned to the left."""
    return write in (words, prose, yes_no)


def _missing(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
