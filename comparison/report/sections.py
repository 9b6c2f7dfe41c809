"""The order of the report's sections, from first to last."""

from __future__ import annotations

from collections.abc import Sequence

from comparison.exhibits.html_page import alert, bullets, page, paragraph
from comparison.exhibits.report_parts import ReportSection
from comparison.figures import Figure
from comparison.findings import Findings
from comparison.report.behaviour import behaviour_section
from comparison.report.data import DIFFERENCES, contradiction_section, data_section
from comparison.report.design import design_section
from comparison.report.information import information_section
from comparison.report.learning import learning_section
from comparison.report.offers import first_offer_section, second_offer_section
from comparison.report.planned import test_section
from comparison.report.prices import price_section
from comparison.report.terms import count_of
from comparison.report.welfare import welfare_section

TITLE = "A two-stage market experiment beside the theory"


def sections(found: Findings, drawn: Sequence[Figure]) -> tuple[ReportSection, ...]:
    """All sections, with the contradictions first if there are any."""
    by_name = {figure.name: figure for figure in drawn}
    return (
        *((contradiction_section(found),) if found.checks.contradictions else ()),
        design_section(found),
        data_section(found),
        price_section(found, by_name),
        first_offer_section(found, by_name),
        information_section(found, by_name),
        second_offer_section(found, by_name),
        welfare_section(found, by_name),
        learning_section(found, by_name),
        test_section(found),
        behaviour_section(found),
        _definitions(found),
    )


def report_page(found: Findings, parts: Sequence[ReportSection]) -> str:
    """The whole report as one HTML page."""
    return page(TITLE, _lead(found), parts)


def _lead(found: Findings) -> str:
    tables, checks = found.tables, found.checks
    used = int(tables.market_rounds["used"].sum())
    subjects, units = int(tables.sessions_read["participants"].sum()), int(tables.sessions_read["independent_units"].sum())
    what = (
        f"{count_of(len(tables.sessions_read), 'session')} with {count_of(subjects, 'participant')} in "
        f"{count_of(len(tables.cells), 'treatment')}: {count_of(used, 'paid market round')} from {count_of(units, 'independent unit')} "
        "(matching groups)."
    )
    agree = (
        f"{count_of(len(checks.contradictions), 'cell')} of the export "
        f"{'contradicts' if len(checks.contradictions) == 1 else 'contradict'} "
        "the mechanism; see the first section."
        if checks.contradictions
        else "Every row of the export agrees with the mechanism."
    )
    warnings = found.warnings()
    told = alert(paragraph(*warnings, f"The table \u201c{DIFFERENCES}\u201d has the values.")) if warnings else ""
    return paragraph(what, agree).replace("<p>", '<p class="lead">') + told


def _definitions(found: Findings) -> ReportSection:
    drawn = "Every figure is an SVG and a PDF file;" if found.wanted.figures else "No figures were drawn (--no-figures);"
    lines = [
        "Prices are amounts of good r per unit of good q; deviations of prices are in natural logarithms.",
        "A net offer is the offer of r as a share of the endowment of r, minus the offer of q as a share of the endowment of q.",
        f"Offers are made on a grid (here with steps of up to {found.tables.cells['grid'].max():g} goods), so subjects who play the theory "
        "exactly still deviate from it by up to half a step.",
        "The Nash price at the true types counts every active agent as a player of the equilibrium, even one whose decision was missed.",
        "At an announced histogram, the others expect a subject without a first offer to offer nothing, and the subject itself is "
        "assumed to best-reply to them; the paper does not treat absence.",
        "Rounds of the same matching group are not independent: tests use one number per group, and descriptions say how many "
        "groups there are.",
        "RAD = mean |p \u2212 p_m| / mean p_m; Smith's alpha = 100 sqrt(mean (p \u2212 p_m)^2) / mean p_m, with p_m the benchmark "
        "of the same market round.",
        "KL = sum_z phi(z) ln(phi(z) / phi'(z)), phi from the true types and phi' from the announced histogram; gain = 1 \u2212 KL "
        "/ KL(phi, prior).",
        "Brier score = sum_z (phi'(z) \u2212 1{z is the state})^2; logarithmic score = \u2212ln phi'(state).",
        "docs/statistics.md of the program has every statistic with its formula, unit and source.",
        "Every table is also a CSV file in this folder, and a LaTeX file (packages booktabs and array) unless it is long: decisions "
        f"and market rounds are CSV only. {drawn} summary.json holds the key results.",
    ]
    return ReportSection("definitions", "Definitions and limits", (bullets(lines),))
