"""One row per market round: the price beside its benchmarks, what the announcement revealed, and
welfare.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from comparison.data.stage_columns import STAGE1, STAGE2
from comparison.statistics.benchmarks import BENCHMARKS, NASH, Prediction
from comparison.statistics.blocks import Block
from comparison.statistics.information import information
from comparison.statistics.prices import price_deviations
from comparison.statistics.welfare import gains, welfare
from experiment.offers import ABSENT
from theory.economy.arrays import FloatArray
from theory.equilibrium.stage1 import UNREAD
from theory.information.beliefs import configuration_text


def market_round_rows(block: Block, predicted: Sequence[Prediction], rows: pd.DataFrame) -> pd.DataFrame:
    """The market rounds of a block, indexed by their place among all; ``rows`` are the block's
    decisions.
    """
    first = rows.iloc[np.searchsorted(block.market, np.arange(block.size))].set_axis(block.places)
    read_as = np.concatenate([market.read_as for market in predicted])
    observed = _observed(block)
    benchmarks = {name: np.array([market.prices[name] for market in predicted]) for name in BENCHMARKS}
    deviations = price_deviations(observed, benchmarks)
    nash = np.concatenate([market.nash_offers for market in predicted])
    misread = (read_as != block.type_index) & (read_as != UNREAD) & block.active
    columns = {
        "agents": block.sums(np.ones_like(block.active)).astype(int),
        "actives": block.sums(block.active).astype(int),
        "types_active": [configuration_text(block.environment, counts) for counts in block.configuration],
        "shut_down": [market.shut_down for market in block.markets],
        "price": observed,
        **{f"price_{name}": price for name, price in benchmarks.items()},
        **{f"log_deviation_{name}": deviation for name, deviation in deviations.items()},
        "log_deviation_grid": price_deviations(block.clear(_on_grid(block, nash))[0], {NASH: benchmarks[NASH]})[NASH],
        "misread": block.sums(misread).astype(int),
        "missed": block.sums((rows["stage1_source"] == ABSENT) & block.active).astype(int),
        **{
            column: block.sums(rows[stage.source] == source).astype(int)
            for stage in (STAGE1, STAGE2)
            for source, column in stage.counted.items()
        },
        "stage2_repeated": block.sums(rows["stage2_repeated"]).astype(int),
        **information(block, predicted[0].economy, read_as),
        **gains(block, rows),
        **welfare(block),
    }
    return pd.concat([first[list(_KNOWN)], pd.DataFrame(columns, index=block.places)], axis=1)


def _on_grid(block: Block, offers: FloatArray) -> FloatArray:
    """The offers (n, 2) of each session's grid that are nearest to the given ones."""
    step = np.array([float(market.session.settings.grid.step) for market in block.markets])[block.market, None]
    return np.asarray(np.minimum(np.rint(offers / step) * step, block.environment.endowment))


_KNOWN = (
    "cell", "session_code", "treatment", "environment", "matching_group", "round_number", "paid_round", "practice", "market",
    "contradicted", "used", "state",
)  # fmt: skip


def _observed(block: Block) -> FloatArray:
    """The price at which the active traded (B,), nan if they did not."""
    said = [row.decision.price for market in block.markets for row in market.rows]
    price = np.array([np.nan if value is None else value for value in said])
    least = np.full(block.size, np.inf)
    rows = block.active & ~np.isnan(price)
    np.minimum.at(least, block.market[rows], price[rows])
    return np.where(np.isinf(least), np.nan, least)
