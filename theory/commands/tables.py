"""Answers as tables for people: they are made from the JSON answers, and say the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

from theory.commands.command import Answer

SHOWN, NOTHING = 5e-5, 1e-12
"""Sizes that four decimals would show as zero although they are none, and those that are zero but for rounding."""

NUMBER = re.compile(r"-|-?[0-9.]+(e[+-][0-9]+)?( %)?")


def title(answer: Answer) -> str:
    """The environment's name with N, M and p1, from an answer that has ``environment`` and ``mechanism``."""
    m = answer["mechanism"]
    return f"{answer['environment']}: {m['agents']} agents, {m['active']} active, fixed price {m['fixed_price']:g}"


def roles_table(answer: Answer) -> str:
    """Who there is, from an answer that has ``roles``."""
    rows = [(role, str(one["agents"]), *map(number, one["endowment"])) for role, one in answer["roles"].items()]
    return table(("role", "agents", "endowment q", "r"), rows)


def uniqueness_text(answer: Answer) -> str:
    """Whether stage 2 has one equilibrium, and why, from an answer that has ``uniqueness``."""
    return f"One stage-2 equilibrium: {answer['uniqueness']['status']}. {answer['uniqueness']['reason']}"


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
    """Columns two spaces apart: those of numbers end, the others begin, at the same place."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    numbers = [bool(rows) and all(NUMBER.fullmatch(row[i]) for row in rows) for i in range(len(head))]

    def aligned(line: Sequence[str]) -> str:
        columns = zip(line, widths, numbers, strict=True)
        return "  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in columns).rstrip()

    return "\n".join(map(aligned, lines))
