"""One number per independent unit: a market that never mixed with another, or the session where
matching is random.

``matching_group`` is the largest set of subjects that ever share a market, so the pair of session
and matching group is the unit with either way of matching. Observations within a unit may depend on
each other; only units are independent.
"""

from __future__ import annotations

import pandas as pd

UNIT = ("session_code", "matching_group")


def unit_means(frame: pd.DataFrame, column: str) -> pd.Series:
    """The mean of a column over each unit's observations, indexed by ``session_code`` and
    ``matching_group``, sorted.

    Missing observations are left out, and so is a unit that has none left. The result does not
    depend on the order of the rows, to the last bit.
    """
    return _grouped(frame, column).mean().dropna()


def unit_ratios(frame: pd.DataFrame, part: str, whole: str, least: float = 0.0) -> pd.Series:
    """The sum of ``part`` over the sum of ``whole``, unit by unit; only rows with both count.

    Units whose ``whole`` sums to ``least`` or less have no ratio and are left out.
    """
    both = frame[frame[part].notna() & frame[whole].notna()]
    above, below = _grouped(both, part).sum(), _grouped(both, whole).sum()
    return (above / below.where(below > least)).dropna()


def _grouped(frame: pd.DataFrame, column: str) -> pd.api.typing.SeriesGroupBy:
    """The column by unit. Sorted by value within a unit, because a sum's last bits depend on the order of its terms."""
    return frame[[*UNIT, column]].astype({column: float}).sort_values([*UNIT, column]).groupby(list(UNIT))[column]
