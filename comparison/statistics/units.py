"""The independent unit: a matching group of a session, the largest set of subjects who ever share a market."""

from __future__ import annotations

import pandas as pd

UNIT = ["session_code", "matching_group"]
"""The columns that name a unit. If matching is fixed, the unit is a market that never mixed with
another, else the session.
"""


def unit_count(frame: pd.DataFrame) -> int:
    """The number of independent units in a frame."""
    return len(frame[UNIT].drop_duplicates())


def subject_count(frame: pd.DataFrame) -> int:
    """The number of subjects in a frame of decisions."""
    return len(frame[["session_code", "participant_code"]].drop_duplicates())
