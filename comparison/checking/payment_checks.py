"""Every payment against the rules of its session: points, money or lottery, belief, floor and cap,
to the cent.

A participant's draws cannot be repeated from the export, because it does not give the participant's
place in the session. Everything that follows from the drawn rounds and numbers is computed again.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from comparison.data.reading import Export, PaymentRow
from experiment.config import SessionSettings
from experiment.leaving import BEFORE_MARKET
from experiment.options import LOTTERY
from experiment.payments import lottery_chance, within_limits

ROUNDING = 0.0101
"""Tolerance, because a sum or half a cent may round the other way."""
EXACT = 0.0051
SAME_CHANCE = 0.0000151


@dataclass(frozen=True)
class WrongAmount:
    """A cell of a payment that cannot be true: its value, the implied value, and why."""

    paid: PaymentRow
    column: str
    found: float | int
    implied: float | int
    rule: str


def wrong_amounts(export: Export) -> Iterator[WrongAmount]:
    """The contradictions in the payments of sessions that are over."""
    earned: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for row in export.rows:
        said = row.decision
        practice = export.sessions[said.session_code].settings.schedule.practice_rounds
        if said.round_number > practice:
            earned[said.session_code, said.participant_code][said.round_number - practice] = said.points
    for paid in export.payments:
        if paid.left_because in BEFORE_MARKET:
            yield from _left(paid)
            continue
        rounds = earned.get((paid.session_code, paid.participant_code))
        if rounds is None or len(rounds) < (settings := export.sessions[paid.session_code].settings).schedule.rounds:
            continue  # the decisions are not in this directory, or the session was not over: payments are fixed at its end
        wrong_points = list(_points(paid, rounds))
        yield from wrong_points
        if paid.complete:
            yield from _earnings(paid, settings, float(wrong_points[0].implied) if wrong_points else paid.points)
            yield from _belief(paid, settings)
            yield from _limits(paid, settings)
        yield from _total(paid)


def _left(paid: PaymentRow) -> Iterator[WrongAmount]:
    rule = "a subject who leaves before the market is paid the participation fee only"
    for column, found, implied in (
        ("earnings", paid.earnings, 0.0),
        ("belief_earnings", paid.belief_earnings, 0.0),
        ("total", paid.total, paid.participation_fee),
    ):
        if abs(found - implied) > EXACT:
            yield WrongAmount(paid, column, found, implied, rule)


def _points(paid: PaymentRow, rounds: dict[int, float]) -> Iterator[WrongAmount]:
    implied = rounds.get(paid.paid_round, 0.0) if paid.paid_round is not None else math.fsum(rounds.values())
    cents = float(Decimal(repr(implied)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))
    if abs(paid.points - cents) > ROUNDING:
        what = f"the points of paid round {paid.paid_round}" if paid.paid_round is not None else "the points of all paid rounds"
        yield WrongAmount(paid, "points", paid.points, cents, what)


def _earnings(paid: PaymentRow, settings: SessionSettings, points: float) -> Iterator[WrongAmount]:
    """The pay for points; ``points`` are those of the decisions even if the payment names others,
    so that one wrong cell is named once.
    """
    if settings.pay.points_pay != LOTTERY:
        implied = points * float(settings.money_per_point)
        if abs(paid.earnings - implied) > ROUNDING:
            yield WrongAmount(paid, "earnings", paid.earnings, round(implied, 2), "points at the exchange rate")
        return
    rounds = 1 if paid.paid_round is not None else settings.schedule.rounds
    chance = float(lottery_chance(settings, Decimal(repr(points)), rounds))
    if paid.lottery is None or abs(paid.lottery.chance - chance) > SAME_CHANCE:
        said = math.nan if paid.lottery is None else paid.lottery.chance
        yield WrongAmount(paid, "lottery_chance", said, chance, "how far the points lie between the least and the most of a round")
        return
    yield from _lot(paid, "lottery", paid.lottery.won, paid.lottery.number < paid.lottery.chance)
    prize = float(settings.pay.lottery_prize) if paid.lottery.won else 0.0
    if abs(paid.earnings - prize) > EXACT:
        yield WrongAmount(paid, "earnings", paid.earnings, prize, "the prize for a subject who won the lottery")


def _belief(paid: PaymentRow, settings: SessionSettings) -> Iterator[WrongAmount]:
    if paid.belief_round is not None and paid.belief_round == paid.paid_round:
        yield WrongAmount(paid, "belief_round", paid.belief_round, 0, "a round other than the one paid for its points")
    prize, lot = 0.0, paid.belief
    if lot is not None:
        yield from _lot(paid, "belief", lot.won, lot.number < lot.chance)
        prize = float(settings.pay.belief_prize or 0) if lot.won else 0.0
    if abs(paid.belief_earnings - prize) > EXACT:
        yield WrongAmount(paid, "belief_earnings", paid.belief_earnings, prize, "the prize for a belief that won it")


def _lot(paid: PaymentRow, kind: str, said: bool, implied: bool) -> Iterator[WrongAmount]:
    if said != implied:
        yield WrongAmount(paid, f"{kind}_won", int(said), int(implied), "a number below the chance wins")


def _limits(paid: PaymentRow, settings: SessionSettings) -> Iterator[WrongAmount]:
    subtotal = Decimal(repr(round(paid.earnings + paid.belief_earnings + paid.participation_fee, 2)))
    implied = float(within_limits(settings, subtotal) - subtotal)
    if abs(paid.adjustment - implied) > EXACT:
        yield WrongAmount(paid, "adjustment", paid.adjustment, implied, "what payment_floor and payment_cap add or subtract")


def _total(paid: PaymentRow) -> Iterator[WrongAmount]:
    total = round(paid.earnings + paid.belief_earnings + paid.participation_fee + paid.adjustment, 2)
    if abs(total - paid.total) > EXACT:
        parts = "earnings + belief_earnings + participation fee + adjustment" if paid.complete else "earnings + participation fee"
        yield WrongAmount(paid, "total", paid.total, total, parts)
