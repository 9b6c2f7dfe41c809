"""The section on the planned tests: every question, its p-value, the least p attainable, and the
answer in words.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from comparison.exhibits.cell_writers import number, p_value, prose, whole, words
from comparison.exhibits.html_page import paragraph
from comparison.exhibits.report_parts import Column, Folded, Part, ReportSection, TableShown
from comparison.findings import Findings
from comparison.report.answers import ALPHA, answer, tested
from comparison.report.terms import count_of


def test_section(found: Findings) -> ReportSection:
    """A table per treatment and one between treatments."""
    margins = found.wanted.margins
    text = paragraph(
        "Each question is answered by one number per independent unit, or by one in each quarter; "
        "decisions of a unit are not independent of each other.",
        f"Answers are at {100 * ALPHA:.0f} % by Holm's p-value, which allows for the number of questions of a kind.",
        "The least p is the smallest p-value that this many units can give, whatever they did.",
        "Not finding a difference is no evidence that there is none: agreement with theory is claimed only if the data "
        "rule out, on "
        f"both sides, every mean deviation beyond \u00b1{margins.price:g} in the logarithm of the price or \u00b1{margins.offer:g} of "
        "the endowment. Such agreement is one of means: how widely single offers and prices lie around the prediction, the sections above "
        "say.",
        "For prices and second offers the data must do so in each quarter of the cases by the size of the prediction: over all of them, "
        "deviations above and below would cancel, as they do where subjects react too little to what was announced. The estimate shown is "
        "then that of the quarter farthest from the prediction.",
    )
    return ReportSection("tests", "Tests", (text, *_few(found.tests), *_tables(found.tests)))


test_section.__test__ = False  # type: ignore[attr-defined]  # not one of our tests, though pytest would take it for one


def _few(tests: pd.DataFrame) -> Iterator[str]:
    """The treatments, and pairs of them, with too few units for any test to reject."""
    for cell, here in tests.groupby("cell", sort=False):
        units, between = int(here["units"].max()), (here["family"] == "treatments").any()
        possible = [tested(family) and (family["least_p"].min() * tested(family)) <= ALPHA for _, family in here.groupby("family")]
        if units and not any(possible):
            yield paragraph(
                f"{'For' if between else 'In treatment'} {cell} there are too few units ({count_of(units, 'unit')} at most) for any of "
                f"these tests to reject at {100 * ALPHA:.0f} %, whatever the data."
            )


def _tables(tests: pd.DataFrame) -> Iterator[Part]:
    within = tests[tests["family"] != "treatments"]
    names = list(dict.fromkeys(within["cell"]))
    for place, cell in enumerate(names, start=1):
        yield _table(within[within["cell"] == cell], f"tests_{place}", f"Planned tests, treatment {cell}", False)
    between = tests[tests["family"] == "treatments"]
    if not between.empty:
        yield _table(between, "tests_treatments", "Planned tests between treatments", True)
    methods = tests.drop_duplicates(["question", "unit_statistic", "method", "note"])
    columns = (
        ("question", "Question", prose),
        ("unit_statistic", "The number of a unit", prose),
        ("method", "Method", prose),
        ("note", "Note", prose),
    )
    yield Folded(
        "How each test was done", (TableShown("tests_methods", methods, columns, "Statistics and methods of the tests", data="tests"),)
    )


def _table(tests: pd.DataFrame, name: str, caption: str, between: bool) -> TableShown:
    """The tests of one treatment, or of all pairs of treatments, with their answers."""
    families = dict(tuple(tests.groupby("family")))
    answers = [answer({str(key): value for key, value in row.items()}, tested(families[row["family"]])) for row in tests.to_dict("records")]
    first: Column = ("cell", "Treatments", words) if between else ("family", "On", words)
    columns = (
        first, ("question", "Question", prose), ("estimate", "Estimate", number(3, True)), ("low", "Interval from", number(3, True)),
        ("high", "to", number(3, True)), ("p_value", "p", p_value), ("p_holm", "Holm's p", p_value), ("least_p", "Least p", p_value),
        ("units", "Units", whole), ("answer", "Answer", prose),
    )  # fmt: skip
    note = (
        "Intervals are at 95 %, or at 90 % if agreement is tested; a dash means that there is none. tests.csv holds each test's statistic, "
        "method and note."
    )
    return TableShown(name, tests.assign(answer=answers), columns, caption, note, data="tests")
