"""Second offers: what they cost against the others' offers as made, their side, and their response to the prediction."""

import numpy as np
import pytest

from comparison.statistics.stage2 import wrong_side
from experiment.offers import Offer
from tests.synthetic import alpha_star, beta, noisy, play

NO_TRADE = Offer(0.0, 0.0)


def payoffs(block, row):
    """H of every offer on a fine grid, by hand: eq. (2) and (3), log Cobb-Douglas, scale 80, shift -166, floor 0."""
    rows = (block.market == block.market[row]) & block.active
    others = block.second[rows & (np.arange(len(rows)) != row)].sum(axis=0) + rows.sum() * 0.5
    y = np.linspace(-1, 1, 200_001)[1:-1]
    b_q, b_r = 10 * np.maximum(-y, 0), 10 * np.maximum(y, 0)
    price = (others[1] + b_r) / (others[0] + b_q)
    q, r = 10 - b_q + b_r / price, 10 - b_r + b_q * price
    belief = block.belief[block.market[row]]
    weights = np.array([[0.15, 0.5], [0.5, 0.85]])[block.type_index[row]]
    paid = [np.maximum(-166 + 80 * (w * np.log(q) + (1 - w) * np.log(r)), 0) for w in weights]
    return y, belief[0] * paid[0] + belief[1] * paid[1]


def test_regret_is_what_the_best_offer_of_a_fine_grid_pays_more(compare):
    found = compare(play(participants=8, rounds=3, first=noisy(alpha_star, 60), second=noisy(beta, 40)))
    decisions = found.tables.decisions_compared
    active = np.flatnonzero(found.block.active)
    for row in active:
        y, value = payoffs(found.block, row)
        made = np.interp(decisions["stage2"].iloc[row], y, value)
        assert decisions["stage2_regret"].iloc[row] == pytest.approx(value.max() - made, abs=1e-6)
        gains = value.max() - np.interp(0.0, y, value)
        if gains > 1e-3:
            assert decisions["stage2_regret_share"].iloc[row] == pytest.approx((value.max() - made) / gains, abs=1e-3)
    assert decisions["stage2_regret"].iloc[active].min() > -1e-9
    assert decisions["stage2_regret"].iloc[active].max() > 0.5
    assert decisions.loc[~found.block.active, ["stage2_regret", "stage2_regret_share", "wrong_side"]].isna().all(axis=None)


def test_who_offers_nothing_forgoes_all_gains_and_who_misses_the_stage_has_no_regret(compare):
    decisions = compare(
        play(participants=4, rounds=6, second=lambda seat: None if seat.participant == 1 else NO_TRADE)
    ).tables.decisions_compared
    made = decisions["stage2_source"] == "typed"
    share = decisions.loc[made, "stage2_regret_share"].dropna()
    assert len(share) > 0
    np.testing.assert_allclose(share, 1)
    absent = decisions["stage2_source"] == "absent"
    assert absent.any()
    assert decisions.loc[absent, ["stage2_regret", "wrong_side"]].isna().all(axis=None)


def test_the_wrong_side_is_an_offer_of_the_other_good_only():
    offered = np.array([0.2, -0.2, 0.0, 0.2, 0.2, np.nan])
    predicted = np.array([0.3, 0.3, 0.3, 0.0, np.nan, 0.3])
    np.testing.assert_array_equal(wrong_side(offered, predicted), [0, 1, 0, 0, np.nan, np.nan])


def test_who_offers_the_other_good_is_always_on_the_wrong_side(compare):
    def turned(seat):
        return Offer(beta(seat).r, beta(seat).q)

    tables = compare(play(participants=24, rounds=4, environment="mixed_values", second=turned, offer_grid=0.0001)).tables
    trading = tables.decisions_compared.query("active and abs(beta) > 0.001")
    assert (trading["wrong_side"] == 1).all()
