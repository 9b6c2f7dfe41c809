"""What is what in the archive of a session, for who finds the folder in ten years."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

WHAT = {
    "decisions.csv": "one row per participant and round: types, states, offers, prices, bundles, points",
    "sessions.csv": "the session's line: environment, config, seed, versions",
    "payments.csv": "one row per participant: what is paid, and why",
    "beliefs.csv": "stated beliefs, where the session asked for them",
    "events.csv": "what the aids of the offer pages were used for",
    "quiz.csv": "answers in the quiz before the market",
    "questionnaire.csv": "answers in the questionnaire after it",
    "page_times.csv": "when each participant left each page, as oTree keeps it",
    "environment.toml": "the economy, as an environment file: python -m theory predict environment.toml",
    "session.json": "the same line as in sessions.csv, to be read by people",
    "versions.json": "versions of the server and of the program that wrote this folder",
}


def readme(session: str, now: datetime, names: Sequence[str], checksums: str) -> str:
    """The text that stands in the folder."""
    listed = [f"  {name:<20}{WHAT[name]}" for name in names if name in WHAT]
    if any(name.startswith("tables/") for name in names):
        listed.append(f"  {'tables/':<20}oTree's own table of each app, with all that its pages keep, deadlines included")
    listed.append(f"  {checksums:<20}SHA-256 of every file: sha256sum -c {checksums}")
    return "\n".join(
        [
            f"Session {session}, archived {now:%Y-%m-%d %H:%M:%S} UTC.",
            "",
            *listed,
            "",
            "The columns are explained in docs/data.md of the project. To compare what was done with the theory, and to check every price",
            "and payoff again: python -m comparison report THIS_FOLDER --out DIR. Several such folders, or the folder that holds them, are",
            "read as one data set.",
            "",
            "Participants stand here under oTree's codes. The labels by which a recruiter knows them are left out: the columns with names",
            "from oTree's tables, and every label that somebody typed from answers in the participants' own words (it says [label] there).",
            "Who pays them has the labels in the pay sheet and the bonus file, which the server makes and which are not archived.",
            "",
        ]
    )
