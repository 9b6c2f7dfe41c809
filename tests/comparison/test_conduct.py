"""Conduct: price takers have 0, Nash players 1, and the first-order condition holds at the estimate."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from comparison.conduct import conduct
from tests.synthetic import alpha_star, beta, play
from theory.rivals import COMPETITIVE, rival_outcome


def price_taking(seat):
    environment = seat.settings.environment
    counts = [seat.active_types.count(name) for name in environment.types]
    offers = rival_outcome(environment, COMPETITIVE, [counts]).offers[0]
    return seat.settings.grid.nearest(*offers[environment.type_index(seat.type)])


@pytest.mark.parametrize("name", ["mixed_values", "nearly_common", "three_types"])
@pytest.mark.parametrize(("rule", "theta"), [(price_taking, 0), (beta, 1)])
def test_price_takers_have_conduct_zero_and_nash_players_one(compare, name, rule, theta):
    found = compare(play(participants=24, rounds=3, environment=name, second=rule, offer_grid=0.0001))
    (row,) = found.tables.conduct.to_dict("records")
    assert row["theta"] == pytest.approx(theta, abs=2e-3)
    assert row["offers"] == found.block.active.sum()
    assert row["root_mean_square"] < 1e-4


def test_between_the_two_the_estimate_lies_between(compare):
    def between(seat):
        y = (beta(seat).signed + price_taking(seat).signed) / 2
        return seat.settings.grid.nearest(max(-y, 0.0), max(y, 0.0))

    found = compare(play(participants=24, rounds=4, environment="mixed_values", second=between, offer_grid=0.0001))
    assert 0.3 < found.tables.conduct["theta"].item() < 0.7


def test_the_estimate_is_the_least_sum_of_squares_of_offers_that_satisfy_the_first_order_condition(compare):
    """By hand on markets of three: net offers by bisection of MRS = p (1 - theta b/Q)."""
    found = compare(play(participants=4, rounds=8, first=alpha_star, second=lambda seat: _shifted(beta(seat), seat)))
    block = found.block
    rows = np.flatnonzero(block.active)
    observed = block.second[rows, 1] / 10 - block.second[rows, 0] / 10

    def squares(theta):
        return ((observed - _by_hand(block, rows, theta)) ** 2).sum()

    least = minimize_scalar(squares, bounds=(-1, 4), method="bounded", options={"xatol": 1e-9})
    found = conduct(block, block.active)
    assert found.theta == pytest.approx(least.x, abs=1e-5)
    assert found.root_mean_square == pytest.approx(np.sqrt(least.fun / len(rows)), rel=1e-9)


def test_offers_that_say_nothing_about_conduct_give_none(compare):
    found = compare(play(participants=4, rounds=2))
    empty = conduct(found.block, np.zeros_like(found.block.active))
    assert np.isnan(empty.theta)
    assert empty.offers == 0


def _shifted(offer, seat):
    y = offer.signed * 0.8 + 0.1 * (seat.participant - 2)
    return seat.settings.grid.nearest(max(-y, 0.0), max(y, 0.0))


def _by_hand(block, rows, theta):
    weights = np.array([[0.15, 0.5], [0.5, 0.85]])
    w = (block.belief[block.market[rows]] * weights[block.type_index[rows]]).sum(axis=1)
    odds = w / (1 - w)  # U_q/U_r = odds r/q
    q_, r_ = block.others[rows].T
    sells = r_ / q_ > odds
    low, high = np.zeros(len(rows)), np.full(len(rows), 10.0)
    for _ in range(60):
        b = (low + high) / 2
        total_q, total_r = np.where(sells, q_ + b, q_), np.where(sells, r_, r_ + b)
        price = total_r / total_q
        q = np.where(sells, 10 - b, 10 + b / price)
        r = np.where(sells, 10 + b * price, 10 - b)
        wanted = np.where(sells, price * (1 - theta * b / total_q), price / np.maximum(1 - theta * b / total_r, 1e-300))
        too_little = np.where(sells, odds * r / q < wanted, odds * r / q > wanted)
        low, high = np.where(too_little, b, low), np.where(too_little, high, b)
    return np.where(sells, -low, low) / 10
