"""The section on learning: distances from the prediction by paid round, and whether they change."""

from __future__ import annotations

from comparison.exhibits.cell_writers import number, percent, whole, words
from comparison.exhibits.html_page import paragraph
from comparison.exhibits.report_parts import Folded, ReportSection, TableShown
from comparison.findings import Findings
from comparison.report.answers import answers
from comparison.report.terms import Drawn, figures


def learning_section(found: Findings, drawn: Drawn) -> ReportSection:
    """Means by round, and tests of change."""
    return ReportSection(
        "learning",
        "Learning",
        (
            paragraph(
                "Distances from the prediction by paid round; with learning towards the equilibrium they would fall.",
                "States and types are drawn anew each round, so single rounds differ in how far apart the predictions are, and a line "
                "that rises or falls is not evidence of learning: the tests below compare the last third of the rounds with the first, "
                "unit by unit.",
            ),
            figures(drawn, "learning"),
            *answers(
                found.tests,
                found.economies,
                "Does the price's distance",
                "Does first offers' distance",
                "Does second offers' distance",
                "Does efficiency change",
            ),
            Folded("Means by round", (_round_table(found),)),
        ),
    )


def _round_table(found: Findings) -> TableShown:
    columns = (
        ("cell", "Treatment", words), ("paid_round", "Paid round", whole), ("market_rounds", "Market rounds", whole),
        ("abs_log_price_deviation", "|ln(price / Nash)|", number(3)), ("abs_stage1_deviation", "|first offer \u2212 alpha*|", number(3)),
        ("abs_stage2_deviation", "|second offer \u2212 beta|", number(3)), ("efficiency_active", "Efficiency", percent),
        ("efficiency_nash_active", "in Nash", percent),
    )  # fmt: skip
    return TableShown("learning", found.tables.learning, columns, "Means by paid round")
