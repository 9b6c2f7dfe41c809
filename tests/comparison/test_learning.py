"""Means by paid round: each from the rounds' own decisions, and without a claim about their trend."""

import pytest

from tests.synthetic import alpha_star, noisy, play


def test_errors_that_halve_every_round_are_smaller_every_round(compare):
    def learning(seat):
        return noisy(alpha_star, max(40 >> seat.round_number, 1))(seat)

    tables = compare(play(participants=24, rounds=4, first=learning)).tables
    sizes = tables.learning["abs_stage1_deviation"]
    assert sizes.is_monotonic_decreasing
    decisions = tables.decisions_compared
    for number, size in zip(tables.learning["paid_round"], sizes, strict=True):
        assert size == pytest.approx(decisions.loc[decisions["paid_round"] == number, "stage1_deviation"].abs().mean())
