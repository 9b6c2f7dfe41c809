"""Sessions of one treatment that were not run alike: the fields of ``sessions.csv`` in which they
differ, and the value in each.

A treatment is identified by its label and by the settings that bear on the theory
(``comparison.statistics.cells``). Sessions that differ in anything else, such as deadlines, aids,
pay or the language, are pooled, and a reader must know that. So every field of a session's record
counts, even one that this version does not know, except those that ``IRRELEVANT`` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import pandas as pd

from comparison.data.sessions import UNSAID, Session
from experiment.config import DEFAULTS, renamed
from theory.economy.environment import environment_fields

IRRELEVANT = frozenset(
    {
        "seeds",  # each session's own draws
        "seed",
        "name",  # from the entry in settings.py that the session was created from
        "treatment",  # the label itself
        "study_title",  # what stands on a receipt
        "environment.description",
        "completion_url",  # where a recruiter's participants go afterwards, and the codes that they take with them
        "code_complete",
        "code_no_match",
        "code_screened_out",
        "code_timed_out",
        "code_declined",
        "room",  # where the session was opened, and its name there
        "label",
        "code",
    }
)
"""Fields that do not count: sessions of one treatment that differ only in these still count as run
alike.
"""
NOT_SAID = "not recorded"
COLUMNS = ("cell", "field", "session_code", "value")


def session_differences(sessions: Iterable[Session], labels: Mapping[str, str]) -> pd.DataFrame:
    """A row per treatment, field that differs between its sessions, and session, with the value in
    the session's record.
    """
    by_cell: dict[str, dict[str, Mapping[str, str]]] = {}
    for session in sessions:
        by_cell.setdefault(labels[session.code], {})[session.code] = _fields(session)
    rows = []
    for cell in sorted(by_cell):
        known = by_cell[cell]
        for field in sorted({field for fields in known.values() for field in fields}):
            values = {code: fields.get(field, NOT_SAID) for code, fields in sorted(known.items())}
            if len(set(values.values())) > 1:
                rows += [{"cell": cell, "field": field, "session_code": code, "value": value} for code, value in values.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def difference_sentences(differences: pd.DataFrame) -> list[str]:
    """A sentence for each treatment whose sessions differ, with the names of the fields."""
    return [
        f"Sessions of treatment {cell} differ in {', '.join(dict.fromkeys(here['field']))}, but are pooled here."
        for cell, here in differences.groupby("cell")
    ]


def _fields(session: Session) -> Mapping[str, str]:
    """Every field of a session's record that counts, as text; those of the config by their own
    names, the others by a dotted path.
    """
    said = {
        **{name: part for name, part in session.record.items() if name not in ("config", "environment")},
        **DEFAULTS,
        **UNSAID,
        **renamed(_table(session.record.get("config")), {}),
        "market_size": session.settings.market_size,  # 0 stands for the environment's number of agents
        "environment": {**environment_fields(session.environment), "name": session.environment.name},
    }
    return dict(_flat(said))


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _flat(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    if field in IRRELEVANT:
        return
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(part, f"{field}.{key}" if field else str(key))
    else:
        yield field, _words(value)


def _words(value: object) -> str:
    """The same text for the same setting: 0.10 is 0.1, whether it is a number or text."""
    if isinstance(value, list | tuple):
        return ", ".join(_words(part) for part in value)
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "yes", False: "no"}[value]
    text = str(value).strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text or "nothing"
    return f"{number.normalize() + 0:f}" if number.is_finite() and abs(number.adjusted()) < MOST_DIGITS else text


MOST_DIGITS = 40
"""Longer numbers are shown as they are in the file."""
