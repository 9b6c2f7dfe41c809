"""Who is to be paid what, for those who pay: the laboratory's sheet to sign, and the file for a recruiter who pays by its own ids.

A recruiter's labels stand here and nowhere else. Every amount is that of ``payments.csv``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from experiment.labels import is_label
from experiment.payments import NOTHING, Payout

SHEET_COLUMNS = (
    "session_code", "number", "label", "participant_code", "status", "participation_fee", "bonus", "total", "currency", "signature",
)  # fmt: skip
FINISHED, NOT_OVER, NEVER_CAME = "finished", "not_over", "never_came"
"""How a participant stands; who left early stands with the reason."""


@dataclass(frozen=True)
class PayLine:
    """One participant: the place in the session, the recruiter's label ("" without one), and what ``payments.csv`` says is paid.

    ``came`` says that the participant was ever there, ``over`` that the last market is.
    """

    number: int
    label: str
    participant_code: str
    came: bool
    over: bool
    paid: Payout

    @property
    def bonus(self) -> Decimal:
        """What is paid beyond the show-up fee."""
        return self.paid.total - self.paid.fee

    @property
    def status(self) -> str:
        if not self.came:
            return NEVER_CAME
        return self.paid.left_because or (FINISHED if self.over else NOT_OVER)


@dataclass(frozen=True)
class Sums:
    """Of so many participants, the fees, what is paid beyond them, and all together."""

    people: int
    fee: Decimal
    bonus: Decimal
    total: Decimal


def sums(lines: Iterable[PayLine]) -> Sums:
    """The sums of these lines, exact to the cent."""
    every = list(lines)
    fee, total = (sum((getattr(line.paid, what) for line in every), NOTHING) for what in ("fee", "total"))
    return Sums(len(every), fee, total - fee, total)


def bonus_rows(lines: Iterable[PayLine]) -> list[list[str]]:
    """Label and what is paid beyond the show-up fee, for a recruiter who pays the fee; without a header, as bulk payments want it.

    Who is paid no more than the fee has no line: recruiters refuse payments of nothing.
    """
    return [[line.label, f"{line.bonus:.2f}"] for line in lines if _is_paid_by_label(line) and line.bonus > 0]


def total_rows(lines: Iterable[PayLine]) -> list[list[str]]:
    """Label and all that is paid, for a recruiter who does not pay the show-up fee already."""
    return [[line.label, f"{line.paid.total:.2f}"] for line in lines if _is_paid_by_label(line) and line.paid.total > 0]


def sheet_rows(session_code: str, lines: Sequence[PayLine], currency: str) -> list[list[str]]:
    """The sheet as a table: everybody of ``payments.csv``, an empty cell for the signature."""
    return [
        [
            session_code,
            str(line.number),
            line.label,
            line.participant_code,
            line.status,
            f"{line.paid.fee:.2f}",
            f"{line.bonus:.2f}",
            f"{line.paid.total:.2f}",
            currency,
            "",
        ]
        for line in lines
    ]


def _is_paid_by_label(line: PayLine) -> bool:
    return line.came and is_label(line.label)
