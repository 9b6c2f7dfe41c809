"""The sections on the data: what was read, checked and left out, and what cannot be true."""

from __future__ import annotations

import pandas as pd

from comparison.checking.validation import TOLERANCE
from comparison.data.reading import written
from comparison.data.stage_columns import STAGE1, STAGE2
from comparison.exhibits.cell_writers import prose, whole, words, yes_no
from comparison.exhibits.html_page import alert, paragraph
from comparison.exhibits.report_parts import Column, Folded, Part, ReportSection, TableShown
from comparison.findings import CONTRADICTION_COLUMNS, Findings, contradiction_rows
from comparison.report.terms import count_of
from comparison.statistics.exclusions import READ, USED
from experiment.offers import ABSENT, ROBOT

ACCOUNT_NAMES = {
    "markets": "efficiency and welfare",
    "prices": "prices",
    "first_offers": "first offers",
    "second_offers": "second offers",
}
DIFFERENCES = "Differences between sessions of one treatment"
"""The caption of the table that the head of the page refers to."""
REASON_NAMES = {READ: "read", "absent": "missed", "shut_down": "shut down", "robot": "by a robot", "dropout": "gone", USED: "used"}


def contradiction_section(found: Findings) -> ReportSection:
    """The cells of the export that cannot be true."""
    checks, rounds = found.checks, found.tables.market_rounds
    rows = pd.DataFrame(contradiction_rows(checks), columns=CONTRADICTION_COLUMNS)
    left_out = int((rounds["contradicted"] & ~rounds["practice"]).sum())
    text = paragraph(
        f"{count_of(len(rows), 'cell')} of the export cannot be true, given the session's environment, its config and the offers in "
        "the export itself.",
        f"The statistics below leave out {count_of(left_out, 'paid market round')} that hold such a row; the tables by round still "
        "show them."
        if left_out
        else "No paid market round is affected.",
    )
    columns = (
        ("row", "Row", whole), ("column", "Column", words), ("found", "Found", words), ("implied", "Implied", words), ("rule", "By", words),
        ("participant", "Participant", words), ("round", "Round", whole), ("market", "Market", words), ("session", "Session", words),
        ("file", "File", words),
    )  # fmt: skip
    table = TableShown("contradictions", rows, columns, "Contradictions, a row being counted as a spreadsheet does")
    return ReportSection("contradictions", "Rows that contradict the mechanism", (alert(text), table))


def data_section(found: Findings) -> ReportSection:
    """What was read, how it was checked, and what each statistic leaves out."""
    return ReportSection(
        "data",
        "Data and checks",
        (
            _checked(found),
            *_differences(found),
            _missed(found.tables.counts),
            _counts(found.tables.counts),
            _exclusions(found.tables.exclusions),
            _sources(found),
        ),
    )


def _checked(found: Findings) -> str:
    export, checks, sessions = found.export, found.checks, found.tables.sessions_read
    practice = int(found.tables.counts["rows_practice"].sum())
    return paragraph(
        f"{count_of(len(export.rows), 'row')} of {count_of(len(sessions), 'session')} were read.",
        f"Practice rounds ({count_of(practice, 'row')}) are checked and left out of all statistics."
        if practice
        else "There are no practice rounds.",
        f"{count_of(len(export.unfinished), 'row')} of rounds that did not end are left out." if export.unfinished else "",
        f"Prices, bundles and points were computed again from the offers, by eq. (1) to (3), and compared at a relative tolerance "
        f"of {written(TOLERANCE)};",
        "offers were checked against the set O and the grid, and the number of active agents against M.",
        f"States, types and the draw of the inactive were drawn again from the seed for {len(checks.redrawn)} of "
        f"{count_of(len(sessions), 'session')}.",
        "Nothing contradicts." if not checks.contradictions else "Contradictions are listed in the first section.",
    )


def _differences(found: Findings) -> tuple[Part, ...]:
    """The differences between pooled sessions: a sentence for each treatment, and the values with
    the sessions that have them.
    """
    differences = found.tables.session_differences
    if differences.empty:
        return ()
    groups = differences.groupby(["cell", "field", "value"], sort=False)["session_code"]
    shown = groups.agg(sessions="count", codes=", ".join).reset_index()
    columns = (
        ("cell", "Treatment", words), ("field", "Field", words), ("value", "Value", prose), ("sessions", "Sessions", whole),
        ("codes", "which", prose),
    )  # fmt: skip
    note = (
        "Fields of the session config, of the environment, and of whatever else a session's line in sessions.csv records, the versions of "
        "its software included; seeds, labels, codes and descriptions are not compared."
    )
    table = TableShown("session_differences", shown, columns, DIFFERENCES, note)
    return paragraph(*found.warnings(), "Whether that matters for a question is for the reader to judge."), table


def _missed(counts: pd.DataFrame) -> str:
    absent, robots = (int(counts[[STAGE1.counted[kind], STAGE2.counted[kind]]].to_numpy().sum()) for kind in (ABSENT, ROBOT))
    return paragraph(
        f"In the paid market rounds used, {count_of(absent, 'decision')} {'was' if absent == 1 else 'were'} missed and "
        f"{count_of(robots, 'decision')} {'was' if robots == 1 else 'were'} made by robots.",
        f"{_repeated(int(counts['stage2_repeated'].sum()))}Statistics of offers use typed offers only; prices, information and welfare are "
        "those of the market as it was."
        if absent + robots
        else "",
    )


def _repeated(offers: int) -> str:
    """What was traded for those who missed stage 2, if their session repeats first offers; else
    empty.
    """
    if not offers:
        return ""
    were = "was" if offers == 1 else "were"
    return f"Of the missed second offers, {offers} {were} replaced by the subject's own first offer, as the session config specifies. "


def _counts(counts: pd.DataFrame) -> TableShown:
    columns: list[Column] = [
        ("cell", "Treatment", words), ("rows", "Rows", whole), ("rows_practice", "Practice", whole),
        ("rows_contradicted", "Contradicted", whole), ("rows_used", "Used", whole), ("stage1_typed", "First offers typed", whole),
        ("stage1_absent", "missed", whole), ("stage1_robot", "by robots", whole), ("stage2_typed", "Second offers typed", whole),
        ("stage2_absent", "missed", whole), ("stage2_robot", "by robots", whole),
    ]  # fmt: skip
    if counts["stage2_repeated"].any():
        columns.append(("stage2_repeated", "missed, the first repeated", whole))
    if counts["market_rounds_shut_down"].any():
        columns.append(("market_rounds_shut_down", "Markets shut down", whole))
    return TableShown("counts", counts, tuple(columns), "What was counted")


def _exclusions(exclusions: pd.DataFrame) -> TableShown:
    """The rows read and used always, and each reason if it left out a row."""
    told = exclusions[exclusions["reason"].isin((READ, USED)) | (exclusions["rows"] > 0)]
    shown = told.assign(
        account=[ACCOUNT_NAMES[account] for account in told["account"]], reason=[REASON_NAMES.get(name, name) for name in told["reason"]]
    )
    columns = (
        ("cell", "Treatment", words), ("account", "For", words), ("reason", "Rows", words), ("rows", "Number", whole),
        ("market_rounds", "Market rounds", whole), ("subjects", "Subjects", whole), ("meaning", "Meaning", prose),
    )  # fmt: skip
    note = (
        "In each account every row read is used or left out for exactly one reason, the first that applies. Reasons that left out nothing "
        "are in exclusions.csv only. A market round or a subject may stand under several reasons."
    )
    return TableShown("exclusions", shown, columns, "What each statistic leaves out, and why", note)


def _sources(found: Findings) -> Folded:
    columns = (
        ("session_code", "Session", words), ("cell", "Treatment", words), ("participants", "Participants", whole),
        ("matching", "Matching", words), ("independent_units", "Independent units", whole), ("practice_rounds", "Practice rounds", whole),
        ("paid_rounds", "Paid rounds played", whole), ("paid_rounds_planned", "planned", whole), ("seed", "Seed", words),
        ("draws_checked", "Draws checked", yes_no),
    )  # fmt: skip
    files = (("name", "File", words), ("kind", "Taken for", words), ("rows", "Rows", whole))
    return Folded(
        "Sessions and files",
        (
            TableShown("sessions_read", found.tables.sessions_read, columns, "Sessions"),
            TableShown("files_read", found.files(), files, "Files"),
        ),
    )
