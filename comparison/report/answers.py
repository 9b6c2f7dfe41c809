"""The result of a test in words: an effect, an agreement, or that these data do not decide.

A large p-value is never read as "no difference". The report says that data agree with theory only
if the equivalence test does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from comparison.exhibits.cell_writers import number, p_value
from comparison.exhibits.html_page import bullets, paragraph
from comparison.inference.result import LEVEL
from comparison.report.terms import LONGEST_PROSE, interval

ALPHA = 1 - LEVEL
UNDECIDED = "Not decided by these data."
ABOVE_BELOW = ("Yes: above.", "Yes: below.")
RISES_FALLS = ("Yes: it rises.", "Yes: it falls.")
READINGS: Mapping[str, tuple[str, str]] = {
    "Does the price differ": ABOVE_BELOW,
    "Is the price closer to Nash": ("Yes.", "No: it is closer to the other."),
    "Do stage-1 offers": ABOVE_BELOW,
    "Do stage-2 offers of": ABOVE_BELOW,
    "Do first offers tell": ("Yes.", "No: worse than chance."),
    "Does efficiency differ": ABOVE_BELOW,
    "Does trade leave": ("Yes.", "No: worse off."),
    "Does the price's distance": RISES_FALLS,
    "Does first offers' distance": RISES_FALLS,
    "Does second offers' distance": RISES_FALLS,
    "Does efficiency change": RISES_FALLS,
    "Do the treatments differ": ("Yes: the first has more.", "Yes: the first has less."),
}
"""For each beginning of a question, the answer on rejection if the estimate lies above the
hypothesis, and if it lies below.
"""


def answers(tests: pd.DataFrame, cells: Iterable[str], *beginnings: str) -> tuple[str, ...]:
    """A section's planned tests in words: the questions with the given beginnings, as a list for
    each of the treatments.
    """
    names = list(cells)
    said = []
    for cell in names[:LONGEST_PROSE]:
        lines = [_sentence(row, size) for row, size in _rows(tests[tests["cell"] == cell]) if row["question"].startswith(beginnings)]
        whose = f"Planned tests, treatment {cell}:" if len(names) > 1 else "Planned tests:"
        said += [paragraph(whose), bullets(lines)] if lines else []
    return tuple(said)


def _rows(tests: pd.DataFrame) -> Iterator[tuple[Mapping[str, Any], int]]:
    """The rows of one treatment, each with the number of questions of its family."""
    sizes = {family: tested(here) for family, here in tests.groupby("family")}
    for row in tests.to_dict("records"):
        yield {str(key): value for key, value in row.items()}, sizes[row["family"]]


def tested(family: pd.DataFrame) -> int:
    """How many questions of a family have a p-value, as Holm's method counts them."""
    return int(family["p_value"].notna().sum())


def answer(row: Mapping[str, Any], questions: int) -> str:
    """The answer of the test in a row of the hypotheses' frame, in a family of this many questions,
    at 5 % by Holm's p-value.
    """
    if math.isnan(row["p_value"]):
        return f"Cannot be tested. {row['note']}".strip()
    if row["p_holm"] <= ALPHA:
        return "Yes." if is_agreement(row) else _found(row)
    if row["least_p"] >= 1:
        return "Not decided: hardly a unit lies off the hypothesis."
    if row["least_p"] > ALPHA:
        return "Not decided: too few units for any answer."
    if row["least_p"] * questions > ALPHA:
        return "Not decided: too few units for so many questions."
    return "Agreement is not shown." if is_agreement(row) else UNDECIDED


def is_agreement(row: Mapping[str, Any]) -> bool:
    """Whether the test is one of equivalence."""
    return str(row["method"]).startswith("two one-sided")


def _found(row: Mapping[str, Any]) -> str:
    question = str(row["question"])
    for beginning, (above, below) in READINGS.items():
        if question.startswith(beginning):
            return above if row["estimate"] > 0 else below
    raise KeyError(question)


def _sentence(row: Mapping[str, Any], questions: int) -> str:
    said = answer(row, questions)
    if math.isnan(row["p_value"]):
        return f"{row['question']} {said}"
    level = "90" if is_agreement(row) else "95"
    return (
        f"{row['question']} {said} Estimate {number(3, True)(row['estimate'])}, "
        f"{interval(row['low'], row['high'], number(3, True), level)}; "
        f"p = {p_value(row['p_value'])}, Holm's p = {p_value(row['p_holm'])}; the least p that {row['units']} units can give is "
        f"{row['least_p']:.2g}."
    ).replace("p = <", "p < ")
