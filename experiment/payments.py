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


def paid_points(settings: SessionSettings, seed: int, participant: int, points: Sequence[float | None]) -> Decimal:
    """The points that participant 1, 2, ... is paid for, of the points of the paid rounds in order; None: it did not end."""
    paid_round = _paid_round(settings, seed, participant)
    if paid_round is None:
        earned = math.fsum(value for value in points if value is not None)
    else:
        earned = (points[paid_round - 1] if paid_round <= len(points) else None) or 0.0
    return _cents(Decimal(repr(float(earned))))


def payment(settings: SessionSettings, seed: int, participant: int, points: Decimal) -> Payment:
    """The payment of participant 1, 2, ... for ``paid_points``.

    The paid round is the participant's own draw from the session's seed, fixed before the first round is played. Points
    become money by floats and half a cent is rounded up: oTree does so, and its page of payments has to say the same.
    """
    earnings = _cents(Decimal(repr(float(points) * float(settings.money_per_point))))
    fee = _cents(settings.participation_fee)
    return Payment(_paid_round(settings, seed, participant), points, earnings, fee, earnings + fee)


def _paid_round(settings: SessionSettings, seed: int, participant: int) -> int | None:
    return None if settings.paid_rounds == ALL_ROUNDS else draw_paid_round(participant, settings.rounds, seed)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
