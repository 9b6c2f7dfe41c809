"""Offers of subjects who were not there: what stands in for one, and which second offers repeat a first.

Who misses stage 1 has made no offer. Who misses stage 2 does not trade or, where the session says so, repeats the own first offer of
that round if that was typed. A repeated offer is traded, so prices and bundles follow from it; nobody chose it at stage 2, so
no statistic of behaviour counts it.
"""

from __future__ import annotations

from collections.abc import Iterator

from comparison.checking.contradictions import Contradiction, contradiction
from comparison.data.reading import DecisionRow
from experiment.config import SessionSettings
from experiment.export import Decision
from experiment.offers import ABSENT, TYPED


def is_repeated(said: Decision) -> bool:
    """Whether the second offer of this row is the first one again, for a subject who was absent."""
    return said.stage2_source == ABSENT and said.stage2_q is not None and said.stage2_r is not None


def absent_amounts(settings: SessionSettings, row: DecisionRow, stage: str) -> Iterator[Contradiction]:
    """The contradictions in the amounts of an absent subject at ``stage1`` or ``stage2``."""
    repeats = stage == "stage2" and settings.absence.repeats
    typed = row.decision.stage1_source == TYPED
    for good in ("q", "r"):
        implied = getattr(row.decision, f"stage1_{good}") if repeats and typed else None
        found = getattr(row.decision, f"{stage}_{good}")
        if found != implied:
            yield contradiction(row, f"{stage}_{good}", found, implied, _rule(repeats, typed))


def _rule(repeats: bool, typed: bool) -> str:
    if not repeats:
        return "an absent offer has no amounts"
    return "who is absent repeats the own first offer" if typed else "who is absent and has typed no first offer has none to repeat"
