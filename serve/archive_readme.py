"""The README of a session's archive, for anyone who finds the folder in ten years."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

WHAT = {
    "decisions.csv": "one row per participant and round: types, states, offers, prices, bundles, points",
    "sessions.csv": "the session's line: environment, config, seed, versions",
    "payments.csv": "one row per participant: payment, and how it came about",
    "beliefs.csv": "stated beliefs, where the session asked for them",
    "events.csv": "how subjects used the slider, the fields and the calculator of the offer pages, and with what",
    "quiz.csv": "answers in the quiz before the market",
    "questionnaire.csv": "answers in the questionnaire after it",
    "consent.csv": "who agreed to take part, when, and to which version of the text",
    "texts.csv": "the study's own texts as participants read them, with their versions",
    "withdrawals.csv": "which participants withdrew, and the fingerprints of their withdrawal codes",
    "page_times.csv": "when each participant left each page, as oTree records it",
    "environment.toml": "the economy, as an environment file: python -m theory predict environment.toml",
    "session.json": "the same record as in sessions.csv, laid out for people",
    "versions.json": "versions of the server and of the program that wrote this folder",
}


def readme(session: str, now: datetime, names: Sequence[str], checksums: str) -> str:
    """The text that stands in the folder."""
    listed = [f"  {name:<20}{WHAT[name]}" for name in names if name in WHAT]
    if any(name.startswith("tables/") for name in names):
        listed.append(f"  {'tables/':<20}oTree's own table of each app, with every stored field, deadlines included")
    listed.append(f"  {checksums:<20}SHA-256 of every file: sha256sum -c {checksums}")
    return "\n".join(
        [
            f"Session {session}, archived {now:%Y-%m-%d %H:%M:%S} UTC.",
            "",
            *listed,
            "",
            "The columns are explained in docs/data.md of the project. To compare the data with the theory, and to check every price",
            "and payoff again: python -m comparison report THIS_FOLDER --out DIR. Several such folders, or the folder that holds them, are",
            "read as one data set.",
            "",
            "Participants are identified by oTree's codes. The labels by which a recruiter knows them are left out: the columns with names",
            "in oTree's tables, and every label that a participant typed into a free-text answer (replaced by [label]).",
            "The labels are in the pay sheet and the bonus file, which the server writes for payment and which are not archived.",
            "",
        ]
    )
