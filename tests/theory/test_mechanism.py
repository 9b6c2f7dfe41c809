"""Offers, the draw, the histogram and the trades of eq. (1)-(3)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.economies import make_environment
from theory.mechanism import (
    HistogramBar,
    active_after_draw,
    all_offers_equal,
    bundle_against_totals,
    bundles_at_price,
    clear_market,
    clear_markets,
    fixed_price_trade,
    histogram,
    is_offer,
    net_offers,
    offers_of_net,
)

amounts = st.floats(0, 10)
sided = st.tuples(st.booleans(), amounts).map(lambda pair: (pair[1], 0.0) if pair[0] else (0.0, pair[1]))
markets = st.lists(sided, min_size=2, max_size=8)


@given(markets, st.floats(0.01, 5), st.floats(0.01, 5))
def test_stage_2_trades_clear_up_to_the_exogenous_offers(offers, epsilon_q, epsilon_r):
    """Eq. (2) and (3): the agents together gain M (eps_q - eps_r/p) of q, and lose p times that of r."""
    trade = clear_market(offers, [10.0, 20.0], [epsilon_q, epsilon_r])
    gained = trade.bundles.sum(axis=0) - len(offers) * np.array([10.0, 20.0])
    into_q = len(offers) * (epsilon_q - epsilon_r / trade.price)
    assert trade.price == trade.total_r / trade.total_q
    np.testing.assert_allclose(gained, [into_q, -trade.price * into_q], atol=1e-8 * max(1, trade.price))


@given(markets, st.floats(0.01, 5), st.floats(0.01, 5))
def test_every_bundle_is_the_one_of_eq_11_against_the_others_totals(offers, epsilon_q, epsilon_r):
    trade = clear_market(offers, [10.0, 20.0], [epsilon_q, epsilon_r])
    others = np.array([trade.total_q, trade.total_r]) - np.array(offers)
    expected = bundle_against_totals(offers, others[:, 0], others[:, 1], [10.0, 20.0])
    np.testing.assert_allclose(trade.bundles, expected, rtol=1e-9, atol=1e-9)


@given(markets, st.floats(0.01, 5), st.floats(0.01, 5))
def test_no_bundle_is_negative(offers, epsilon_q, epsilon_r):
    assert (clear_market(offers, [10.0, 20.0], [epsilon_q, epsilon_r]).bundles >= 0).all()


def test_who_offers_everything_keeps_nothing_and_not_a_rounding_error_below():
    others = np.random.default_rng(0).uniform(0.1, 50, (1000, 2))
    for good, ends in ((0, (9.7, 0.0)), (1, (0.0, 3.3))):
        kept = bundle_against_totals(ends, others[:, 0], others[:, 1], [9.7, 3.3])[:, good]
        assert (kept >= 0).all()
        assert (kept < 1e-14).all()


@given(st.floats(0, 10), st.floats(0, 20), st.floats(0.1, 50), st.floats(0.1, 50))
def test_lemma_1_a_two_sided_offer_has_a_one_sided_offer_with_the_same_bundle(b_q, b_r, others_q, others_r):
    two_sided = bundle_against_totals([b_q, b_r], others_q, others_r, [10.0, 20.0])
    gained = b_r * others_q - b_q * others_r
    if gained > 0:
        gamma = gained / (others_r + b_r)
        offer = [0.0, others_r * gamma / (others_q - gamma)]
    else:
        gamma = -gained / (others_q + b_q)
        offer = [others_q * gamma / (others_r - gamma), 0.0]
    one_sided = bundle_against_totals(offer, others_q, others_r, [10.0, 20.0])
    np.testing.assert_allclose(one_sided, two_sided, rtol=1e-6, atol=1e-6)


def test_the_inactive_trade_at_the_fixed_price_whatever_others_do():
    offers, bundles = [[2.0, 0.0], [0.0, 4.0], [0.0, 0.0]], [[8, 24], [12, 16], [10, 20]]
    np.testing.assert_allclose(bundles_at_price(offers, 2.0, [10.0, 20.0]), bundles)
    trade = fixed_price_trade(make_environment([[0.3]], [[1.0]], endowment=(10.0, 20.0)), offers)
    assert trade.price == 2.0
    np.testing.assert_allclose(trade.bundles, bundles)


@pytest.mark.parametrize("agents", [1, 2, 7, 8, 9, 40, 200, 1001])
def test_markets_traded_together_are_those_traded_alone_to_the_last_digit(agents):
    generator = np.random.default_rng(agents)
    offers = generator.random((30, agents, 2)) * (generator.integers(0, 2, (30, agents, 1)) == [0, 1])
    active = generator.random((30, agents)) < 0.7
    active[:, 0] = True
    found = clear_markets(np.where(active[..., None], offers, np.nan), active, [10.0, 20.0], [0.3, 0.1])
    everybody = clear_markets(offers, np.ones((30, agents)), [10.0, 20.0], [0.3, 0.1])
    for s in range(30):
        some, alone = clear_market(offers[s, active[s]], [10.0, 20.0], [0.3, 0.1]), clear_market(offers[s], [10.0, 20.0], [0.3, 0.1])
        assert (everybody.price[s], everybody.total_q[s], everybody.total_r[s]) == (alone.price, alone.total_q, alone.total_r)
        np.testing.assert_array_equal(everybody.bundles[s], alone.bundles)
        # the inactive stand between the active, so that the sums group differently
        assert (found.price[s], found.total_q[s], found.total_r[s]) == pytest.approx((some.price, some.total_q, some.total_r), rel=1e-13)
        np.testing.assert_allclose(found.bundles[s, active[s]], some.bundles, rtol=1e-12)


def test_offers_counted_by_type_trade_like_one_agent_after_another():
    offers, counts = np.array([[2.0, 0.0], [np.nan, np.nan], [0.0, 7.0]]), np.array([4, 0, 3])
    found = clear_markets(offers[None], counts[None], [10.0, 20.0], [0.3, 0.1])
    alone = clear_market(np.repeat(offers, counts, axis=0), [10.0, 20.0], [0.3, 0.1])
    assert (found.total_q[0], found.total_r[0]) == pytest.approx((alone.total_q, alone.total_r), rel=1e-14)
    np.testing.assert_allclose(found.bundles[0, [0, 2]], alone.bundles[[0, 4]], rtol=1e-14)


def test_many_draws_at_once_are_the_draws_one_by_one():
    lots = np.random.default_rng(5).random((50, 6))
    np.testing.assert_array_equal(active_after_draw(lots, 4), [active_after_draw(row, 4) for row in lots])


def test_a_market_without_agents_or_exogenous_offers_is_refused():
    for arguments in (([], [10, 10], [1, 1]), ([[1, 0]], [10, 10], [0, 1])):
        with pytest.raises(ValueError, match="needs at least one active agent and positive exogenous offers"):
            clear_market(*arguments)


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
    assert is_offer(offer, [10, 20]) == valid


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


@pytest.mark.parametrize(
    ("offer", "net"), [([4.0, 0.0], -0.4), ([0.0, 5.0], 0.25), ([0.0, 0.0], 0.0), ([10.0, 0.0], -1.0), ([0.0, 20.0], 1.0)], ids=str
)
def test_a_net_offer_is_positive_where_good_r_is_offered(offer, net):
    assert net_offers(offer, [10.0, 20.0]) == net
    assert net_offers(offer) == offer[1] - offer[0]
    assert str(offers_of_net(net, [10.0, 20.0]).tolist()) == str(offer)


def test_the_experiment_and_the_comparison_have_the_sign_of_the_theory():
    from experiment.offers import Offer

    assert Offer(0.0, 3.0).signed == net_offers([0.0, 3.0]) == 3.0
    assert Offer(2.0, 0.0).signed == net_offers([2.0, 0.0]) == -2.0
