"""The names of the columns that belong to a stage: those of ``decisions.csv``, and those that the
statistics add.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from experiment.offers import ABSENT, ROBOT, TYPED


@dataclass(frozen=True)
class StageColumns:
    """``deviation`` is the net offer less the theory's prediction; ``counted`` names the column
    that counts offers of each source.
    """

    q: str
    r: str
    source: str
    seconds: str
    deviation: str
    counted: Mapping[str, str]


STAGE1 = StageColumns(
    q="stage1_q",
    r="stage1_r",
    source="stage1_source",
    seconds="stage1_seconds",
    deviation="stage1_deviation",
    counted={TYPED: "stage1_typed", ABSENT: "stage1_absent", ROBOT: "stage1_robot"},
)
STAGE2 = StageColumns(
    q="stage2_q",
    r="stage2_r",
    source="stage2_source",
    seconds="stage2_seconds",
    deviation="stage2_deviation",
    counted={TYPED: "stage2_typed", ABSENT: "stage2_absent", ROBOT: "stage2_robot"},
)
STAGES: Mapping[int, StageColumns] = {1: STAGE1, 2: STAGE2}
