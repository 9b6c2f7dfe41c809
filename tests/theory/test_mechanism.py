"""Offers, the draw, the histogram and the trades of eq. (1)-(3)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.mechanism import (
    HistogramBar,
    active_after_draw,
    all_offers_equal,
    bundle_against_totals,
    fixed_price_trade,
    histogram,
    is_offer,
    market_trade,
)

amounts = st.floats(0, 10)
sided = st.tuples(st.booleans(), amounts).map(lambda pair: (pair[1], 0.0) if pair[0] else (0.0, pair[1]))
markets = st.lists(sided, min_size=2, max_size=8)


@given(markets, st.floats(0.01, 5), st.floats(0.01, 5))
def test_stage_2_trades_clear_up_to_the_exogenous_offers(offers, epsilon_q, epsilon_r):
    """Eq. (2) and (3): the agents together gain M (eps_q - eps_r/p) of q, and lose p times that of r."""
    trade = market_trade(offers, 10.0, 20.0, epsilon_q, epsilon_r)
    gained = trade.bundles.sum(axis=0) - len(offers) * np.array([10.0, 20.0])
    into_q = len(offers) * (epsilon_q - epsilon_r / trade.price)
    assert trade.price == trade.total_r / trade.total_q
    np.testing.assert_allclose(gained, [into_q, -trade.price * into_q], atol=1e-8 * max(1, trade.price))


@given(markets, st.floats(0.01, 5), st.floats(0.01, 5))
def test_every_bundle_is_the_one_of_eq_11_against_the_others_totals(offers, epsilon_q, epsilon_r):
    trade = market_trade(offers, 10.0, 20.0, epsilon_q, epsilon_r)
    others = np.array([trade.total_q, trade.total_r]) - np.array(offers)
    expected = bundle_against_totals(offers, others[:, 0], others[:, 1], 10.0, 20.0)
    np.testing.assert_allclose(trade.bundles, expected, rtol=1e-9, atol=1e-9)


@given(markets, st.floats(0.01, 5), st.floats(0.01, 5))
def test_no_bundle_is_negative(offers, epsilon_q, epsilon_r):
    assert (market_trade(offers, 10.0, 20.0, epsilon_q, epsilon_r).bundles >= 0).all()


@given(st.floats(0, 10), st.floats(0, 20), st.floats(0.1, 50), st.floats(0.1, 50))
def test_lemma_1_a_two_sided_offer_has_a_one_sided_offer_with_the_same_bundle(b_q, b_r, others_q, others_r):
    two_sided = bundle_against_totals([b_q, b_r], others_q, others_r, 10.0, 20.0)
    gained = b_r * others_q - b_q * others_r
    if gained > 0:
        gamma = gained / (others_r + b_r)
        offer = [0.0, others_r * gamma / (others_q - gamma)]
    else:
        gamma = -gained / (others_q + b_q)
        offer = [others_q * gamma / (others_r - gamma), 0.0]
    one_sided = bundle_against_totals(offer, others_q, others_r, 10.0, 20.0)
    np.testing.assert_allclose(one_sided, two_sided, rtol=1e-6, atol=1e-6)


def test_the_inactive_trade_at_the_fixed_price_whatever_others_do():
    trade = fixed_price_trade([[2.0, 0.0], [0.0, 4.0], [0.0, 0.0]], 10.0, 20.0, 2.0)
    np.testing.assert_allclose(trade.bundles, [[8, 24], [12, 16], [10, 20]])


def test_a_market_without_agents_or_exogenous_offers_is_refused():
    for arguments in (([], 10, 10, 1, 1), ([[1, 0]], 10, 10, 0, 1)):
        with pytest.raises(ValueError, match="needs at least one active agent and positive exogenous offers"):
            market_trade(*arguments)


@pytest.mark.parametrize(
    ("offer", "valid"),
    [
        ((0, 0), True),
        ((10, 0), True),
        ((0, 20), True),
        ((10.1, 0), False),
        ((0, 20.1), False),
        ((-0.1, 0), False),
        ((1, 1), False),
        ((np.nan, 0), False),
        ((np.inf, 0), False),
    ],
)
def test_offers_lie_between_zero_and_the_endowment_of_one_good(offer, valid):
    assert is_offer(offer, 10, 20) == valid


def test_the_draw_makes_exactly_m_active_and_all_equally_often():
    generator = np.random.default_rng(5)
    drawn = np.array([active_after_draw(generator.random(6), 4) for _ in range(6000)])
    assert (drawn.sum(axis=1) == 4).all()
    np.testing.assert_allclose(drawn.mean(axis=0), 4 / 6, atol=0.03)
    together = (drawn[:, 0] & drawn[:, 1]).mean()
    assert together == pytest.approx(4 * 3 / (6 * 5), abs=0.03)


def test_the_histogram_counts_values_from_all_q_to_all_r():
    bars = histogram([[0, 2], [3, 0], [0, 0], [0, 2], [5, 0]])
    assert bars == (HistogramBar(5, 0, 1), HistogramBar(3, 0, 1), HistogramBar(0, 0, 1), HistogramBar(0, 2, 2))
    assert histogram([]) == ()


def test_the_market_shuts_down_only_if_all_named_one_offer():
    assert all_offers_equal([[1, 0], [1, 0]])
    assert not all_offers_equal([[1, 0], [0, 1]])
    assert not all_offers_equal([])
