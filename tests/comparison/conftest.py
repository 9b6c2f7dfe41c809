"""Sessions written, read back and compared, for the tests of the statistics."""

from dataclasses import dataclass

import pytest

from comparison.checking.validation import check_export
from comparison.data.markets import MarketRound, market_rounds
from comparison.data.reading import read_export
from comparison.statistics.benchmarks import Prediction, predictions
from comparison.statistics.blocks import Block, blocks
from comparison.statistics.tables import Tables, compute_tables
from tests.comparison.reports import report
from tests.synthetic import alpha_star, beta, noisy, play, write_export


@dataclass(frozen=True)
class Compared:
    markets: tuple[MarketRound, ...]
    predicted: tuple[Prediction, ...]
    blocks: tuple[Block, ...]
    tables: Tables

    @property
    def block(self) -> Block:
        (block,) = self.blocks
        return block


@pytest.fixture
def compare(tmp_path_factory):
    def compared(*sessions) -> Compared:
        export = read_export(write_export(tmp_path_factory.mktemp("export"), sessions))
        markets = market_rounds(export)
        predicted = predictions(markets)
        return Compared(markets, predicted, blocks(markets), compute_tables(markets, predicted, check_export(export, markets)))

    return compared


@pytest.fixture(scope="session")
def whole_report(tmp_path_factory):
    """The folder of a report with everything, on one treatment with errors; only to be looked at."""
    folder = tmp_path_factory.mktemp("whole")
    erring = {"first": noisy(alpha_star, 20), "second": noisy(beta, 20)}
    report(folder, play(code="$\\frac$", participants=8, rounds=4, treatment="a.b-c", **erring), figures=True)
    return folder
