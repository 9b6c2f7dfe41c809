"""The payment page: the rounds, the paid one in words, chance shown as it decided, and why somebody left."""

from decimal import Decimal

import pytest

from experiment.bounds import points_bounds
from experiment.config import DEFAULTS, read_settings
from experiment.earnings import Earned, StatedBelief
from experiment.leaving import BEFORE_MARKET, NO_MATCH
from experiment.pages.beliefs import chance_text
from experiment.pages.payment import payment_variables
from experiment.payments import BeliefPayment, Lot, Payout, payment

CONFIG = {**DEFAULTS, "environment": "small_market", "rounds": 3, "participation_fee": 5, "real_world_currency_per_point": 0.1}
SETTINGS = read_settings(CONFIG)


def test_it_names_the_paid_round_and_the_money():
    paid = Payout(2, Decimal("31.25"), Decimal("3.13"), Decimal(5), Decimal("8.13"), rounds=(1.0, 31.25, None))
    shown = payment_variables(SETTINGS, paid, "EUR")
    assert (shown["paid_round"], shown["points"], shown["left"], shown["lottery"]) == (2, "31.25", None, None)
    assert (shown["earnings"], shown["fee"], shown["total"], shown["hundred_points"]) == ("€3.13", "€5.00", "€8.13", "€10.00")
    assert [(row.number, row.points, row.paid) for row in shown["by_round"]] == [(1, "1.00", False), (2, "31.25", True), (3, "–", False)]


def test_a_lot_is_shown_as_it_decided():
    settings = read_settings({**CONFIG, "points_pay": "lottery", "beliefs": True})
    close = Lot(Decimal("0.43215"), Decimal("0.43214"))
    belief = BeliefPayment(3, Lot(Decimal("0.91"), Decimal("0.91")), Decimal("0.00"))
    paid = Payout(2, Decimal(30), Decimal(10), Decimal(5), Decimal(15), Decimal(0), close, belief, rounds=(1.0, 30.0, 2.0))
    shown = payment_variables(settings, paid, "USD")
    assert (shown["lottery"].chance, shown["lottery"].number, shown["lottery"].won) == ("43.215\xa0%", "43.214\xa0%", True)
    assert (shown["belief_lot"].chance, shown["belief_lot"].number, shown["belief_lot"].won) == ("91\xa0%", "91\xa0%", False)
    assert [row.belief for row in shown["by_round"]] == [False, False, True]


@pytest.mark.parametrize("reason", BEFORE_MARKET)
def test_who_left_is_told_why_in_one_sentence(reason):
    shown = payment_variables(SETTINGS, payment(SETTINGS, 7, 1, None, reason), "USD")
    assert shown["left"].count(".") == 1
    assert shown["total"] == "$5.00"


def test_who_was_not_there_when_a_market_began_is_not_told_that_none_did():
    shown = payment_variables(SETTINGS, payment(SETTINGS, 7, 1, None, NO_MATCH), "USD")
    assert shown["left"] == "Your part ended before the market because none began for you while you were there."


def test_over_all_rounds_the_average_that_is_shown_is_the_one_that_decides():
    settings = read_settings({**CONFIG, "points_pay": "lottery", "paid_rounds": "all"})
    bounds = points_bounds(settings.environment, settings.active)
    for points in ((10.0, 20.5, 31.25), (10.0, None, 31.25)):
        paid = payment(settings, 7, 1, Earned(points))
        shown = payment_variables(settings, paid, "USD")
        chance = (float(shown["average_points"]) - bounds.least) / (bounds.most - bounds.least)
        assert float(paid.lottery.chance) == pytest.approx(chance, abs=1e-4)
        assert shown["lottery"].chance == chance_text(paid.lottery.chance)
    assert payment_variables(SETTINGS, payment(SETTINGS, 7, 1, Earned(points)), "USD")["average_points"] is None


def test_floor_and_cap_have_a_line_of_their_own():
    settings = read_settings({**CONFIG, "payment_floor": 9, "payment_cap": 10})
    beliefs = (StatedBelief((50, 50), 0),) * 3
    poor = payment_variables(settings, payment(settings, 7, 1, Earned((0.0,) * 3, beliefs)), "USD")
    rich = payment_variables(settings, payment(settings, 7, 1, Earned((99.0,) * 3, beliefs)), "USD")
    assert (poor["raised"], poor["lowered"], poor["total"]) == ("$4.00", None, "$9.00")
    assert (rich["raised"], rich["lowered"], rich["total"]) == (None, "-$4.90", "$10.00")
