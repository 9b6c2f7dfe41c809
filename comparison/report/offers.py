"""The sections on first and second offers: their distance from the prediction, its cost, and how
offers are read.
"""

from __future__ import annotations

import math

import pandas as pd

from comparison.exhibits.cell_writers import number, percent, whole, words
from comparison.exhibits.html_page import paragraph
from comparison.exhibits.report_parts import Column, ReportSection, TableShown
from comparison.findings import Findings
from comparison.report.answers import answers
from comparison.report.terms import Drawn, count_of, figures, silent, spoken
from comparison.statistics.tables import Tables

READ_AS = "read as "


def first_offer_section(found: Findings, drawn: Drawn) -> ReportSection:
    """Stage 1: deviation from alpha*, regret, the share inside I(x), the confusion matrix."""
    tables = found.tables
    return ReportSection(
        "first-offers",
        "First offers",
        (
            paragraph(
                "The prediction alpha* maximises expected points conditional on being inactive, eq. (4).",
                "Regret is what an offer costs in that event: the expected points at alpha* less those at the offer, in points as "
                "paid, and "
                "as a share of what alpha* gains over offering nothing (0 % at alpha*, 100 % at no offer).",
                "The share inside I(x) is the share of typed first offers that eq. (7) reads as the subject's own type.",
                "Nothing was announced, so nobody could read them."
                if silent(tables.cells).all()
                else "If it is 100 % for every type and nobody's offer was missed, an announced histogram reveals all types to anyone who "
                "reads it so.",
            ),
            *(paragraph(_first_sentence(row)) for row in spoken(tables.stage1_offers)),
            figures(drawn, "stage1_offers"),
            _first_table(tables),
            *_confusion(tables.confusion),
            *answers(found.tests, found.economies, "Do first offers tell"),
        ),
    )


def second_offer_section(found: Findings, drawn: Drawn) -> ReportSection:
    """Stage 2: deviation from beta and s2*, regret, wrong side."""
    tables = found.tables
    return ReportSection(
        "second-offers",
        "Second offers",
        (
            paragraph(
                "The prediction beta is the Nash offer at the true types of the active agents; it varies from round to round with "
                "the types.",
                "The distance from s2* is that from the offer prescribed after the announcement that was made, so it leaves out what "
                "earlier errors of others explain; where nothing is announced, from the equilibrium in which types stay unknown.",
                "An offer is on the wrong side where good q is offered although the prediction is to offer r, or the reverse.",
                "Regret is what the best reply to the others' offers as made would have paid more, in expectation given the true types.",
                "A small distance, and few offers on the wrong side, do not show that subjects use the announcement: their own type alone "
                "often says on which side to offer.",
            ),
            *(paragraph(_second_sentence(row)) for row in spoken(tables.stage2_offers)),
            figures(drawn, "stage2_offers"),
            _second_table(tables),
            *answers(found.tests, found.economies, "Do stage-2 offers of"),
        ),
    )


def _first_sentence(row: object) -> str:
    assert isinstance(row, dict)
    read = row["share_inside_interval"]
    read_as = f"; {percent(read)} of them are read as this type" if not math.isnan(read) else ""
    return (
        f"In treatment {row['cell']}, the {count_of(row['offers'], 'first offer')} of type {row['type']} lie "
        f"{number(3)(row['mean_abs_deviation'])} of the endowment from alpha* on average{read_as}."
        f"{_cost(row['median_regret_share'], 'alpha*')}"
    )


def _first_table(tables: Tables) -> TableShown:
    columns = (
        ("cell", "Treatment", words), ("type", "Type", words), ("offers", "Offers", whole), ("subjects", "Subjects", whole),
        ("independent_units", "Units", whole), ("alpha_star", "alpha*", number(3, True)), ("mean", "Mean", number(3, True)),
        ("sd", "SD", number(3)), ("mean_abs_deviation", "Mean |deviation|", number(3)), ("share_inside_interval", "Inside I(x)", percent),
        ("mean_regret", "Mean regret, points", number(3)), ("median_regret", "median", number(3)),
        ("median_regret_share", "median share", percent),
    )  # fmt: skip
    note = (
        "Typed first offers of paid rounds, net, in shares of the endowment. A subject makes several offers, so offers are not independent."
    )
    return TableShown("stage1_offers", tables.stage1_offers, columns, "First offers by type", note)


def _confusion(confusion: pd.DataFrame) -> tuple[TableShown, ...]:
    """The matrix, with types across; empty if no offer is read."""
    if confusion.empty:
        return ()
    shares = confusion.pivot(index=["cell", "type"], columns="read_as", values="share")
    counted = confusion.groupby(["cell", "type"])["offers"].sum()
    kinds = list(shares.columns)
    frame = shares.rename(columns={kind: READ_AS + kind for kind in kinds}).assign(offers=counted).reset_index()
    columns: list[Column] = [("cell", "Treatment", words), ("type", "Type", words), ("offers", "Offers read", whole)]
    columns += [(READ_AS + kind, READ_AS + kind, percent) for kind in kinds]
    note = "Of a type's typed first offers that are read as some type's, the share that is read as each type's."
    return (TableShown("confusion", frame, tuple(columns), "The types as which first offers are read, eq. (7)", note),)


def _second_sentence(row: object) -> str:
    assert isinstance(row, dict)
    if math.isnan(row["mean_abs_deviation"]):
        return f"In treatment {row['cell']}, there is no prediction for the second offers of type {row['type']}."
    return (
        f"In treatment {row['cell']}, the {count_of(row['offers'], 'second offer')} of type {row['type']} lie "
        f"{number(3)(row['mean_abs_deviation'])} of the endowment from beta on average; {percent(row['share_wrong_side'])} of them are "
        f"on the wrong side.{_cost(row['median_regret_share'], 'the best reply')}"
    )


def _cost(share: float, best: str) -> str:
    """What the median offer gives up, or gains: if the floor binds, points as paid can be more than
    at the optimum of eq. (4).
    """
    if math.isnan(share):
        return ""
    if share < 0:
        return f" The median offer gains {percent(-share)} more than {best}, as points are paid."
    return f" The median offer gives up {percent(share)} of what {best} would gain."


def _second_table(tables: Tables) -> TableShown:
    columns = (
        ("cell", "Treatment", words), ("type", "Type", words), ("offers", "Offers", whole), ("subjects", "Subjects", whole),
        ("independent_units", "Units", whole), ("mean_beta", "Mean beta", number(3, True)), ("mean", "Mean", number(3, True)),
        ("sd", "SD", number(3)), ("mean_abs_deviation", "Mean |deviation| from beta", number(3)),
        ("mean_abs_deviation_announced", "from s2*", number(3)), ("share_wrong_side", "Wrong side", percent),
        ("mean_regret", "Mean regret, points", number(3)), ("median_regret", "median", number(3)),
        ("median_regret_share", "median share", percent),
    )  # fmt: skip
    note = "Typed second offers of active subjects in paid rounds, net, in shares of the endowment."
    return TableShown("stage2_offers", tables.stage2_offers, columns, "Second offers by type", note)
