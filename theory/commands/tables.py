"""Answers as tables for people: they are made from the JSON answers, and say the same."""

from __future__ import annotations

from collections.abc import Sequence

from theory.commands.command import Answer


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
    """Four decimals, or a dash."""
    return "-" if value is None else f"{value:.4f}"


def percent(value: float | None) -> str:
    """One decimal of a percentage, or a dash."""
    return "-" if value is None else f"{value:.1f} %"


def join(*parts: str) -> str:
    """Paragraphs with an empty line between them."""
    return "\n\n".join(parts)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Left-aligned columns, two spaces apart."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
