"""Prices: how far the observed stage-2 price is from each benchmark, and which benchmark is closest.

With p the observed price of a market round and p_m that of benchmark m:

==================  ===============================================================================================  ==============
statistic           formula                                                                                          unit
==================  ===============================================================================================  ==============
log deviation       ln(p/p_m), by market round; p and 1/p deviate equally                                            logarithm
RAD                 mean |p - p_m| / mean p_m (Stöckl, Huber and Kirchler 2010)                                      share
RD                  mean (p - p_m) / mean p_m, its signed version (the same)                                         share
Smith's alpha       100 sqrt(mean (p - p_m)^2) / mean p_m (Smith 1962, with a benchmark that varies by round)        percent
closest             argmin_m |ln(p/p_m)|; benchmarks within TIE of the least are tied                                name
==================  ===============================================================================================  ==============

RAD, RD and alpha are of the market rounds of an independent unit, and of a treatment. They depend on which good is the numeraire;
the log deviation does not.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from comparison.benchmarks import BENCHMARKS
from comparison.blocks import BoolArray
from comparison.units import UNIT
from theory.utility import FloatArray

TIE = 1e-9
"""Log deviations that differ by no more are the same: in equilibrium some benchmarks coincide but for rounding."""


def price_deviations(observed: FloatArray, benchmarks: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
    """ln(p/p_m) by benchmark, each (B,); nan where either price is not known or not positive."""
    return {name: _log_ratio(observed, price) for name, price in benchmarks.items()}


def closest(deviations: Mapping[str, FloatArray]) -> tuple[list[str], list[str]]:
    """By market round: the closest benchmark, the first in the given order where several tie, and the others that tie with it.

    Both are empty where there is no deviation.
    """
    names = list(deviations)
    tied = _tied(np.abs(np.column_stack([deviations[name] for name in names])))
    found = [[name for name, chosen in zip(names, row, strict=True) if chosen] for row in tied.tolist()]
    return [best[0] if best else "" for best in found], [", ".join(best[1:]) for best in found]


def price_table(rounds: pd.DataFrame) -> pd.DataFrame:
    """The observed price against each benchmark, by cell."""
    table = []
    for cell, here in rounds.groupby("cell"):
        for benchmark in BENCHMARKS:
            deviation = here[f"log_deviation_{benchmark}"].dropna()
            by_unit = here.assign(size=here[f"log_deviation_{benchmark}"].abs()).groupby(UNIT)["size"].mean().dropna()
            table.append(
                {
                    "cell": cell,
                    "benchmark": benchmark,
                    "market_rounds": len(deviation),
                    "independent_units": len(by_unit),
                    "mean_log_deviation": deviation.mean(),
                    "sd_log_deviation": deviation.std(ddof=1),
                    "mean_abs_log_deviation": deviation.abs().mean(),
                    "least_unit_mean_abs": by_unit.min(),
                    "largest_unit_mean_abs": by_unit.max(),
                    **_relative(here, benchmark, ["cell"]).iloc[0].to_dict(),
                }
            )
    return pd.DataFrame(table, columns=_COLUMNS)


def price_unit_table(rounds: pd.DataFrame) -> pd.DataFrame:
    """The same statistics by independent unit and benchmark."""
    by = ["cell", *UNIT]
    frames = []
    for benchmark in BENCHMARKS:
        deviation = rounds[f"log_deviation_{benchmark}"]
        groups = rounds.assign(signed=deviation, size=deviation.abs()).groupby(by)
        frame = groups.agg(
            market_rounds=("signed", "count"), mean_log_deviation=("signed", "mean"), mean_abs_log_deviation=("size", "mean")
        )
        frames.append(frame.join(_relative(rounds, benchmark, by)).reset_index().assign(benchmark=benchmark))
    found = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return found.reindex(columns=_UNIT_COLUMNS).sort_values(by, kind="stable", ignore_index=True)


def closest_table(rounds: pd.DataFrame) -> pd.DataFrame:
    """In how many market rounds each benchmark is the closest ``alone``, and in how many ``tied``; a tie of k counts 1/k in ``share``."""
    table = []
    for cell, here in rounds.groupby("cell"):
        tied = _tied(here[[f"log_deviation_{name}" for name in BENCHMARKS]].abs().to_numpy())
        tied = tied[tied.any(axis=1)]
        number = tied.sum(axis=1)
        for index, name in enumerate(BENCHMARKS):
            chosen = tied[:, index]
            table.append(
                {
                    "cell": cell,
                    "benchmark": name,
                    "market_rounds": len(tied),
                    "alone": int((chosen & (number == 1)).sum()),
                    "tied": int((chosen & (number > 1)).sum()),
                    "share": (chosen / np.maximum(number, 1)).sum() / len(tied) if len(tied) else np.nan,
                }
            )
    return pd.DataFrame(table, columns=("cell", "benchmark", "market_rounds", "alone", "tied", "share"))


def _log_ratio(price: FloatArray, benchmark: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((price > 0) & (benchmark > 0), np.log(price / benchmark), np.nan))


def _tied(distance: FloatArray) -> BoolArray:
    """Which distances (B, m) are the least of their row, up to TIE; none where a row holds nan only."""
    known = np.where(np.isnan(distance), np.inf, distance)
    least = known.min(axis=1, keepdims=True)
    return np.asarray(np.isfinite(known) & (known <= least + TIE))


def _relative(rounds: pd.DataFrame, benchmark: str, by: list[str]) -> pd.DataFrame:
    """RAD, RD and Smith's alpha by group, of the market rounds that have both prices."""
    price = rounds[f"price_{benchmark}"]
    gap = rounds["price"] - price
    frame = rounds[by].assign(gap=gap, size=gap.abs(), square=gap**2, base=price.where(gap.notna()))
    mean = frame.groupby(by)[["gap", "size", "square", "base"]].mean()
    return pd.DataFrame(
        {"rad": mean["size"] / mean["base"], "rd": mean["gap"] / mean["base"], "smith_alpha": 100 * np.sqrt(mean["square"]) / mean["base"]}
    )


_COLUMNS = (
    "cell", "benchmark", "market_rounds", "independent_units", "mean_log_deviation", "sd_log_deviation", "mean_abs_log_deviation",
    "least_unit_mean_abs", "largest_unit_mean_abs", "rad", "rd", "smith_alpha",
)  # fmt: skip
_UNIT_COLUMNS = (
    "cell", "session_code", "matching_group", "benchmark", "market_rounds", "mean_log_deviation", "mean_abs_log_deviation", "rad", "rd",
    "smith_alpha",
)  # fmt: skip
