"""Stage 1: how far first offers are from alpha*, what that costs, and as which type they are read.

==============================  ============================================================================================
statistic                       formula
==============================  ============================================================================================
deviation                       y(a) - y(alpha*(x)) in shares of the endowment; q1(a) of eq. (5) is q-bar (1 + y)
regret                          G_x(alpha*) - G_x(a) of eq. (4), in points as paid
share of regret                 regret/(G_x(alpha*) - G_x(0)): 0 at alpha*, 1 where nothing is offered
share inside I(x)               of typed offers, those that I(.) of eq. (6) reads as the subject's own type's
confusion matrix                of the typed offers of a type, the part that is read as each type's
==============================  ============================================================================================

A subject who made no offer has no deviation and no regret, and is not read.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from comparison.statistics.blocks import Block, in_offers
from comparison.statistics.measures import expected_points_paid, share_of
from comparison.statistics.units import subject_count, unit_count
from theory.economy.arrays import FloatArray
from theory.information.beliefs import private_posterior
from theory.mechanism import bundles_at_price


def stage1_regret(block: Block, alpha_star: FloatArray) -> tuple[FloatArray, FloatArray]:
    """By row (n,): G_x(alpha*) - G_x(a) in points as paid, and its share of G_x(alpha*) - G_x(0);
    nan without an offer in O.

    ``alpha_star`` (K, 2). If the floor does not bind, points as paid are those of eq. (4) and the
    regret is at least 0; the share is nan if alpha* gains nothing.
    """
    best = _value(block, alpha_star[block.type_index])
    regret = best - _value(block, np.where(in_offers(block, block.first)[:, None], block.first, np.nan))
    return regret, share_of(regret, best - _value(block, np.zeros_like(block.first)))


def stage1_table(offers: pd.DataFrame) -> pd.DataFrame:
    """Typed first offers against alpha* by cell and type, in shares of the endowment; regrets in points."""
    table = []
    for (cell, kind), here in offers.groupby(["cell", "type"]):
        table.append(
            {
                "cell": cell,
                "type": kind,
                "offers": len(here),
                "subjects": subject_count(here),
                "independent_units": unit_count(here),
                "alpha_star": here["alpha_star"].iloc[0],
                "mean": here["stage1"].mean(),
                "sd": here["stage1"].std(ddof=1),
                "mean_deviation": here["stage1_deviation"].mean(),
                "mean_abs_deviation": here["stage1_deviation"].abs().mean(),
                "share_inside_interval": here["inside_interval"].mean(),
                "mean_regret": here["stage1_regret"].mean(),
                "median_regret": here["stage1_regret"].median(),
                "median_regret_share": here["stage1_regret_share"].median(),
            }
        )
    return pd.DataFrame(table, columns=_COLUMNS)


def confusion(offers: pd.DataFrame) -> pd.DataFrame:
    """Typed first offers that are read, by cell, type and the type they are read as; shares are of the type's offers."""
    read = offers[offers["read_as"] != ""]
    table = []
    for cell, here in read.groupby("cell"):
        kinds = sorted({*here["type"], *here["read_as"]})
        counted = pd.crosstab(here["type"], here["read_as"]).reindex(index=kinds, columns=kinds, fill_value=0)
        for kind in kinds:
            whole = int(counted.loc[kind].sum())
            table += [
                {"cell": cell, "type": kind, "read_as": seen, "offers": int(n), "share": n / whole if whole else np.nan}
                for seen, n in counted.loc[kind].items()
            ]
    return pd.DataFrame(table, columns=("cell", "type", "read_as", "offers", "share"))


def _value(block: Block, offers: FloatArray) -> FloatArray:
    """G_x(a) of eq. (4) in points as paid, by row (n,)."""
    env = block.environment
    bundles = bundles_at_price(offers, env.fixed_price, env.endowment)
    return expected_points_paid(env, block.type_index, bundles, private_posterior(env)[block.type_index])


_COLUMNS = (
    "cell", "type", "offers", "subjects", "independent_units", "alpha_star", "mean", "sd", "mean_deviation", "mean_abs_deviation",
    "share_inside_interval", "mean_regret", "median_regret", "median_regret_share",
)  # fmt: skip
