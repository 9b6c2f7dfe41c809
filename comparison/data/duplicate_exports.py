"""Sessions, files and participants that are in a data set twice: one session was downloaded twice,
or two servers chose the same code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from comparison.data.export_files import IGNORED, ExportTable, InvalidExport, Place

GIVEN_BY_OTREE = re.compile(r"[a-z0-9]{8}", re.ASCII)
"""The form of the participant codes that oTree draws. Simulated codes are numbers within their
session, the same in every session.
"""


def refuse_copies(tables: Iterable[ExportTable]) -> None:
    """Usually a session is in the data twice because the same file was downloaded twice."""
    seen: dict[tuple[object, ...], list[str]] = {}
    for table in tables:
        if table.kind != IGNORED and table.lines:
            seen.setdefault((table.kind, table.header, *(tuple(values) for _, values in table.lines)), []).append(table.name)
    copies = [names for names in seen.values() if len(names) > 1]
    if copies:
        said = "; ".join(f"{', '.join(names[:-1])} and {names[-1]}" for names in copies)
        raise InvalidExport(f"Some files hold the same rows ({said}), so every session in them would count twice; keep one of each.")


class Participants:
    """The session in which each participant was met, so that nobody is in two."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, Place]] = {}

    def meet(self, session: str, participant: str, place: Place) -> None:
        """Record a row of this participant. Raises InvalidExport if a code that oTree drew was met
        in another session.
        """
        known, first = self._first.setdefault(participant, (session, place))
        if known != session and GIVEN_BY_OTREE.fullmatch(participant):
            raise InvalidExport(
                f"The {place} names participant_code {participant} of session_code {session}, who is also in session_code {known} "
                f"({first}): one session is a copy of the other under another code, or two servers drew the same code by chance; "
                "report them separately."
            )
