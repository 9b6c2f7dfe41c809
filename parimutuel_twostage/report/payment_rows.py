"""What every participant has earned so far: points of the paid rounds that are over, and the
payment once it is final.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import Any

from experiment.earnings import earned_of
from experiment.leaving import reason_to_leave
from experiment.session import payment_of
from parimutuel_twostage.report.reading import Reading, kept_with


def payments_so_far(reading: Reading, points: Mapping[int, float], currency: str) -> dict[str, Any]:
    """A row for each participant, and the sum of the final payments, of those who have finished the
    last market or have left.
    """
    rows, total, settled = [], Decimal(0), 0
    for participant in reading.participants:
        paid, kept = None, kept_with(participant)
        if earned_of(kept) is not None or reason_to_leave(kept) is not None:
            paid = payment_of(reading.experiment, kept).total
            total, settled = total + paid, settled + 1
        rows.append(
            {
                "number": participant.id_in_session,
                "label": escape(participant.label or ""),
                "points": f"{points[participant.id]:.2f}" if participant.id in points else "",
                "total": "" if paid is None else f"{paid:.2f}",
            }
        )
    return {"rows": rows, "total": f"{total:.2f}", "settled": settled, "of": len(rows), "currency": escape(currency)}
