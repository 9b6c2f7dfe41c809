"""Stage 2: how far second offers are from beta^sigma and what that costs.

==================  ========================================================================================================
statistic           formula
==================  ========================================================================================================
deviation           y(b) - y(beta^sigma(x)) in shares of the endowment, and the same from s2* as announced
regret              H(b*) - H(b) in points as paid: H(b) is what b pays in expectation under phi^sigma against the others'
                    offers as made (eq. 10 and 11), and b* the best reply to them, eq. (13)-(17)
share of regret     regret/(H(b*) - H(0))
wrong side          1 where b is an offer of one good and beta^sigma of the other, else 0
==================  ========================================================================================================

A subject who made no offer at stage 2 has none of these. If nothing was announced, phi^sigma is
more than subjects could know, and regret then includes the cost of that ignorance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from comparison.statistics.blocks import Block, in_offers
from comparison.statistics.measures import expected_points_paid, share_of
from comparison.statistics.units import subject_count, unit_count
from theory.economy.arrays import BoolArray, FloatArray
from theory.equilibrium.best_reply import best_reply
from theory.mechanism import bundle_against_totals


def stage2_regret(block: Block) -> tuple[FloatArray, FloatArray]:
    """By row (n,): H(b*) - H(b) in points as paid, and its share of H(b*) - H(0); nan without an
    offer in O.

    If the floor does not bind, the regret is at least 0, up to rounding; the share is nan if b*
    gains nothing.
    """
    regret, share = np.full((2, len(block.market)), np.nan)
    rows = in_offers(block, block.second) & np.isfinite(block.others).all(axis=1) & block.solvable[block.market]
    if rows.any():
        others, kinds, belief = block.others[rows], block.type_index[rows], block.belief[block.market[rows]]
        best = best_reply(block.environment, kinds, belief, others[:, 0], others[:, 1])
        values = [_value(block, rows, offers) for offers in (best, block.second[rows], np.zeros_like(best))]
        regret[rows], share[rows] = values[0] - values[1], share_of(values[0] - values[1], values[0] - values[2])
    return regret, share


def wrong_side(offered: FloatArray, predicted: FloatArray) -> FloatArray:
    """1 where net offers (n,) have the opposite sign of the predicted ones, else 0; nan if either
    is not known.
    """
    opposite = (np.sign(offered) * np.sign(predicted) < 0).astype(float)
    return np.where(np.isnan(offered) | np.isnan(predicted), np.nan, opposite)


def stage2_table(offers: pd.DataFrame) -> pd.DataFrame:
    """Typed second offers against beta by cell and type, in shares of the endowment; regrets in points."""
    table = []
    for (cell, kind), here in offers.groupby(["cell", "type"]):
        predicted = here[here["beta"].notna()]
        table.append(
            {
                "cell": cell,
                "type": kind,
                "offers": len(here),
                "subjects": subject_count(here),
                "independent_units": unit_count(here),
                "mean_beta": predicted["beta"].mean(),
                "mean": here["stage2"].mean(),
                "sd": here["stage2"].std(ddof=1),
                "mean_deviation": predicted["stage2_deviation"].mean(),
                "mean_abs_deviation": predicted["stage2_deviation"].abs().mean(),
                "mean_abs_deviation_announced": here["announced_deviation"].abs().mean(),
                "share_wrong_side": here["wrong_side"].mean(),
                "mean_regret": here["stage2_regret"].mean(),
                "median_regret": here["stage2_regret"].median(),
                "median_regret_share": here["stage2_regret_share"].median(),
            }
        )
    return pd.DataFrame(table, columns=_COLUMNS)


def _value(block: Block, rows: BoolArray, offers: FloatArray) -> FloatArray:
    """H(b) in points as paid, of offers (m, 2) by the chosen rows."""
    env, others = block.environment, block.others[rows]
    bundles = bundle_against_totals(offers, others[:, 0], others[:, 1], env.endowment)
    return expected_points_paid(env, block.type_index[rows], bundles, block.belief[block.market[rows]])


_COLUMNS = (
    "cell", "type", "offers", "subjects", "independent_units", "mean_beta", "mean", "sd", "mean_deviation", "mean_abs_deviation",
    "mean_abs_deviation_announced", "share_wrong_side", "mean_regret", "median_regret", "median_regret_share",
)  # fmt: skip
