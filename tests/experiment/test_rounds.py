"""A market round: total on every set of offers, and what eq. (1)-(3) say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiment.config import ENVIRONMENTS
from experiment.offers import NO_TRADE, Offer
from experiment.rounds import announce, clear, points_paid
from theory.economy.environment import read_environment

ENVIRONMENT = read_environment(ENVIRONMENTS / "small_market.toml")
TYPES = ("blue", "green", "green", "blue")
ACTIVE = (True, False, True, True)
offers = st.one_of(
    st.none(),
    st.builds(lambda b: Offer(b, 0.0), st.floats(0, 10)),
    st.builds(lambda b: Offer(0.0, b), st.floats(0, 10)),
)
four_offers = st.lists(offers, min_size=4, max_size=4)


def cleared(stage1, stage2, shut_down=False, active=ACTIVE):
    return clear(ENVIRONMENT, "low", TYPES, active, stage1, stage2, shut_down)


def test_the_announcement_shows_active_offers_only():
    stage1 = [Offer(2.0, 0.0), Offer(9.0, 0.0), Offer(2.0, 0.0), Offer(0.0, 1.5)]
    told = announce(stage1, ACTIVE, shutdown_if_equal=False)
    assert [(bar.offer_q, bar.offer_r, bar.count) for bar in told.bars] == [(2.0, 0.0, 2), (0.0, 1.5, 1)]
    assert (told.without_offer, told.shut_down) == (0, False)


def test_an_absent_offer_is_announced_as_none_made():
    told = announce([None, None, NO_TRADE, Offer(0.0, 1.0)], ACTIVE, shutdown_if_equal=True)
    assert sum(bar.count for bar in told.bars) == 2
    assert told.without_offer == 1


def test_the_market_shuts_down_only_if_all_offers_are_equal_and_the_session_says_so():
    equal = [Offer(1.0, 0.0)] * 4
    assert announce(equal, ACTIVE, True).shut_down
    assert not announce(equal, ACTIVE, False).shut_down
    assert not announce([Offer(1.0, 0.0), NO_TRADE, Offer(1.0, 0.0), Offer(1.0, 0.0)], ACTIVE, True).shut_down


def test_a_worked_round():
    outcome = cleared(
        [Offer(1.0, 0.0), Offer(0.0, 4.0), Offer(1.0, 0.0), NO_TRADE],
        [Offer(3.0, 0.0), None, Offer(0.0, 2.0), NO_TRADE],
    )
    price = (3 * 0.5 + 2.0) / (3 * 0.5 + 3.0)
    assert outcome.price == pytest.approx(price, rel=1e-15)
    assert [seat.price for seat in outcome.seats] == [outcome.price, 1.0, outcome.price, outcome.price]
    assert [(seat.final_q, seat.final_r) for seat in outcome.seats] == [
        pytest.approx(bundle) for bundle in [(7.0, 10 + 3 * price), (14.0, 6.0), (10 + 2 / price, 8.0), (10.0, 10.0)]
    ]
    q, r = outcome.seats[2].final_q, outcome.seats[2].final_r
    assert outcome.seats[2].points == pytest.approx(80 * (0.5 * math.log(q) + 0.5 * math.log(r)) - 166)


@given(four_offers, four_offers, st.lists(st.booleans(), min_size=4, max_size=4), st.booleans())
def test_a_round_clears_whatever_is_offered(stage1, stage2, active, shut_down):
    outcome = cleared(stage1, stage2, shut_down, active)
    for seat, drawn in zip(outcome.seats, active, strict=True):
        assert seat.final_q >= 0
        assert seat.final_r >= 0
        assert math.isfinite(seat.points)
        assert seat.points >= 0
        assert seat.price == (1.0 if not drawn else outcome.price)
    assert (outcome.price is None) == (shut_down or not any(active))


@given(four_offers, four_offers)
def test_stage_2_pays_out_what_was_offered_and_the_exogenous_offers(stage1, stage2):
    outcome = cleared(stage1, stage2)
    final = np.array([(seat.final_q, seat.final_r) for seat, drawn in zip(outcome.seats, ACTIVE, strict=True) if drawn])
    injected_q, injected_r = 1.5 - 1.5 / outcome.price, 1.5 - 1.5 * outcome.price
    assert final[:, 0].sum() == pytest.approx(30 + injected_q)
    assert final[:, 1].sum() == pytest.approx(30 + injected_r)


def test_a_shut_market_leaves_the_active_their_endowment_and_the_inactive_their_trade():
    outcome = cleared([Offer(1.0, 0.0)] * 4, [None] * 4, shut_down=True)
    assert outcome.price is None
    assert [(seat.final_q, seat.final_r) for seat in outcome.seats] == [(10, 10), (9, 11), (10, 10), (10, 10)]


def test_the_floor_is_paid_where_a_bundle_is_worth_less():
    assert points_paid(ENVIRONMENT, "blue", "low", 0.0, 20.0) == 0.0
    assert points_paid(ENVIRONMENT, "blue", "low", 10.0, 10.0) == pytest.approx(80 * math.log(10) - 166)
