"""The rows of ``payments.csv``: what each participant was paid, and the chances that decided it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from comparison.data.export_files import PAYMENTS, Cells, ExportTable, InvalidExport, Place
from experiment.leaving import REASONS


@dataclass(frozen=True)
class LotRead:
    """A chance, the number drawn, and whether the export says that it won."""

    chance: float
    number: float
    won: bool


@dataclass(frozen=True)
class PaymentRow:
    """A row of ``payments.csv`` and where it stands; ``paid_round`` is None where all rounds are paid, or none because of leaving.

    What follows ``currency`` is not in earlier exports; ``complete`` says that it is in this one.
    """

    place: Place
    session_code: str
    participant_code: str
    paid_round: int | None
    points: float
    earnings: float
    participation_fee: float
    total: float
    currency: str
    complete: bool = False
    left_because: str | None = None
    lottery: LotRead | None = None
    belief_round: int | None = None
    belief: LotRead | None = None
    belief_earnings: float = 0.0
    adjustment: float = 0.0


def read_payments(tables: Iterable[ExportTable]) -> Iterator[PaymentRow]:
    """The rows of all payments files. Raises InvalidExport, also if a participant is paid twice."""
    seen: dict[tuple[str, str], Place] = {}
    for table in tables:
        if table.kind != PAYMENTS:
            continue
        for cells in table.cells():
            key = cells.text("session_code"), cells.text("participant_code")
            first = seen.setdefault(key, cells.place)
            if first is not cells.place:
                raise InvalidExport(f"The {cells.place} repeats {first}: participant_code {key[1]} of session_code {key[0]} is paid twice.")
            if all(cells.empty(column) for column in ("points", "earnings", "total")):
                continue
            yield PaymentRow(
                place=cells.place,
                session_code=key[0],
                participant_code=key[1],
                paid_round=cells.optional_count("paid_round"),
                points=cells.number("points"),
                earnings=cells.number("earnings"),
                participation_fee=cells.number("participation_fee"),
                total=cells.number("total"),
                currency=cells.text("currency"),
                **(_later(cells) if cells.has("adjustment") else {}),
            )


def _later(cells: Cells) -> dict[str, Any]:
    """The columns that earlier exports do not have."""
    return {
        "complete": True,
        "left_because": cells.optional_one_of("left_because", REASONS),
        "lottery": _lot(cells, "lottery"),
        "belief_round": cells.optional_count("belief_round"),
        "belief": _lot(cells, "belief"),
        "belief_earnings": cells.optional_number("belief_earnings") or 0.0,
        "adjustment": cells.number("adjustment"),
    }


def _lot(cells: Cells, kind: str) -> LotRead | None:
    """A chance, a number and whether it won, or none of the three; if one of them differs from the
    other two, it is named.
    """
    columns = chance, number, won = [f"{kind}_{what}" for what in ("chance", "number", "won")]
    empty = [column for column in columns if cells.empty(column)]
    filled = [column for column in columns if column not in empty]
    if not filled:
        return None
    if empty:
        cells.wrong((filled if len(filled) == 1 else empty)[0], f"{', '.join(columns)} must all be empty or all be filled in")
    return LotRead(cells.number(chance), cells.number(number), bool(cells.flag(won)))
