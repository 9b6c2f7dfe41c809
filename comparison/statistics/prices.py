"""Prices: how far the observed stage-2 price is from each benchmark, and from Nash where that is
low or high.

With p the observed price of a market round and p_m that of benchmark m:

==================  ===============================================================================================  ==============
statistic           formula                                                                                          unit
==================  ===============================================================================================  ==============
log deviation       ln(p/p_m), by market round; p and 1/p deviate equally                                            logarithm
RAD                 mean |p - p_m| / mean p_m (Stöckl, Huber and Kirchler 2010)                                      share
RD                  mean (p - p_m) / mean p_m, its signed version (the same)                                         share
Smith's alpha       100 sqrt(mean (p - p_m)^2) / mean p_m (Smith 1962, with a benchmark that varies by round)        percent
==================  ===============================================================================================  ==============

RAD, RD and alpha are computed over the market rounds of an independent unit, and of a treatment.
They depend on which good is the numeraire; the log deviation does not. In means of signed
deviations, those above and below cancel; absolute deviations do not.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from comparison.statistics.benchmarks import BENCHMARKS, NASH
from comparison.statistics.quarters import in_quarters
from comparison.statistics.units import UNIT, unit_count
from theory.economy.arrays import FloatArray


def price_deviations(observed: FloatArray, benchmarks: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
    """ln(p/p_m) by benchmark, each (B,); nan if either price is not known or not positive."""
    return {name: _log_ratio(observed, price) for name, price in benchmarks.items()}


def price_table(rounds: pd.DataFrame) -> pd.DataFrame:
    """The observed price against each benchmark, by cell."""
    table = []
    for cell, here in rounds.groupby("cell"):
        relative = _relative(_means(here, ["cell"]))
        for place, benchmark in enumerate(BENCHMARKS):
            deviation = here[f"log_deviation_{benchmark}"].dropna()
            by_unit = here[[*UNIT]].assign(size=here[f"log_deviation_{benchmark}"].abs()).groupby(UNIT)["size"].mean().dropna()
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
                    **relative.loc[(cell, place)].to_dict(),
                }
            )
    return pd.DataFrame(table, columns=_COLUMNS)


def price_unit_table(rounds: pd.DataFrame) -> pd.DataFrame:
    """The same statistics by independent unit and benchmark."""
    mean = _means(rounds, ["cell", *UNIT])
    found = mean[["market_rounds", "mean_log_deviation", "mean_abs_log_deviation"]].join(_relative(mean)).reset_index()
    names = pd.Series([BENCHMARKS[place] for place in found["place"]], dtype=str)
    return found.assign(benchmark=names).reindex(columns=_UNIT_COLUMNS)


def price_part_table(rounds: pd.DataFrame) -> pd.DataFrame:
    """The observed price against Nash at each state, and in each quarter of the market rounds by Nash price, by cell.

    ``mean_nash`` and ``mean_price`` are geometric means, so that their ratio has the logarithm ``mean_log_deviation``.
    """
    column, table = f"log_deviation_{NASH}", []
    for cell, here in rounds[rounds[f"log_deviation_{NASH}"].notna()].groupby("cell"):
        states = [(f"state {state}", part) for state, part in here.groupby("state")]
        quarters = [(f"Nash price {name}", part) for name, part in in_quarters(here, f"price_{NASH}")]
        for name, part in (*states, *quarters):
            table.append(
                {
                    "cell": cell,
                    "part": name,
                    "market_rounds": len(part),
                    "independent_units": unit_count(part),
                    "mean_nash": float(np.exp(np.log(part[f"price_{NASH}"]).mean())),
                    "mean_price": float(np.exp(np.log(part["price"]).mean())),
                    "mean_log_deviation": part[column].mean(),
                    "mean_abs_log_deviation": part[column].abs().mean(),
                }
            )
    return pd.DataFrame(table, columns=_PART_COLUMNS)


def _log_ratio(price: FloatArray, benchmark: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((price > 0) & (benchmark > 0), np.log(price / benchmark), np.nan))


def _means(rounds: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """What the statistics are made of, by group and by the benchmark's ``place`` in their list: all in one pass, which saves time."""
    frames = []
    for place, benchmark in enumerate(BENCHMARKS):
        deviation, price = rounds[f"log_deviation_{benchmark}"], rounds[f"price_{benchmark}"]
        gap = rounds["price"] - price
        numbers = {"mean_log_deviation": deviation, "mean_abs_log_deviation": deviation.abs()}
        numbers |= {"gap": gap, "size": gap.abs(), "square": gap**2, "base": price.where(gap.notna())}
        frames.append(rounds[by].assign(place=place, **numbers))
    groups = pd.concat(frames).groupby([*by, "place"])
    return groups.mean().assign(market_rounds=groups["mean_log_deviation"].count())


def _relative(mean: pd.DataFrame) -> pd.DataFrame:
    """RAD, RD and Smith's alpha, of the market rounds that have both prices."""
    return pd.DataFrame(
        {"rad": mean["size"] / mean["base"], "rd": mean["gap"] / mean["base"], "smith_alpha": 100 * np.sqrt(mean["square"]) / mean["base"]}
    )


_COLUMNS = (
    "cell", "benchmark", "market_rounds", "independent_units", "mean_log_deviation", "sd_log_deviation", "mean_abs_log_deviation",
    "least_unit_mean_abs", "largest_unit_mean_abs", "rad", "rd", "smith_alpha",
)  # fmt: skip
_PART_COLUMNS = (
    "cell", "part", "market_rounds", "independent_units", "mean_nash", "mean_price", "mean_log_deviation", "mean_abs_log_deviation",
)  # fmt: skip
_UNIT_COLUMNS = (
    "cell", "session_code", "matching_group", "benchmark", "market_rounds", "mean_log_deviation", "mean_abs_log_deviation", "rad", "rd",
    "smith_alpha",
)  # fmt: skip
