"""Learning: how the distance from the prediction changes over paid rounds, and where it goes.

The asymptotes are those of Noussair, Plott and Riezman (1995). With y_it the mean of a measure in independent unit i and paid round t,
the least-squares regression within a treatment is

    y_it = sum_i B1_i D_i (1/t) + B2 (t - 1)/t + u_it,    D_i = 1 for unit i.

B1_i is where unit i starts, B2 the value that all units approach. What the D_i (1/t) explain is taken out of both sides first (Frisch and
Waugh 1933), which leaves one regressor for statsmodels. Standard errors are clustered by unit; their correction for few units does not
count the B1_i, each of which lies within a cluster (Cameron and Miller 2015). Intervals use the t distribution with one degree of
freedom less than there are units. With few units clustered errors are too small.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from comparison.benchmarks import NASH
from comparison.measures import share_of
from comparison.units import UNIT
from experiment.offers import TYPED
from theory.utility import FloatArray

MEASURES = (
    "log_price_deviation", "abs_log_price_deviation", "abs_stage1_deviation", "abs_stage2_deviation", "stage1_regret", "stage2_regret",
    "efficiency_active", "info_kl",
)  # fmt: skip
"""What is followed over rounds; prices are those against Nash at the true types, deviations and regrets those of typed offers."""


FLAT = 1e-9
"""A regressor of which no more than this is left says nothing about the asymptote."""


@dataclass(frozen=True)
class Asymptote:
    """B2, its clustered ``standard_error`` and 95 % interval from ``low`` to ``high``, and ``mean_start``, the mean of the B1_i."""

    observations: int
    independent_units: int
    asymptote: float
    standard_error: float
    low: float
    high: float
    mean_start: float


def learning_table(decisions: pd.DataFrame, rounds: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute deviations and efficiency by cell and paid round."""
    by = ["cell", "paid_round"]
    typed = {
        stage: decisions.loc[decisions[f"stage{stage}_source"] == TYPED, [*by, f"stage{stage}_deviation"]].set_index(by).abs()
        for stage in (1, 2)
    }
    offers = {stage: frame.groupby(by)[f"stage{stage}_deviation"].mean() for stage, frame in typed.items()}
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


def asymptotes(decisions: pd.DataFrame, rounds: pd.DataFrame) -> pd.DataFrame:
    """The regression above, by cell and measure of MEASURES."""
    observations = by_unit_and_round(decisions, rounds)
    table = []
    for cell, here in observations.groupby("cell"):
        for measure in MEASURES:
            known = here[np.isfinite(here[measure])]
            table.append({"cell": cell, "measure": measure, **asdict(asymptote(known, measure))})
    return pd.DataFrame(table, columns=_ASYMPTOTE_COLUMNS)


def by_unit_and_round(decisions: pd.DataFrame, rounds: pd.DataFrame) -> pd.DataFrame:
    """Each measure of MEASURES as a mean over an independent unit and paid round."""
    by = ["cell", *UNIT, "paid_round"]
    deviation = rounds[f"log_deviation_{NASH}"]
    markets = rounds.assign(log_price_deviation=deviation, abs_log_price_deviation=deviation.abs())
    found = markets.groupby(by)[["log_price_deviation", "abs_log_price_deviation", "efficiency_active", "info_kl"]].mean()
    for stage in (1, 2):
        typed = decisions[decisions[f"stage{stage}_source"] == TYPED]
        typed = typed.assign(**{f"abs_stage{stage}_deviation": typed[f"stage{stage}_deviation"].abs()})
        found = found.join(typed.groupby(by)[[f"abs_stage{stage}_deviation", f"stage{stage}_regret"]].mean())
    return found.reset_index()


def asymptote(observations: pd.DataFrame, measure: str) -> Asymptote:
    """B2 with its clustered standard error and 95 % interval, and the mean of the B1_i.

    ``observations`` has the columns of a unit, ``paid_round`` from 1, and the measure. What is not identified is nan: the asymptote
    where no unit has two rounds, its standard error where there is one unit.
    """
    weight, value = 1 / observations["paid_round"].to_numpy(float), observations[measure].to_numpy(float)
    unit = observations.groupby(UNIT).ngroup().to_numpy()
    units = int(unit.max()) + 1 if len(unit) else 0
    scale = np.bincount(unit, weight**2, units)

    def starts(values: FloatArray) -> FloatArray:
        """The coefficients of values on D_i (1/t), by unit."""
        return np.asarray(np.bincount(unit, weight * values, units) / scale)

    def without(values: FloatArray) -> FloatArray:
        return np.asarray(values - weight * starts(values)[unit])

    approach = without(1 - weight)
    if not (np.abs(approach) > FLAT).any():
        return Asymptote(len(unit), units, np.nan, np.nan, np.nan, np.nan, np.nan)
    model = OLS(without(value), approach, hasconst=False)
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": unit}, use_t=True) if units > 1 else model.fit()
    limit = float(fitted.params[0])
    error, (low, high) = (fitted.bse[0], fitted.conf_int()[0]) if units > 1 else (np.nan, (np.nan, np.nan))
    start = starts(value - limit * (1 - weight)).mean()
    return Asymptote(len(unit), units, limit, float(error), float(low), float(high), float(start))


_LEARNING_COLUMNS = (
    "cell", "paid_round", "market_rounds", "abs_log_price_deviation", "abs_stage1_deviation", "abs_stage2_deviation",
    "efficiency_active", "efficiency_nash_active",
)  # fmt: skip
_ASYMPTOTE_COLUMNS = (
    "cell", "measure", "observations", "independent_units", "asymptote", "standard_error", "low", "high", "mean_start",
)  # fmt: skip
