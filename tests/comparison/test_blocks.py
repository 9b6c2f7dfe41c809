"""Market rounds as arrays: the same numbers as one market round at a time."""

import numpy as np
import pytest

from comparison.statistics.blocks import blocks
from tests.synthetic import alpha_star, beta, noisy, play
from theory.mechanism import market_trade


def missing(rule):
    return lambda seat: None if seat.participant in (2, 7) else rule(seat)


@pytest.fixture
def noise(compare):
    second = missing(noisy(beta, 30))
    return compare(play(participants=24, rounds=3, environment="three_types", first=missing(noisy(alpha_star, 60)), second=second))


def test_totals_and_prices_are_those_of_each_market_alone(noise):
    block, env = noise.block, noise.block.environment
    made = np.where(np.isnan(block.second), 0.0, block.second)
    price, totals = block.clear(made)
    for place in range(block.size):
        rows = (block.market == place) & block.active
        alone = market_trade(env, made[rows])
        assert price[place] == pytest.approx(alone.price, rel=1e-14)
        np.testing.assert_allclose(block.others[rows], np.array([alone.total_q, alone.total_r]) - made[rows], rtol=1e-13)
        np.testing.assert_array_equal(block.configuration[place], noise.markets[place].configuration)
        np.testing.assert_allclose(totals[place], [alone.total_q, alone.total_r], rtol=1e-14)
    assert np.isnan(block.others[~block.active]).all()


def test_an_offer_outside_o_leaves_its_market_without_a_price_and_no_other(noise):
    block = noise.block
    offers = np.where(np.isnan(block.second), 0.0, block.second)
    offers[np.flatnonzero(block.active & (block.market == 1))[0]] = [1.0, 1.0]
    price, _ = block.clear(offers)
    np.testing.assert_array_equal(np.isnan(price), np.arange(block.size) == 1)


def test_blocks_hold_every_row_of_every_market_round_once(compare):
    both = compare(
        play(code="a", participants=8, rounds=2),
        play(code="b", participants=12, rounds=1, environment="three_types"),
        play(code="c", participants=8, rounds=1),
    )
    found = blocks(both.markets)
    assert [block.environment.name for block in found] == ["small_market", "three_types"]
    rows = np.concatenate([block.rows for block in found])
    np.testing.assert_array_equal(np.sort(rows), np.arange(sum(len(market.rows) for market in both.markets)))
    said = [row.decision for market in both.markets for row in market.rows]
    for block in found:
        np.testing.assert_array_equal(block.points, [said[row].points for row in block.rows])


def test_tables_stand_in_the_order_of_the_market_rounds_whatever_their_economies(compare):
    both = compare(
        play(code="a", participants=8, rounds=2),
        play(code="b", participants=12, rounds=1, environment="three_types"),
        play(code="c", participants=8, rounds=1),
    )
    rounds, decisions = both.tables.market_rounds, both.tables.decisions_compared
    assert list(rounds["session_code"]) == [market.session.code for market in both.markets]
    assert list(rounds["market"]) == [market.market for market in both.markets]
    assert list(decisions["participant_code"]) == [row.decision.participant_code for market in both.markets for row in market.rows]
    assert list(decisions["points"]) == [row.decision.points for market in both.markets for row in market.rows]
