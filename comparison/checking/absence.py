"""Offers of absent subjects: what stands in for one, and which second offers repeat a first.

A subject who misses stage 1 has made no offer. A subject who misses stage 2 does not trade or, if
the session config says so, repeats their own first offer of that round, provided that it was typed.
A repeated offer is traded, so prices and bundles follow from it. Nobody chose it at stage 2, so no
statistic of behaviour counts it.
"""

from __future__ import annotations

from collections.abc import Iterator

from comparison.checking.contradictions import Contradiction, contradiction
from comparison.data.reading import DecisionRow
from comparison.data.stage_columns import STAGE1, STAGE2, StageColumns
from experiment.config import SessionSettings
from experiment.export import Decision
from experiment.offers import ABSENT, TYPED


def is_repeated(said: Decision) -> bool:
    """Whether the second offer of this row repeats the first one for a subject who was absent."""
    return said.stage2_source == ABSENT and said.stage2_q is not None and said.stage2_r is not None


def absent_amounts(settings: SessionSettings, row: DecisionRow, stage: StageColumns) -> Iterator[Contradiction]:
    """The contradictions in the amounts of an absent subject at a stage."""
    repeats = stage is STAGE2 and settings.absence.repeats
    typed = row.decision.stage1_source == TYPED
    found, first = row.at(stage), row.at(STAGE1)
    for column, amount, repeated in ((stage.q, found.q, first.q), (stage.r, found.r, first.r)):
        implied = repeated if repeats and typed else None
        if amount != implied:
            yield contradiction(row, column, amount, implied, _rule(repeats, typed))


def _rule(repeats: bool, typed: bool) -> str:
    if not repeats:
        return "an absent offer has no amounts"
    return "an absent subject repeats their own first offer" if typed else "an absent subject who typed no first offer has none to repeat"
