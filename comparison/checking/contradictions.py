"""Contradictions in an export: a cell that cannot be true, its place, and what the mechanism
implies instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from comparison.data.reading import DecisionRow, Place, written


@dataclass(frozen=True)
class Contradiction:
    """A cell that cannot be true: its place, its value, and what the mechanism implies."""

    place: Place
    session_code: str
    round_number: int | None
    market: str
    participant_code: str
    column: str
    found: str
    implied: str
    rule: str

    def __str__(self) -> str:
        when = f", round {self.round_number}" if self.round_number is not None else ""
        who = f"session {self.session_code}{when}, participant {self.participant_code}"
        return f"{self.place} ({who}): {self.column} is {self.found}, implied is {self.implied} ({self.rule})."


def contradiction(row: DecisionRow, column: str, found: object, implied: object, rule: str) -> Contradiction:
    """The contradiction in a cell of the decisions."""
    said = row.decision
    return Contradiction(
        row.place, said.session_code, said.round_number, said.market, said.participant_code, column, written(found), written(implied), rule
    )
