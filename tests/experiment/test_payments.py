"""Payments: to the cent, from the paid round or all, whatever is missing."""

from decimal import Decimal

import pytest

from experiment.config import DEFAULTS, read_settings
from experiment.draws import draw_paid_round
from experiment.payments import paid_points, payment

CONFIG = {**DEFAULTS, "environment": "small_market", "rounds": 3, "participation_fee": "5", "real_world_currency_per_point": "0.25"}


def test_one_random_round_is_paid_and_named():
    settings = read_settings(CONFIG)
    paid = payment(settings, 7, 2, paid_points(settings, 7, 2, [10.0, 20.005, 30.0]))
    assert paid.paid_round == draw_paid_round(2, 3, 7)
    assert paid.points == [Decimal("10.00"), Decimal("20.01"), Decimal("30.00")][paid.paid_round - 1]
    assert paid.total == paid.earnings + Decimal("5.00")


def test_all_rounds_are_paid_as_their_sum():
    settings = read_settings({**CONFIG, "paid_rounds": "all"})
    paid = payment(settings, 7, 2, paid_points(settings, 7, 2, [0.1, 0.2, None]))
    assert (paid.paid_round, paid.points, paid.earnings, paid.total) == (None, Decimal("0.30"), Decimal("0.08"), Decimal("5.08"))


@pytest.mark.parametrize("points", [[], [None, None, None]])
def test_rounds_that_did_not_end_earn_the_fee_only(points):
    settings = read_settings(CONFIG)
    assert payment(settings, 7, 2, paid_points(settings, 7, 2, points)).total == Decimal("5.00")
