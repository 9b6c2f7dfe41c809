"""Tables of an export without recruiters' labels: the columns that name people, and labels that subjects typed themselves."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence

NAMING_COLUMNS = re.compile(r"participant\.label|participant\.mturk_.*|session\.(label|comment|mturk_.*)")
"""The columns of oTree's own tables that name people or hold an experimenter's notes."""
FREE_TEXT = frozenset({"answer", "player.comments", "player.field_of_study"})
"""The columns in which a subject may have typed their own label."""
SHORTEST_LABEL = 6
"""Shorter labels, such as seat numbers in a laboratory, are words and numbers that anybody may type."""
LEFT_OUT = "[label]"


def without_labels(text: str, labels: Collection[str]) -> str:
    """A CSV text without the columns that name people, and with LEFT_OUT for every label in a subject's free text."""
    if not text:
        return text
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    kept = [place for place, column in enumerate(header) if not NAMING_COLUMNS.fullmatch(column)]
    words = [place for place, column in enumerate(header) if column in FREE_TEXT]
    said = _any_of(labels)
    for row in rows:
        for place in words:
            row[place] = said.sub(LEFT_OUT, row[place]) if said else row[place]
    return _csv([row[place] for place in kept] for row in (header, *rows))


def of_session(text: str, session: str) -> str:
    """The rows of a table that are of this session."""
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    place = header.index("session_code")
    return _csv([header, *(row for row in rows if row[place] == session)])


def _any_of(labels: Collection[str]) -> re.Pattern[str] | None:
    long = sorted((re.escape(label) for label in labels if len(label) >= SHORTEST_LABEL), key=len, reverse=True)
    return re.compile("|".join(long), re.IGNORECASE) if long else None


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()
