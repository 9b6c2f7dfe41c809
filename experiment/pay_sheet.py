"""What each participant is to be paid: the laboratory's sheet to sign, and the file for a recruiter
who pays by its own ids.

A recruiter's labels appear here and nowhere else. Every amount equals that in ``payments.csv``.
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
"""The status of a participant; for one who left early, the status is the reason."""


@dataclass(frozen=True)
class PayLine:
    """One participant: the number in the session, the recruiter's label ("" without one), and the
    payment as in ``payments.csv``.

    ``came`` says that the participant ever arrived, ``over`` that the last market is over.
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
    """The number of participants, and the sums of their fees, of what is paid beyond the fees, and
    of everything.
    """

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
    """Label and what is paid beyond the show-up fee, for a recruiter who pays the fee; without a
    header, as bulk payments want it.

    A participant who is paid no more than the fee has no line, because recruiters refuse payments
    of zero.
    """
    return [[line.label, f"{line.bonus:.2f}"] for line in lines if _is_paid_by_label(line) and line.bonus > 0]


def total_rows(lines: Iterable[PayLine]) -> list[list[str]]:
    """Label and the whole payment, for a recruiter who does not already pay the show-up fee."""
    return [[line.label, f"{line.paid.total:.2f}"] for line in lines if _is_paid_by_label(line) and line.paid.total > 0]


def sheet_rows(session_code: str, lines: Sequence[PayLine], currency: str) -> list[list[str]]:
    """The sheet as a table: everybody in ``payments.csv``, each with an empty cell for the
    signature.
    """
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
