"""Lemma 1: for given offers of the others nobody needs both sides of the market; with random prices one may."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.economy.utility import COBB_DOUGLAS, LOG_COBB_DOUGLAS, Utility
from theory.mechanism import bundle_against_totals, is_offer

AMOUNT = st.floats(0.0, 10.0)
TOTAL = st.floats(0.01, 1000.0)


@given(AMOUNT, AMOUNT, TOTAL, TOTAL)
def test_a_one_sided_offer_gives_the_bundle_of_any_two_sided_one(b_q, b_r, others_q, others_r):
    bundle = bundle_against_totals((b_q, b_r), others_q, others_r, [10.0, 10.0])
    if b_r * others_q > b_q * others_r:  # case (i), eq. (12)
        gain = (b_r * others_q - b_q * others_r) / (others_r + b_r)
        one_sided = (0.0, others_r * gain / (others_q - gain))
    else:
        gain = (b_q * others_r - b_r * others_q) / (others_q + b_q)
        one_sided = (others_q * gain / (others_r - gain), 0.0)
    assert is_offer(np.minimum(one_sided, 10.0), [10.0, 10.0])
    assert max(one_sided) <= 10.0 * (1 + 1e-9)
    assert bundle_against_totals(one_sided, others_q, others_r, [10.0, 10.0]) == pytest.approx(bundle, rel=1e-9, abs=1e-9)


TOTALS = np.array([[40.0, 10.0], [10.0, 40.0]])
"""Two equally likely markets: the price is 1/4 in one and 4 in the other."""


def expected(utility: Utility, offers: np.ndarray) -> np.ndarray:
    bundles = np.stack([bundle_against_totals(offers, q, r, [10.0, 10.0]) for q, r in TOTALS])
    return utility.points(bundles[..., 0], bundles[..., 1], 0.5).mean(axis=0)


@pytest.mark.parametrize("utility", [Utility(LOG_COBB_DOUGLAS, np.array([[0.5]])), Utility(COBB_DOUGLAS, np.array([[0.5]]), curvature=0.5)])
def test_with_random_prices_both_sides_pay_at_first_and_offering_both_is_better_than_either(utility):
    # eq. (17) fails: E[p] and E[1/p] both exceed 1, the rate of substitution at the endowment
    step, nothing = 1e-6, expected(utility, np.zeros((1, 2)))[0]
    assert expected(utility, np.array([[step, 0.0]]))[0] > nothing
    assert expected(utility, np.array([[0.0, step]]))[0] > nothing
    amounts = np.linspace(0, 9.99, 1000)
    sides = (np.stack([amounts, 0 * amounts], axis=1), np.stack([0 * amounts, amounts], axis=1))
    one_sided = max(expected(utility, offers).max() for offers in sides)
    both = expected(utility, np.stack([amounts, amounts], 1)).max()
    assert both > one_sided + 1e-3
