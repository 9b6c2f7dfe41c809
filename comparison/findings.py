"""Everything that is known about a data set before a report is written: what was read, checked,
predicted, computed, tested and estimated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import joblib
import pandas as pd

from comparison.behaviour.parallel import spread
from comparison.behaviour.results import BehaviourTables, CellChoices, Estimated, behaviour_tables, cells_of, estimated
from comparison.checking.validation import Checks, check_export
from comparison.data.differences import difference_sentences
from comparison.data.markets import MarketRound, market_rounds
from comparison.data.reading import Export, InvalidExport, read_exports
from comparison.hypotheses import Margins, hypothesis_tests
from comparison.inference.result import SEED
from comparison.statistics.benchmarks import Economy, Prediction, predictions
from comparison.statistics.cells import cell_labels
from comparison.statistics.exclusions import exclusions
from comparison.statistics.tables import Tables, compute_tables
from theory.equilibrium.stage2 import NotSolved
from theory.mechanism import net_offers

CONTRADICTION_COLUMNS = ("file", "row", "session", "round", "market", "participant", "column", "found", "implied", "rule")


@dataclass(frozen=True)
class Wanted:
    """The request for a report.

    Whether to estimate behaviour, and with how many resamples; the margins within which data agree;
    the seed; whether to draw figures.
    """

    estimate: bool = False
    resamples: int = 200
    margins: Margins = field(default_factory=Margins)
    seed: int = SEED
    figures: bool = True


@dataclass(frozen=True, eq=False)
class Findings:
    """``economies`` by cell; ``tests`` are the planned ones; ``behaviour`` is None if no estimation
    was requested.
    """

    export: Export
    checks: Checks
    tables: Tables
    economies: Mapping[str, Economy]
    tests: pd.DataFrame
    behaviour: BehaviourTables | None
    wanted: Wanted

    def warnings(self) -> list[str]:
        """Warnings to read before any number: where sessions that were not run alike are pooled."""
        return difference_sentences(self.tables.session_differences)

    def files(self) -> pd.DataFrame:
        """The files of the exports and the kind that each was taken for."""
        return pd.DataFrame([{"name": file.name, "kind": file.kind, "rows": file.rows} for file in self.export.files])

    def named(self) -> Iterable[tuple[str, pd.DataFrame]]:
        """Every table in full, with the name of its file."""
        yield from self.tables.named()
        yield "files_read", self.files()
        yield "predicted_offers", predicted_offers(self.economies)
        yield "predicted_prices", predicted_prices(self.economies)
        yield "contradictions", pd.DataFrame(contradiction_rows(self.checks), columns=CONTRADICTION_COLUMNS)
        yield "tests", self.tests
        if self.behaviour is not None:
            yield "estimates", self.behaviour.estimates
            yield "model_comparison", self.behaviour.model_comparison


def find(export_directories: Sequence[str | Path], wanted: Wanted) -> Findings:
    """Read, check, predict, compute, test, and estimate if requested. Raises InvalidExport if the
    exports cannot be read.
    """
    export = read_exports(export_directories)
    markets = market_rounds(export)
    if not markets:
        raise InvalidExport(f"All {len(export.unfinished)} rows are from rounds that did not end, so there is nothing to compare.")
    checks = check_export(export, markets)
    predicted = _predicted(markets)
    tables = replace(compute_tables(markets, predicted, checks), exclusions=exclusions(export, markets, checks))
    labels = cell_labels([market.session for market in markets])
    found = {labels[market.session.code]: prediction.economy for market, prediction in zip(markets, predicted, strict=True)}
    return Findings(
        export=export,
        checks=checks,
        tables=tables,
        economies={cell: found[cell] for cell in sorted(found)},
        tests=hypothesis_tests(tables.decisions_compared, tables.market_rounds, wanted.margins, wanted.seed),
        behaviour=_behaviour(markets, checks, wanted) if wanted.estimate else None,
        wanted=wanted,
    )


def predicted_offers(economies: Mapping[str, Economy]) -> pd.DataFrame:
    """alpha* and I(x) by cell and type, net, in shares of the endowment."""
    table = []
    for cell, economy in economies.items():
        env, alpha = economy.environment, net_offers(economy.alpha_star, economy.environment.endowment)
        for x, name in enumerate(env.types):
            low, high = (float(end[x]) / env.endowment_q - 1 for end in (economy.lowest, economy.highest))
            table.append({"cell": cell, "type": name, "alpha_star": float(alpha[x]), "interval_low": low, "interval_high": high})
    return pd.DataFrame(table)


def predicted_prices(economies: Mapping[str, Economy]) -> pd.DataFrame:
    """The competitive price by cell and state, beside the prior and p1."""
    table = []
    for cell, economy in economies.items():
        env = economy.environment
        for z, name in enumerate(env.states):
            known = {"cell": cell, "state": name, "prior": float(env.prior[z]), "fixed_price": float(env.fixed_price)}
            table.append({**known, "competitive_price": float(economy.price[z])})
    return pd.DataFrame(table)


def contradiction_rows(checks: Checks) -> list[dict[str, object]]:
    """The contradictions as rows of a table."""
    return [
        {
            "file": wrong.place.file,
            "row": wrong.place.row,
            "session": wrong.session_code,
            "round": wrong.round_number,
            "market": wrong.market,
            "participant": wrong.participant_code,
            "column": wrong.column,
            "found": wrong.found,
            "implied": wrong.implied,
            "rule": wrong.rule,
        }
        for wrong in checks.contradictions
    ]


def _predicted(markets: Sequence[MarketRound]) -> tuple[Prediction, ...]:
    """The predictions; if an economy has none, the error names a session that played it."""
    try:
        return predictions(markets)
    except NotSolved:
        for session in {market.session.economy: market.session for market in markets}.values():
            try:
                predictions([market for market in markets if market.session.economy == session.economy])
            except NotSolved as error:
                raise InvalidExport(f"In {session.place}, json holds an environment for which the theory has no answer: {error}") from None
        raise


def _behaviour(markets: Sequence[MarketRound], checks: Checks, wanted: Wanted) -> BehaviourTables:
    cells, left_out = cells_of(markets, checks)

    def each(tasks: Sequence[tuple[CellChoices, str, int, int]]) -> list[Estimated]:
        return list(spread(estimated, tasks, min(int(joblib.cpu_count()), max(len(tasks), 1)), "estimating"))

    found = behaviour_tables(cells, resamples=wanted.resamples, seed=wanted.seed, each=each)
    return replace(found, left_out=(*left_out, *found.left_out))
