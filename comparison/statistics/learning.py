"""Learning: how distances from the prediction and efficiency develop over paid rounds.

These means are descriptive. Whether something changes is a question for the planned tests
(``comparison.hypotheses``), which compare the last third of the rounds with the first, unit by
unit.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from comparison.data.stage_columns import STAGES
from comparison.statistics.benchmarks import NASH
from comparison.statistics.measures import share_of
from experiment.offers import TYPED


def learning_table(decisions: pd.DataFrame, rounds: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute deviations and efficiency by cell and paid round."""
    by = ["cell", "paid_round"]
    typed = {
        stage: decisions.loc[decisions[columns.source] == TYPED, [*by, columns.deviation]].set_index(by).abs()
        for stage, columns in STAGES.items()
    }
    offers = {stage: frame.groupby(by)[STAGES[stage].deviation].mean() for stage, frame in typed.items()}
    table = []
    for (cell, number), here in rounds.groupby(by):
        table.append(
            {
                "cell": cell,
                "paid_round": number,
                "market_rounds": len(here),
                "abs_log_price_deviation": here[f"log_deviation_{NASH}"].abs().mean(),
                "abs_stage1_deviation": offers[1].get((cell, number), np.nan),
                "abs_stage2_deviation": offers[2].get((cell, number), np.nan),
                "efficiency_active": float(share_of(here["gain_observed_active"].sum(), here["gain_competitive_active"].sum())),
                "efficiency_nash_active": float(share_of(here["gain_nash_active"].sum(), here["gain_competitive_active"].sum())),
            }
        )
    return pd.DataFrame(table, columns=_LEARNING_COLUMNS)


_LEARNING_COLUMNS = (
    "cell", "paid_round", "market_rounds", "abs_log_price_deviation", "abs_stage1_deviation", "abs_stage2_deviation",
    "efficiency_active", "efficiency_nash_active",
)  # fmt: skip
