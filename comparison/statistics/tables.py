"""Play beside the predictions, as tables: one row per decision, per market round, and per
treatment.

Statistics use paid rounds without contradiction. Offers count if they were typed; prices,
information and welfare count everybody in the market, and the number of absent and robot decisions
is given beside them. docs/statistics.md lists every statistic.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

import pandas as pd

from comparison.checking.validation import Checks
from comparison.data.differences import session_differences
from comparison.data.markets import MarketRound
from comparison.statistics.benchmarks import Prediction
from comparison.statistics.blocks import blocks
from comparison.statistics.cells import cell_labels, cell_table, count_table, session_table
from comparison.statistics.decisions import decisions
from comparison.statistics.information import information_table
from comparison.statistics.learning import learning_table
from comparison.statistics.prices import price_part_table, price_table, price_unit_table
from comparison.statistics.rounds import market_round_rows
from comparison.statistics.stage1 import confusion, stage1_table
from comparison.statistics.stage2 import stage2_table
from comparison.statistics.welfare import efficiency_table, welfare_table
from experiment.offers import TYPED


@dataclass(frozen=True, eq=False)
class Tables:
    """All tables of the comparison. ``cells`` names the treatments: sessions that differ in nothing that bears on play."""

    cells: pd.DataFrame
    sessions_read: pd.DataFrame
    session_differences: pd.DataFrame
    decisions_compared: pd.DataFrame
    market_rounds: pd.DataFrame
    prices: pd.DataFrame
    prices_by_unit: pd.DataFrame
    prices_by_part: pd.DataFrame
    stage1_offers: pd.DataFrame
    confusion: pd.DataFrame
    information: pd.DataFrame
    stage2_offers: pd.DataFrame
    efficiency: pd.DataFrame
    welfare: pd.DataFrame
    learning: pd.DataFrame
    counts: pd.DataFrame
    exclusions: pd.DataFrame = field(default_factory=pd.DataFrame)

    def named(self) -> Iterable[tuple[str, pd.DataFrame]]:
        """Every table with the name of its file."""
        return ((table.name, getattr(self, table.name)) for table in fields(self))


def compute_tables(markets: Sequence[MarketRound], predicted: Sequence[Prediction], checks: Checks) -> Tables:
    """All tables, from the market rounds, their benchmarks and the outcome of the checks."""
    labels = cell_labels([market.session for market in markets])
    economies = blocks(markets)
    by_row, by_round = [], []
    for block in economies:
        mine = [predicted[place] for place in block.places]
        by_row.append(decisions(block, mine, labels, checks.markets()))
        by_round.append(market_round_rows(block, mine, by_row[-1]))
    all_decisions, rounds = pd.concat(by_row).sort_index(), pd.concat(by_round).sort_index()
    used, used_rounds = all_decisions[all_decisions["used"]], rounds[rounds["used"]]
    first, second = used[used["stage1_source"] == TYPED], used[used["stage2_source"] == TYPED]
    return Tables(
        cells=cell_table(markets, predicted, labels, rounds),
        sessions_read=session_table(markets, labels, rounds, checks),
        session_differences=session_differences({market.session.code: market.session for market in markets}.values(), labels),
        decisions_compared=all_decisions,
        market_rounds=rounds,
        prices=price_table(used_rounds),
        prices_by_unit=price_unit_table(used_rounds),
        prices_by_part=price_part_table(used_rounds),
        stage1_offers=stage1_table(first),
        confusion=confusion(first),
        information=information_table(used_rounds),
        stage2_offers=stage2_table(second),
        efficiency=efficiency_table(used_rounds),
        welfare=welfare_table(used_rounds),
        learning=learning_table(used, used_rounds),
        counts=count_table(all_decisions, rounds),
    )
