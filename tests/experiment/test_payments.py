"""Payments: to the cent, under every scheme, whatever is missing; and the same to oTree wherever points can say it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiment.bounds import points_bounds
from experiment.config import DEFAULTS, read_settings
from experiment.config_fields import InvalidSettings
from experiment.draws import draw_belief_number, draw_belief_round, draw_lottery_number, draw_paid_round
from experiment.earnings import Earned, StatedBelief, earned_of, keep_earned
from experiment.leaving import BEFORE_MARKET, TIMED_OUT
from experiment.payments import lottery_chance, payment, payoff_in_points
from experiment.session_checks import check_settings

CONFIG = {**DEFAULTS, "environment": "small_market", "rounds": 3, "participation_fee": "5", "real_world_currency_per_point": "0.25"}
LOTTERY = {"points_pay": "lottery", "lottery_prize": 12.5}
BELIEFS = {"beliefs": True, "belief_prize": 3}


def pay(points, fields=None, participant=2, beliefs=(), left=None, seed=7):
    return payment(read_settings({**CONFIG, **(fields or {})}), seed, participant, Earned(tuple(points), tuple(beliefs)), left)


def adds_up(paid):
    return paid.earnings + paid.belief_earnings + paid.fee + paid.adjustment == paid.total


def test_one_random_round_is_paid_and_named():
    paid = pay([10.0, 20.005, 30.0])
    assert paid.paid_round == draw_paid_round(2, 3, 7)
    assert paid.points == [Decimal("10.00"), Decimal("20.01"), Decimal("30.00")][paid.paid_round - 1]
    assert paid.total == paid.earnings + Decimal("5.00")


def test_all_rounds_are_paid_as_their_sum():
    paid = pay([0.1, 0.2, None], {"paid_rounds": "all"})
    assert (paid.paid_round, paid.points, paid.earnings, paid.total) == (None, Decimal("0.30"), Decimal("0.08"), Decimal("5.08"))


@pytest.mark.parametrize("points", [[], [None, None, None]])
@pytest.mark.parametrize("fields", [{}, LOTTERY, LOTTERY | {"paid_rounds": "all"}])
def test_rounds_that_did_not_end_earn_the_fee_only(points, fields):
    assert pay(points, fields).total == Decimal("5.00")


def test_before_the_end_nothing_is_earned_and_no_floor_holds():
    paid = payment(read_settings({**CONFIG, "payment_floor": 20}), 7, 2, None)
    assert (paid.points, paid.earnings, paid.total) == (0, 0, Decimal("5.00"))


def test_who_was_not_there_at_the_end_is_paid_as_everybody_for_the_rounds_as_they_ended():
    stayed, timed_out = (pay([100.0] * 3, {"payment_floor": 20}, left=reason) for reason in (None, TIMED_OUT))
    assert timed_out.left_because == TIMED_OUT
    assert replace(timed_out, left_because=None) == stayed


@pytest.mark.parametrize("reason", BEFORE_MARKET)
def test_who_leaves_early_is_paid_the_fee_and_no_round_whatever_was_earned(reason):
    paid = pay([100.0] * 3, {"payment_floor": 20, **LOTTERY, **BELIEFS}, left=reason, beliefs=[StatedBelief((100, 0), 0)] * 3)
    assert (paid.paid_round, paid.points, paid.total, paid.left_because) == (None, 0, Decimal("5.00"), reason)
    assert (paid.lottery, paid.belief, paid.adjustment) == (None, None, 0)
    assert payoff_in_points(paid, Decimal("0.25")) == 0


@pytest.mark.parametrize("participant", range(1, 30))
def test_in_the_lottery_points_are_a_chance_and_the_drawn_number_decides(participant):
    paid = pay([40.0, 40.0, 40.0], LOTTERY, participant)
    settings = read_settings({**CONFIG, **LOTTERY})
    bounds = points_bounds(settings.environment, settings.active)
    assert abs(float(paid.lottery.chance) - (40 - bounds.least) / (bounds.most - bounds.least)) <= 0.5e-5
    assert paid.lottery.number == draw_lottery_number(participant, 7)
    assert paid.earnings == (Decimal("12.50") if paid.lottery.number < paid.lottery.chance else 0)
    assert adds_up(paid)


def test_the_lottery_over_all_rounds_takes_their_average():
    settings = read_settings({**CONFIG, **LOTTERY, "paid_rounds": "all"})
    assert pay([10.0, 20.0, 60.0], LOTTERY | {"paid_rounds": "all"}).lottery.chance == lottery_chance(settings, Decimal(30), 1)


def test_a_round_that_did_not_end_is_no_chance_in_the_average():
    fields = LOTTERY | {"paid_rounds": "all"}
    two, one = pay([30.0, 30.0, 30.0], fields).lottery.chance, pay([30.0, None, None], fields).lottery.chance
    assert abs(two - 3 * one) <= Decimal("0.00002")


def test_the_most_points_win_for_certain_and_the_least_never():
    settings = read_settings({**CONFIG, **LOTTERY})
    bounds = points_bounds(settings.environment, settings.active)
    assert lottery_chance(settings, Decimal(bounds.most), 1) == 1
    assert lottery_chance(settings, Decimal(bounds.least), 1) == 0
    assert all(0 <= draw_lottery_number(n, 7) < 1 for n in range(1, 2000))


def test_floor_and_cap_hold_for_the_total_with_the_fee():
    raised, lowered = pay([0.0] * 3, {"payment_floor": 8}), pay([100.0] * 3, {"payment_cap": 12})
    assert (raised.total, raised.adjustment, raised.earnings) == (Decimal("8.00"), Decimal("3.00"), 0)
    assert (lowered.total, lowered.adjustment, lowered.earnings) == (Decimal("12.00"), Decimal("-18.00"), Decimal("25.00"))
    assert adds_up(raised)
    assert adds_up(lowered)


def test_a_belief_is_paid_in_another_round_than_the_points():
    beliefs = [StatedBelief((70, 30), 0)] * 3
    for participant in range(1, 40):
        paid = pay([1.0] * 3, BELIEFS, participant, beliefs)
        assert paid.belief.round != paid.paid_round
        assert paid.belief.round == draw_belief_round(participant, [n for n in (1, 2, 3) if n != paid.paid_round], 7)
        assert (paid.belief.lot.chance, paid.belief.lot.number) == (Decimal("0.91"), draw_belief_number(participant, 7))
        assert paid.belief_earnings == (3 if paid.belief.lot.number < paid.belief.lot.chance else 0)
        assert adds_up(paid)


def test_a_belief_is_drawn_among_the_rounds_in_which_one_was_asked_for():
    stated = StatedBelief((70, 30), 1)
    for participant in range(1, 40):
        paid = pay([1.0] * 3, BELIEFS, participant, [None, stated, None])
        assert (paid.belief is None) == (paid.paid_round == 2)
        assert paid.belief is None or paid.belief.round == 2


def test_where_all_rounds_are_paid_the_belief_may_be_of_any():
    stated = [StatedBelief((70, 30), 1)] * 3
    drawn = {pay([1.0] * 3, BELIEFS | {"paid_rounds": "all"}, n, stated).belief.round for n in range(1, 60)}
    assert drawn == {1, 2, 3}


def test_a_belief_that_was_asked_for_and_not_stated_wins_nothing():
    paid = pay([1.0] * 3, BELIEFS, 1, [StatedBelief(None, 1)] * 3)
    assert paid.belief.lot is None
    assert paid.belief_earnings == 0


@given(
    st.lists(st.floats(0, 150), min_size=3, max_size=3),
    st.sampled_from([{}, LOTTERY, BELIEFS, {"payment_floor": 17.33}, {"payment_cap": 9.99}]),
    st.sampled_from(["0.035", "0.1", "0.25", "0.3333", "1"]),
)
def test_otree_reckons_the_same_from_the_payoff_to_the_cent(points, fields, rate):
    fields = fields | {"real_world_currency_per_point": rate}
    paid = pay(points, fields, 3, [StatedBelief((60, 40), 0)] * 3)
    payoff = payoff_in_points(paid, Decimal(rate))
    money = Decimal.from_float(float(payoff) * float(rate)).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert payoff == payoff.quantize(Decimal("0.01"))
    assert money + paid.fee == paid.total


def test_points_that_are_worth_nothing_stay_the_points_earned():
    paid = pay([33.0] * 3, LOTTERY | {"real_world_currency_per_point": 0})
    assert payoff_in_points(paid, Decimal(0)) == Decimal("33.00")


def test_what_is_earned_is_kept_with_the_participant():
    class Someone:
        vars = {}  # noqa: RUF012

    assert earned_of(Someone()) is None
    earned = Earned((1.5, None, 3.25), (None, StatedBelief((10, 90), 1), StatedBelief(None, 0)))
    keep_earned(Someone(), earned)
    assert earned_of(Someone()) == earned


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"points_pay": "lottery", "lottery_prize": 0}, "lottery_prize"),
        ({"beliefs": True, "rounds": 1}, "beliefs"),
        ({"payment_cap": 4}, "payment_cap"),
    ],
)
def test_rules_that_cannot_pay_are_refused_with_one_sentence(fields, field):
    with pytest.raises(InvalidSettings) as refused:
        check_settings(read_settings({**CONFIG, **fields}))
    assert field in str(refused.value)


@pytest.mark.parametrize(
    ("fields", "word"),
    [({"beliefs": True, "belief_prize": 0}, "belief_prize"), (LOTTERY | {"payment_cap": 10}, "payment_cap")],
)
def test_rules_that_may_not_be_meant_are_warned_of(fields, word):
    assert any(word in warning for warning in check_settings(read_settings({**CONFIG, **fields})))


def test_beliefs_need_no_second_round_where_all_are_paid():
    check_settings(read_settings({**CONFIG, "beliefs": True, "rounds": 1, "paid_rounds": "all"}))
