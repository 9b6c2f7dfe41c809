"""The section on behaviour: which models explain what subjects did, with their parameters, and
which one predicts unseen units best.
"""

from __future__ import annotations

import pandas as pd

from comparison.behaviour.models import MODELS
from comparison.exhibits.cell_writers import number, whole, words
from comparison.exhibits.html_page import bullets, paragraph
from comparison.exhibits.report_parts import ReportSection, TableShown
from comparison.findings import Findings
from comparison.report.terms import LONGEST_PROSE

EQUAL = 0.05
"""A smaller difference in log-likelihood is printed as 0.0."""


def behaviour_section(found: Findings) -> ReportSection:
    """Estimates and the comparison of models, or how to ask for them."""
    behaviour = found.behaviour
    if behaviour is None:
        text = paragraph(
            "Behavioural models (logit errors with and without equilibrium beliefs, cursed beliefs, conduct, level-k) were not "
            "estimated, which "
            "takes longer: report --estimate, or the command estimate, does it."
        )
        return ReportSection("behaviour", "Behaviour", (text,))
    names = list(dict.fromkeys(behaviour.estimates["model"]))
    text = paragraph(
        "Each model says how likely every offer of the grid is at both stages; its parameters are those that make the typed offers "
        "likeliest.",
        "Standard errors and intervals are by a bootstrap of whole independent units "
        f"({found.wanted.resamples} resamples, seed {found.wanted.seed}).",
        "Out-of-unit is the log-likelihood of each unit at the parameters estimated from the other units, summed: the nearer to zero, the "
        "better the model predicts markets that it has not seen.",
    )
    said = bullets(f"{name}: {MODELS[name].description}." for name in names)
    parts = [text, said, *(paragraph(sentence) for sentence in _sentences(behaviour.model_comparison))]
    tables = (_estimates(behaviour.estimates), _comparison(behaviour.model_comparison)) if names else ()
    return ReportSection("behaviour", "Behaviour", (*parts, *tables, bullets(behaviour.left_out)))


def _sentences(comparison: pd.DataFrame) -> list[str]:
    sentences = []
    for cell, here in list(comparison.groupby("cell"))[:LONGEST_PROSE]:
        ranked = here.dropna(subset="behind_best").sort_values("behind_best", kind="stable")
        if len(ranked) < 2:
            continue
        best, second = ranked.iloc[0], ranked.iloc[1]
        if second["behind_best"] < EQUAL:
            sentences.append(f"In treatment {cell}, {best['model']} and {second['model']} predict unseen units equally well.")
            continue
        sentences.append(
            f"In treatment {cell}, {best['model']} predicts unseen units best; {second['model']} comes next, "
            f"{number(1)(second['behind_best'])} behind in log-likelihood (standard error over units "
            f"{number(1)(second['behind_best_se'])})."
        )
    return sentences


def _estimates(estimates: pd.DataFrame) -> TableShown:
    columns = (
        ("cell", "Treatment", words), ("model", "Model", words), ("parameter", "Parameter", words), ("estimate", "Estimate", number(3)),
        ("se", "SE", number(3)), ("low", "95 % from", number(3)), ("high", "to", number(3)), ("units", "Units", whole),
        ("observations", "Offers", whole), ("loglik", "ln L", number(1)), ("note", "Note", words),
    )  # fmt: skip
    note = (
        "lambda is the precision: one more point in an offer's value adds lambda to its log odds. A parameter at an end of its range "
        "has an estimate and no interval: resamples cannot show how far from that end it might lie. estimates.csv also holds percentile "
        "intervals."
    )
    return TableShown("estimates", estimates, columns, "Behavioural models: estimates", note)


def _comparison(comparison: pd.DataFrame) -> TableShown:
    columns = (
        ("cell", "Treatment", words), ("model", "Model", words), ("parameters", "Parameters", whole), ("loglik", "ln L", number(1)),
        ("aic", "AIC", number(1)), ("bic", "BIC", number(1)), ("out_of_unit", "Out of unit", number(1)),
        ("behind_best", "Behind the best", number(1)), ("behind_best_se", "SE", number(1)),
    )  # fmt: skip
    note = "BIC counts independent units. Behind the best is in out-of-unit log-likelihood; its standard error is over units."
    return TableShown("model_comparison", comparison, columns, "Behavioural models: which predicts unseen units", note)
