"""The section on information: what the announced histogram revealed about the state."""

from __future__ import annotations

import math

from comparison.exhibits.cell_writers import number, percent, whole, words
from comparison.exhibits.html_page import paragraph
from comparison.exhibits.report_parts import ReportSection, TableShown
from comparison.findings import Findings
from comparison.report.terms import Drawn, count_of, figures, silent, spoken


def information_section(found: Findings, drawn: Drawn) -> ReportSection:
    """Divergence, gain and scores."""
    table = found.tables.information
    explained = paragraph(
        "An observer who reads each announced first offer as I(x) says holds a posterior about the state. It is compared with the "
        "posterior that the active subjects' true types give, and with the state itself.",
        "The Kullback-Leibler divergence is what the types know and the announcement does not reveal, in nats; the gain is the share of "
        "what there "
        "was to learn from the types that it revealed: 100 % is all of it, 0 % no more than the prior, and less means that it misled.",
        "The Brier score (0 to 2) and the logarithmic score (in nats) measure the distance from the state: lower is better.",
    )
    if table.empty:
        why = (
            "Nothing was announced, so there is nothing to measure."
            if silent(found.tables.cells).all()
            else "No market round used has an announcement that can be read, so there is nothing to measure."
        )
        return ReportSection("information", "Information", (explained, paragraph(why)))
    sentences = tuple(paragraph(_sentence(row)) for row in spoken(table))
    return ReportSection("information", "Information", (explained, *sentences, figures(drawn, "information"), _table(found)))


def _sentence(row: object) -> str:
    assert isinstance(row, dict)
    gain = row["info_gain"]
    if math.isnan(gain):
        told = "the types themselves said no more about the state than the prior, so no gain can be computed"
    elif math.isinf(gain):
        told = (
            f"in {count_of(row['ruled_out'], 'market round')} the announcement ruled out a state that the types allowed, which "
            "makes the gain "
            "infinitely negative"
        )
    elif gain < 0:
        told = "the announcement, read as the theory reads it, misled: it said less about the state than the prior alone"
    else:
        told = f"the announcement revealed {percent(gain)} of what the active subjects' types knew about the state beyond the prior"
    return (
        f"In treatment {row['cell']}, {told} ({count_of(row['market_rounds'], 'market round')} in "
        f"{count_of(row['independent_units'], 'independent unit')}). Its mean Brier score is {number(3)(row['mean_brier'])}; that "
        "of the true "
        f"types is {number(3)(row['mean_brier_types'])}."
    )


def _table(found: Findings) -> TableShown:
    columns = (
        ("cell", "Treatment", words), ("market_rounds", "Market rounds", whole), ("independent_units", "Units", whole),
        ("mean_info_kl", "KL, types from histogram", number(3)), ("mean_info_kl_prior", "KL, types from prior", number(3)),
        ("info_gain", "Gain over the prior", percent), ("mean_brier", "Brier, histogram", number(3)),
        ("mean_brier_types", "Brier, types", number(3)), ("mean_log_score", "Log score, histogram", number(3)),
        ("mean_log_score_types", "Log score, types", number(3)), ("ruled_out", "Rounds ruling out what is possible", whole),
    )  # fmt: skip
    note = (
        "Means over market rounds with an announcement. KL and the logarithmic score are in nats and infinite if a state that is "
        "possible, "
        "or the state itself, is ruled out. Nobody could have known the part by which the types' own scores exceed zero."
    )
    return TableShown("information", found.tables.information, columns, "What the announcement revealed about the state", note)
