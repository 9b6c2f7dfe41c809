"""The payment page: what was earned round by round, which round is paid, what chance decided, and
the total.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from experiment import leaving
from experiment.bounds import Bounds, points_bounds
from experiment.config import SessionSettings
from experiment.language import say
from experiment.options import ALL_ROUNDS, LOTTERY
from experiment.pages.beliefs import chance_text
from experiment.payments import Lot, Payout
from experiment.recruiter import way_back
from experiment.shown.numbers import digits, fixed, money_text, text


@dataclass(frozen=True)
class RoundRow:
    """A paid round: its points (a dash if it did not end), and whether its points or its belief are
    paid.
    """

    number: int
    points: str
    paid: bool
    belief: bool


@dataclass(frozen=True)
class LotText:
    """A chance and the number drawn against it, both in percent, and whether it won."""

    chance: str
    number: str
    won: bool


def payment_variables(settings: SessionSettings, paid: Payout, currency: str) -> dict[str, Any]:
    """The template variables of the payment page."""
    pay, places = settings.pay, digits(settings).points
    everything, several = settings.pay.paid_rounds == ALL_ROUNDS, settings.schedule.rounds > 1
    belief_round = paid.belief.round if paid.belief else None
    lottery = pay.points_pay == LOTTERY
    bounds = points_bounds(settings.environment, settings.active) if lottery else None
    back = way_back(settings.recruiter, paid.left_because)
    return {
        "left": why_left(paid.left_because) if paid.left_because in leaving.BEFORE_MARKET else None,
        "declined": paid.left_because == leaving.DECLINED,
        "timed_out": paid.left_because == leaving.TIMED_OUT,
        "rounds": settings.schedule.rounds,
        "all_rounds_paid": everything,
        "paid_round": paid.paid_round,
        "points": fixed(float(paid.points), 2),
        "by_round": tuple(
            RoundRow(number, fixed(points, places), everything or number == paid.paid_round, number == belief_round)
            for number, points in enumerate(paid.rounds, start=1)
        ),
        "hundred_points": money_text(100 * settings.money_per_point, currency),
        "prize": money_text(pay.lottery_prize, currency),
        "average_points": _average(settings, paid, bounds) if bounds and paid.lottery and everything and several else None,
        "least_points": fixed(bounds.least, 2) if bounds else None,
        "most_points": fixed(bounds.most, 2) if bounds else None,
        "lottery": _lot(paid.lottery),
        "earnings": money_text(paid.earnings, currency),
        "beliefs_asked": pay.belief_prize is not None,
        "belief_prize": money_text(pay.belief_prize or Decimal(0), currency),
        "belief_round": belief_round,
        "belief_lot": _lot(paid.belief.lot) if paid.belief else None,
        "belief_earnings": money_text(paid.belief_earnings, currency),
        "fee": money_text(paid.fee, currency),
        "raised": money_text(paid.adjustment, currency) if paid.adjustment > 0 else None,
        "lowered": money_text(paid.adjustment, currency) if paid.adjustment < 0 else None,
        "floor": money_text(pay.floor, currency),
        "cap": money_text(pay.cap or Decimal(0), currency),
        "total": money_text(paid.total, currency),
        "is_paid": paid.total > 0,
        "code": back.code if back else None,
        "back_address": text(back.address) if back and back.address else None,
        "back_host": text(back.host) if back and back.host else None,
    }


def why_left(reason: str) -> str:
    """Why a subject's part ended before the market, in one sentence to them."""
    return {
        leaving.DECLINED: say("You chose not to take part."),
        leaving.QUIZ_FAILED: say("Your part ended before the market because not all questions were answered correctly."),
        leaving.NO_MATCH: say("Your part ended before the market because none began for you while you were there."),
        leaving.LEFT_LOBBY: say("Your part ended before the market because you chose to leave while waiting for other participants."),
    }[reason]


def _average(settings: SessionSettings, paid: Payout, bounds: Bounds) -> str:
    """The average points of a round. A round that did not end gives no chance of the prize, as the
    least points do.
    """
    missing = settings.schedule.rounds - sum(points is not None for points in paid.rounds)
    return fixed((float(paid.points) + missing * bounds.least) / settings.schedule.rounds, 2)


def _lot(lot: Lot | None) -> LotText | None:
    return None if lot is None else LotText(chance_text(lot.chance), chance_text(lot.number), lot.won)
