"""The section on learning: how distances change over paid rounds, and the values they approach."""

from __future__ import annotations

import math
from collections.abc import Mapping

from comparison.cellwriters import number, percent, whole, words
from comparison.exhibits import Folded, Section, TableShown
from comparison.findings import Findings
from comparison.page import paragraph
from comparison.report.answers import answers
from comparison.report.terms import Drawn, figures, interval, spoken

MEASURE_NAMES: Mapping[str, str] = {
    "log_price_deviation": "ln(price / Nash)",
    "abs_log_price_deviation": "|ln(price / Nash)|",
    "abs_stage1_deviation": "|first offer \u2212 alpha*|",
    "abs_stage2_deviation": "|second offer \u2212 beta|",
    "stage1_regret": "regret of first offers, points",
    "stage2_regret": "regret of second offers, points",
    "efficiency_active": "efficiency",
    "info_kl": "divergence of what is announced, nats",
}


def learning_section(found: Findings, drawn: Drawn) -> Section:
    """Means by round, asymptotes, and tests of change."""
    tables = found.tables
    prices = tables.asymptotes[tables.asymptotes["measure"] == "abs_log_price_deviation"]
    return Section(
        "learning",
        "Learning",
        (
            paragraph(
                "Distances from the prediction by paid round; with learning towards the equilibrium they would fall.",
                "States and types are drawn anew each round, so single rounds differ in how far apart the predictions are.",
                "The asymptote is the value that all units approach as rounds go on, each from a start of its own "
                "(Noussair, Plott and Riezman 1995).",
            ),
            *(paragraph(_sentence(row)) for row in spoken(prices)),
            figures(drawn, "learning"),
            _asymptote_table(found),
            *answers(found.tests, found.economies, "Does the price's distance", "Does efficiency change"),
            Folded("Means by round", (_round_table(found),)),
        ),
    )


def _sentence(row: object) -> str:
    assert isinstance(row, dict)
    if math.isnan(row["asymptote"]):
        return f"In treatment {row['cell']}, no asymptote can be computed: no unit has two rounds with a price."
    return (
        f"In treatment {row['cell']}, the price's mean distance from the Nash price, |ln(price / Nash)|, starts at "
        f"{number(3)(row['mean_start'])} and approaches {number(3)(row['asymptote'])} ({interval(row['low'], row['high'])}, "
        f"{row['independent_units']} units)."
    )


def _asymptote_table(found: Findings) -> TableShown:
    frame = found.tables.asymptotes
    columns = (
        ("cell", "Treatment", words), ("name", "Measure", words), ("observations", "Unit rounds", whole),
        ("independent_units", "Units", whole),
        ("mean_start", "Start", number(3)), ("asymptote", "Asymptote", number(3)), ("standard_error", "SE", number(3)),
        ("low", "95 % from", number(3)), ("high", "to", number(3)),
    )  # fmt: skip
    note = (
        "Least squares of unit means on D_i (1/t), one for each unit, and (t \u2212 1)/t; start is the mean over units. Standard "
        "errors are clustered "
        "by unit, which makes them too small where units are few."
    )
    shown = frame.assign(name=[MEASURE_NAMES[measure] for measure in frame["measure"]])
    return TableShown("asymptotes", shown, columns, "Where measures start and what they approach", note)


def _round_table(found: Findings) -> TableShown:
    columns = (
        ("cell", "Treatment", words), ("paid_round", "Paid round", whole), ("market_rounds", "Market rounds", whole),
        ("abs_log_price_deviation", "|ln(price / Nash)|", number(3)), ("abs_stage1_deviation", "|first offer \u2212 alpha*|", number(3)),
        ("abs_stage2_deviation", "|second offer \u2212 beta|", number(3)), ("efficiency_active", "Efficiency", percent),
        ("efficiency_nash_active", "in Nash", percent),
    )  # fmt: skip
    return TableShown("learning", found.tables.learning, columns, "Means by paid round")
