"""The receipt for what a subject is paid, for the subject to sign: on the payment page, and for the
experimenter one for each on one printed page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from experiment.config import SessionSettings
from experiment.language import day_text
from experiment.payments import Payout
from experiment.shown.numbers import money_text, text
from experiment.shown.own_seat import seat_text


@dataclass(frozen=True)
class Receipt:
    """What stands on a receipt, ready to stand in a page; ``study`` is empty if it is written by
    hand. ``code`` is the participant's, by which the amount is found in the data.
    """

    study: str
    seat: str
    code: str
    day: str
    amount: str


def receipt(settings: SessionSettings, label: str | None, number: int, code: str, paid: Payout, currency: str, day: date) -> Receipt:
    """The receipt of one participant for what is paid on this day."""
    seat = seat_text(settings, label, number)
    return Receipt(text(settings.study_title), seat, code, day_text(day), money_text(paid.total, currency))
