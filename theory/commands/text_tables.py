"""Text tables for a terminal, and the format of the numbers in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

SHOWN, NOTHING = 5e-5, 1e-12
"""Sizes that four decimals would show as zero although they are not, and sizes that are zero up to rounding."""

NUMBER = re.compile(r"-|-?[0-9.]+(e[+-][0-9]+)?( %)?")


def number(value: float | None) -> str:
    """Four decimals, two digits of what they would hide, or a dash."""
    if value is None:
        return "-"
    return f"{value:.1e}" if NOTHING < abs(value) < SHOWN else f"{value:z.4f}"


def percent(value: float | None) -> str:
    """One decimal of a percentage, or a dash."""
    return "-" if value is None else f"{value:.1f} %"


def join(*parts: str) -> str:
    """Paragraphs with an empty line between them."""
    return "\n\n".join(parts)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns two spaces apart: numbers are aligned right, everything else left."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    numbers = [bool(rows) and all(NUMBER.fullmatch(row[i]) for row in rows) for i in range(len(head))]

    def aligned(line: Sequence[str]) -> str:
        columns = zip(line, widths, numbers, strict=True)
        return "  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in columns).rstrip()

    return "\n".join(map(aligned, lines))
