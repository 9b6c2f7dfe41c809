"""What a participant is paid: the points of one random round or of all, turned into money, plus the show-up fee."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from experiment.config import ALL_ROUNDS, SessionSettings
from experiment.draws import draw_paid_round

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Payment:
    """``paid_round`` counts the paid rounds from 1 and is None where all are paid; ``points`` has two decimals."""

    paid_round: int | None
    points: Decimal
    earnings: Decimal
    fee: Decimal
    total: Decimal


def payment(settings: SessionSettings, seed: int, participant: int, points: Sequence[float | None]) -> Payment:
    """The payment of participant 1, 2, ... from the points of the paid rounds in order; None for a round that did not end.

    The paid round is the participant's own draw from the session's seed, fixed before the first round is played.
    """
    if settings.paid_rounds == ALL_ROUNDS:
        paid_round = None
        earned = math.fsum(value for value in points if value is not None)
    else:
        paid_round = draw_paid_round(participant, settings.rounds, seed)
        earned = (points[paid_round - 1] if paid_round <= len(points) else None) or 0.0
    rounded = _cents(Decimal(repr(float(earned))))
    earnings = _cents(rounded * settings.money_per_point)
    return Payment(paid_round, rounded, earnings, settings.participation_fee, _cents(earnings + settings.participation_fee))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
