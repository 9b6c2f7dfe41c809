"""Answers as tables for people: they are made from the JSON answers, with the same content."""

from __future__ import annotations

from theory.commands.command import Answer
from theory.commands.text_tables import number, table


def title(answer: Answer) -> str:
    """The environment's name with N, M and p1, from an answer that has ``environment`` and ``mechanism``."""
    m = answer["mechanism"]
    return f"{answer['environment']}: {m['agents']} agents, {m['active']} active, fixed price {m['fixed_price']:g}"


def roles_table(answer: Answer) -> str:
    """The table of roles, from an answer that has ``roles``."""
    rows = [(role, str(one["agents"]), *map(number, one["endowment"])) for role, one in answer["roles"].items()]
    return table(("role", "agents", "endowment q", "r"), rows)


def uniqueness_text(answer: Answer) -> str:
    """Whether stage 2 has one equilibrium, and why, from an answer that has ``uniqueness``."""
    return f"One stage-2 equilibrium: {answer['uniqueness']['status']}. {answer['uniqueness']['reason']}"
