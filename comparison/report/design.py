"""The section on the design: what was done in each treatment, and what the theory predicts before
anybody plays.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from comparison.exhibits.cell_writers import number, whole, words
from comparison.exhibits.html_page import bullets, paragraph
from comparison.exhibits.report_parts import Part, ReportSection, TableShown
from comparison.findings import Findings, predicted_offers, predicted_prices
from comparison.report.terms import in_part, no_threat, silent
from comparison.statistics.benchmarks import Economy
from theory.checks.assumptions import informativeness


def design_section(found: Findings) -> ReportSection:
    """Treatments, predictions, and caveats."""
    cells = found.tables.cells
    bare, quiet = no_threat(cells), silent(cells)
    lots = "nobody becomes inactive" if bare.all() else "N \u2212 M agents drawn at random become inactive and trade at the fixed price p1"
    news = "nothing of the first offers" if quiet.all() else "the histogram of their first offers"
    text = paragraph(
        "In each round nature draws a state and, given it, a type for every agent.",
        f"Everybody makes a first offer; then {lots}{in_part(bare, 'nobody')}.",
        f"The M active agents learn {news}{in_part(quiet, 'nothing')}, make a second offer, and trade at p2 = R/Q, eq. (3).",
        "An independent unit is a matching group: the largest set of subjects who ever share a market.",
    )
    return ReportSection("design", "Design", (text, _treatments(cells), *_predictions(found.economies), bullets(_cautions(found))))


def _treatments(cells: pd.DataFrame) -> TableShown:
    columns = (
        ("cell", "Treatment", words), ("environment", "Environment", words), ("agents", "Agents N", whole), ("active", "Active M", whole),
        ("announcement", "Announcement", words), ("grid", "Grid", number(2)), ("sessions", "Sessions", whole),
        ("independent_units", "Independent units", whole), ("market_rounds_used", "Market rounds used", whole),
    )  # fmt: skip
    return TableShown("cells", cells, columns, "Treatments")


def _predictions(economies: Mapping[str, Economy]) -> tuple[Part, ...]:
    """What the theory predicts before anybody plays, one row per treatment and type or state."""
    offers = (
        ("cell", "Treatment", words), ("type", "Type", words), ("alpha_star", "alpha*", number(3, True)),
        ("interval_low", "I(x) from", number(3, True)), ("interval_high", "to", number(3, True)),
    )  # fmt: skip
    prices = (
        ("cell", "Treatment", words), ("state", "State", words), ("prior", "Prior", number(3)),
        ("fixed_price", "Fixed price p1", number(3)), ("competitive_price", "Competitive price", number(3)),
    )  # fmt: skip
    note = (
        "Net offers in shares of the endowment: an offer of q is negative, an offer of r positive. I(x) holds the first offers "
        "read as type x, eq. (6)."
    )
    return (
        TableShown("predicted_offers", predicted_offers(economies), offers, "Predicted first offers, eq. (4)", note),
        TableShown("predicted_prices", predicted_prices(economies), prices, "Predicted competitive prices, r per q"),
    )


def _cautions(found: Findings) -> list[str]:
    lines, cells = [], found.tables.cells
    quiet, bare = silent(cells), no_threat(cells)
    for index, row in enumerate(cells.to_dict("records")):
        cell, economy = row["cell"], found.economies[row["cell"]]
        informative = informativeness(economy.environment)
        if informative.status == "failed":
            lines.append(f"Treatment {cell}: {informative.detail}; competitive prices and gains are only a point of reference here.")
        if quiet[index]:
            lines.append(
                f"Treatment {cell}: nothing is announced between the stages. The prediction, shown as Nash as announced, is the "
                "equilibrium in which the others' types stay unknown; price and offers at the true types are what would be played if "
                "they were known."
            )
        if economy.not_separating is not None:
            rest = "." if quiet[index] else ", and Nash as announced has no price."
            lines.append(f"Treatment {cell}: {economy.not_separating} No first offer is read as a type{rest}")
        if bare[index]:
            lines.append(
                f"Treatment {cell}: nobody becomes inactive, so a first offer is never executed and costs nothing; alpha* is then "
                "a point of reference, not a prediction."
            )
        if row["least_agents"] < row["agents"]:
            lines.append(
                f"Treatment {cell}: markets formed by arrival and have {row['least_agents']} to {row['agents']} agents; N and M above are "
                "those of the largest, and every prediction for a market round is for the N and M of its market."
            )
        if row["shutdown_if_equal"]:
            lines.append(f"Treatment {cell}: stage 2 does not take place if all agents make the same first offer (section 3.3).")
    return lines
