"""What a participant is paid: points as money or as the chance of a prize, a stated belief and the
show-up fee, within floor and cap.

Everything follows from the session's settings, its seed, the participant's number in it and what
was earned, so that a payment can be computed again at any time. Floor and cap apply to the total,
show-up fee included, of participants who have been in a market. Participants who leave before the
market are paid the show-up fee only. Participants who were in the market but not there at its end
are paid for the rounds as they ended.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from experiment.beliefs import winning_chance
from experiment.bounds import points_bounds
from experiment.config import SessionSettings
from experiment.draws import draw_belief_number, draw_belief_round, draw_lottery_number, draw_paid_round
from experiment.earnings import Earned
from experiment.leaving import BEFORE_MARKET, DECLINED
from experiment.options import ALL_ROUNDS, LOTTERY

CENT = Decimal("0.01")
CHANCE = Decimal("0.00001")
"""Chances and the numbers drawn against them have five decimals, so that what is shown in percent is what decides."""
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Lot:
    """A chance and the number drawn against it, from 0 to 1: a number below the chance wins the prize."""

    chance: Decimal
    number: Decimal

    @property
    def won(self) -> bool:
        return self.number < self.chance


@dataclass(frozen=True)
class BeliefPayment:
    """The paid round whose stated belief is paid, and the lot; ``lot`` is None if the question was
    not answered.
    """

    round: int
    lot: Lot | None
    earnings: Decimal


@dataclass(frozen=True)
class Payout:
    """``paid_round`` counts the paid rounds from 1 and is None if all rounds are paid or the
    participant left; ``points`` has two decimals.

    ``earnings`` is what the points pay, ``adjustment`` what the floor adds or the cap takes away;
    ``total`` is the sum of earnings, belief, fee and adjustment. ``left_because`` is the reason for
    leaving early. ``rounds`` are the points of the paid rounds.
    """

    paid_round: int | None
    points: Decimal
    earnings: Decimal
    fee: Decimal
    total: Decimal
    adjustment: Decimal = NOTHING
    lottery: Lot | None = None
    belief: BeliefPayment | None = None
    left_because: str | None = None
    rounds: tuple[float | None, ...] = ()

    @property
    def belief_earnings(self) -> Decimal:
        return self.belief.earnings if self.belief else NOTHING


def payment(settings: SessionSettings, seed: int, participant: int, earned: Earned | None, left_because: str | None = None) -> Payout:
    """The payment of participant 1, 2, ... for what was ``earned``; nothing is earned before the last round is over.

    The paid round, the belief's round and both numbers are the participant's own draws from the session's seed, fixed before the
    first round is played. Half a cent is rounded up.
    """
    fee = _cents(settings.participation_fee)
    if left_because == DECLINED and not settings.pay.declined:
        fee = NOTHING
    if left_because in BEFORE_MARKET:
        return Payout(None, NOTHING, NOTHING, fee, fee, left_because=left_because)
    paid_round = None if settings.pay.paid_rounds == ALL_ROUNDS else draw_paid_round(participant, settings.schedule.rounds, seed)
    if earned is None:
        return Payout(paid_round, NOTHING, NOTHING, fee, fee, left_because=left_because)
    points = _paid_points(earned, paid_round)
    lottery = None
    if settings.pay.points_pay == LOTTERY:
        lottery = Lot(_chance_of(settings, earned, paid_round, points), draw_lottery_number(participant, seed))
        earnings = _cents(settings.pay.lottery_prize) if lottery.won else NOTHING
    else:
        earnings = _cents(Decimal(repr(float(points) * float(settings.money_per_point))))
    belief = _belief(settings, seed, participant, earned, paid_round)
    subtotal = earnings + (belief.earnings if belief else NOTHING) + fee
    total = within_limits(settings, subtotal)
    return Payout(paid_round, points, earnings, fee, total, total - subtotal, lottery, belief, left_because, earned.points)


def within_limits(settings: SessionSettings, subtotal: Decimal) -> Decimal:
    """The total after floor and cap."""
    raised = max(subtotal, _cents(settings.pay.floor))
    return raised if settings.pay.cap is None else min(raised, _cents(settings.pay.cap))


def lottery_chance(settings: SessionSettings, points: Decimal, rounds: int) -> Decimal:
    """The chance that the points of this many rounds are worth: the position of their average
    between the least and the most points of a round.
    """
    bounds = points_bounds(settings.environment, settings.active)
    share = (float(points) / rounds - bounds.least) / (bounds.most - bounds.least)
    return Decimal(min(max(share, 0.0), 1.0)).quantize(CHANCE, rounding=ROUND_HALF_UP)


def payoff_in_points(paid: Payout, money_per_point: Decimal) -> Decimal:
    """The points, to two decimals, that at the exchange rate are worth what is paid beyond the
    show-up fee, as nearly as possible.

    At a rate of at most 1 this is exact to the cent. At a rate of 0 points are worth nothing, and
    the result is the points earned.
    """
    beyond, rate = paid.total - paid.fee, float(money_per_point)
    if rate == 0 or _worth(paid.points, rate) == beyond:
        return paid.points
    near = _cents(Decimal(float(beyond) / rate))
    return min((near, near + CENT, near - CENT), key=lambda points: abs(_worth(points, rate) - beyond))


def _worth(points: Decimal, rate: float) -> Decimal:
    """What points are worth to oTree, which rounds half a cent by the exact value of the float."""
    return _cents(Decimal(float(points) * rate))


def _paid_points(earned: Earned, paid_round: int | None) -> Decimal:
    if paid_round is None:
        return _cents(Decimal(repr(math.fsum(value for value in earned.points if value is not None))))
    return _cents(Decimal(repr(float(_in_round(earned, paid_round) or 0.0))))


def _chance_of(settings: SessionSettings, earned: Earned, paid_round: int | None, points: Decimal) -> Decimal:
    """A round that did not end counts as a chance of zero."""
    if paid_round is not None:
        return lottery_chance(settings, points, 1) if _in_round(earned, paid_round) is not None else Decimal(0)
    ended = sum(value is not None for value in earned.points)
    if not ended:
        return Decimal(0)
    return (lottery_chance(settings, points, ended) * ended / settings.schedule.rounds).quantize(CHANCE, ROUND_HALF_UP)


def _in_round(earned: Earned, number: int) -> float | None:
    return earned.points[number - 1] if number <= len(earned.points) else None


def _belief(settings: SessionSettings, seed: int, participant: int, earned: Earned, paid_round: int | None) -> BeliefPayment | None:
    """The belief that is paid, from a round in which one was asked for, other than the round paid
    for its offers.
    """
    if settings.pay.belief_prize is None:
        return None
    asked = [number for number, said in enumerate(earned.beliefs, start=1) if said is not None and number != paid_round]
    drawn = draw_belief_round(participant, asked, seed)
    said = None if drawn is None else earned.beliefs[drawn - 1]
    if drawn is None or said is None:
        return None
    if said.percents is None:
        return BeliefPayment(drawn, None, NOTHING)
    lot = Lot(winning_chance(said.percents, said.state).quantize(CHANCE), draw_belief_number(participant, seed))
    return BeliefPayment(drawn, lot, _cents(settings.pay.belief_prize) if lot.won else NOTHING)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
