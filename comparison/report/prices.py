"""The section on prices: the observed price beside ten benchmarks, and beside the Nash price where
that is low or high.
"""

from __future__ import annotations

import math

import pandas as pd

from comparison.exhibits.cell_writers import number, whole, words
from comparison.exhibits.html_page import paragraph
from comparison.exhibits.report_parts import Column, Folded, ReportSection, TableShown
from comparison.findings import Findings
from comparison.report.answers import answers
from comparison.report.terms import BENCHMARK_NAMES, LONGEST_PROSE, Drawn, count_of, factor, figures, silent_names
from comparison.statistics.benchmarks import ANNOUNCED, COMPETITIVE, NASH
from comparison.statistics.tables import Tables


def price_section(found: Findings, drawn: Drawn) -> ReportSection:
    """Benchmarks in words, sentences by treatment, figures, tables, tests."""
    tables = found.tables
    cells = list(dict.fromkeys(tables.prices["cell"]))[:LONGEST_PROSE]
    return ReportSection(
        "prices",
        "Prices",
        (
            paragraph(
                "The observed price of each market round is compared with prices of the theory and of its rivals.",
                "Nash at the true types is the equilibrium of stage 2 if all active types are known (Proposition 1).",
                "Nash as announced is the price if every active subject plays s2* of eq. (7) to (10): their own type as it is, the others' "
                "types as I(x) reads their first offers in the announced histogram; it differs from the former only where a first offer "
                "of an active subject was read as the wrong type's or was missed. Where nothing is announced, it is the price if "
                "everybody plays the equilibrium in which the others' types stay unknown (section 3.3 with one signal).",
                "The competitive price is that of the large economy in which the state is known (Lemma 2); a finite market need not be "
                "near it even in equilibrium, because its types reveal the state imperfectly and each offer moves the price.",
                "The others differ from these in what agents know about the state (all active types, their own type, the prior), or in "
                "that nobody offers, or that everybody repeats the first offer.",
            ),
            *(paragraph(_sentence(cell, tables), _grid_sentence(cell, tables)) for cell in cells),
            figures(drawn, "prices_by_round", "prices_against_nash"),
            _price_table(tables),
            _part_table(tables),
            *answers(found.tests, cells, "Does the price differ", "Does the price agree"),
            Folded("Every market round", (_rounds_table(tables),)),
        ),
    )


def _sentence(cell: str, tables: Tables) -> str:
    here = tables.prices[tables.prices["cell"] == cell].set_index("benchmark")
    nash, rounds = here.loc[NASH], tables.market_rounds[tables.market_rounds["used"] & (tables.market_rounds["cell"] == cell)]
    if not nash["market_rounds"]:
        return f"In treatment {cell}, no market round has both an observed price and a Nash price."
    away = here["mean_abs_log_deviation"]
    sentence = (
        f"In treatment {cell}, the observed price differs from the Nash price at the true types by {factor(away[NASH])} on average "
        f"(mean |ln deviation| {number(3)(away[NASH])}, {count_of(int(nash['market_rounds']), 'market round')} in "
        f"{count_of(int(nash['independent_units']), 'independent unit')}), and from the competitive price at the state by "
        f"{factor(away[COMPETITIVE])}."
    )
    misread, missed = (int((rounds[column] > 0).sum()) for column in ("misread", "missed"))
    if here.loc[ANNOUNCED, "market_rounds"] and cell in silent_names(tables.cells):
        sentence += (
            " Nothing was announced; from the price of the equilibrium in which types stay unknown the observed price differs by "
            f"{factor(away[ANNOUNCED])}."
        )
    elif here.loc[ANNOUNCED, "market_rounds"]:
        sentence += (
            f" In {misread} of {count_of(len(rounds), 'market round')} some active subject's first offer was read as another type's, and "
            f"in {missed} one was missed; from the Nash price at the announced histogram the observed price differs by "
            f"{factor(away[ANNOUNCED])}."
        )
    return sentence


def _grid_sentence(cell: str, tables: Tables) -> str:
    """How far off even subjects who play Nash would be, because they can only offer multiples of
    the grid's step.
    """
    rounds = tables.market_rounds[tables.market_rounds["used"] & (tables.market_rounds["cell"] == cell)]
    moved = rounds["log_deviation_grid"].abs().mean()
    if math.isnan(moved):
        return ""
    return (
        f"Offers are made on a grid: rounding the Nash offers to it would by itself move the price by {factor(moved)} on average "
        f"(mean |ln deviation| {number(3)(moved)})."
    )


def _price_table(tables: Tables) -> TableShown:
    columns = (
        ("cell", "Treatment", words), ("name", "Benchmark", words), ("market_rounds", "Market rounds", whole),
        ("independent_units", "Units", whole), ("mean_log_deviation", "Signed mean ln deviation", number(3, True)),
        ("sd_log_deviation", "SD", number(3)), ("mean_abs_log_deviation", "Mean |ln deviation|", number(3)),
        ("least_unit_mean_abs", "least unit", number(3)), ("largest_unit_mean_abs", "largest unit", number(3)), ("rad", "RAD", number(3)),
        ("smith_alpha", "Smith's alpha, %", number(1)),
    )  # fmt: skip
    note = (
        "ln deviation is ln(observed / benchmark); 0.1 is about 10 percent. In the signed mean, deviations above and below cancel, so that "
        "a value near 0 is no sign of agreement; the mean of |ln deviation| shows how far off prices are. Least and largest unit are "
        "means over a matching group. RAD, the relative absolute deviation, is the mean distance as a share of the mean benchmark; Smith's "
        "alpha is the root of the mean squared distance, in percent of it. The last two depend on which good counts as money, the "
        "logarithm does not."
    )
    return TableShown("prices", _with_names(tables.prices), columns, "Stage-2 prices against the theory", note)


def _part_table(tables: Tables) -> TableShown:
    columns = (
        ("cell", "Treatment", words), ("part", "Market rounds with", words), ("market_rounds", "Number", whole),
        ("independent_units", "Units", whole), ("mean_nash", "Nash price, mean", number(3)), ("mean_price", "Observed, mean", number(3)),
        ("mean_log_deviation", "Signed mean ln deviation", number(3, True)),
        ("mean_abs_log_deviation", "Mean |ln deviation|", number(3)),
    )  # fmt: skip
    note = (
        "Market rounds by state, and in quarters by the Nash price at the true types. Means are over market rounds, those of prices "
        "geometric; the tests below average over the units' means. Prices that react too little to what the types tell lie above the "
        "Nash price where that is low and below it where that is high."
    )
    return TableShown("prices_by_part", tables.prices_by_part, columns, "Prices where the Nash price is low and where it is high", note)


def _with_names(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(name=[BENCHMARK_NAMES[benchmark] for benchmark in frame["benchmark"]])


def _rounds_table(tables: Tables) -> TableShown:
    columns: list[Column] = [
        ("session_code", "Session", words), ("round", "Round", words), ("market", "Market", words), ("state", "State", words),
        ("types_active", "Active types", words), ("price", "Observed price", number(3)), (f"price_{NASH}", "Nash, true types", number(3)),
        (f"price_{ANNOUNCED}", "Nash, as announced", number(3)), (f"price_{COMPETITIVE}", "Competitive", number(3)),
        (f"log_deviation_{NASH}", "ln(observed / Nash)", number(3, True)), ("misread", "Misread", whole),
        ("efficiency_active", "Efficiency", number(2)),
    ]  # fmt: skip
    rounds = tables.market_rounds
    labels = [
        ("practice" if row.practice else str(row.paid_round))
        + (", contradicted" if row.contradicted else "")
        + (", shut down" if row.shut_down else "")
        for row in rounds[["practice", "paid_round", "contradicted", "shut_down"]].itertuples()
    ]
    if len(tables.cells) > 1:
        columns.insert(0, ("cell", "Treatment", words))
    return TableShown("market_rounds", rounds.assign(round=labels), tuple(columns), "Stage-2 prices by market round, r per q")
