"""First offers: what they cost at p1, and as whose they are read."""

import math
from collections import Counter

import numpy as np
import pytest

from experiment.offers import Offer
from tests.synthetic import alpha_star, noisy, play
from theory.economy.environment import environment_fields, parse_environment, read_environment

NO_TRADE = Offer(0.0, 0.0)


def g(kind, q, r):
    """G_x of eq. (4) in small_market by hand: log Cobb-Douglas, scale 80, shift -166, floor 0, P[low | blue] = 0.7."""
    low, high = {"blue": (0.15, 0.5), "green": (0.5, 0.85)}[kind]
    chance = {"blue": 0.7, "green": 0.3}[kind]
    if q == 0 or r == 0:
        return 0.0
    points = [max(-166 + 80 * (w * math.log(q) + (1 - w) * math.log(r)), 0.0) for w in (low, high)]
    return chance * points[0] + (1 - chance) * points[1]


def test_regret_is_what_an_offer_loses_at_p1_by_hand(compare):
    found = compare(play(participants=8, rounds=4, first=noisy(alpha_star, 60)))
    # the mean weight of blue is 0.255 and of green 0.745, and at p1 = 1 demand for q is 20 w
    best = {"blue": g("blue", 5.1, 14.9), "green": g("green", 14.9, 5.1)}
    decisions = found.tables.decisions_compared
    assert decisions["stage1"].nunique() > 20
    for row in decisions.itertuples():
        held = 10 * (1 + row.stage1), 10 * (1 - row.stage1)
        assert row.stage1_regret == pytest.approx(best[row.type] - g(row.type, *held), abs=1e-9)
        assert row.stage1_regret_share == pytest.approx(row.stage1_regret / (best[row.type] - g(row.type, 10, 10)), abs=1e-9)


def test_who_offers_nothing_forgoes_all_gains_and_who_misses_the_stage_has_no_regret(compare):
    found = compare(play(participants=4, rounds=2, first=lambda seat: None if seat.participant == 1 else NO_TRADE))
    decisions = found.tables.decisions_compared
    absent = decisions["stage1_source"] == "absent"
    assert absent.sum() == 2
    np.testing.assert_allclose(decisions.loc[~absent, "stage1_regret_share"], 1)
    assert decisions.loc[absent, ["stage1_regret", "stage1_regret_share", "inside_interval"]].isna().all(axis=None)
    assert found.tables.confusion["offers"].sum() == 6


def test_an_offer_of_everything_costs_what_is_paid_down_to_the_floor(compare):
    decisions = compare(play(participants=4, rounds=1, first=lambda _: Offer(10.0, 0.0))).tables.decisions_compared
    best = {"blue": g("blue", 5.1, 14.9), "green": g("green", 14.9, 5.1)}
    np.testing.assert_allclose(decisions["stage1_regret"], [best[kind] for kind in decisions["type"]], atol=1e-9)


def test_the_confusion_matrix_counts_who_was_read_as_whom(compare):
    found = compare(play(participants=24, rounds=4, environment="three_types", first=noisy(alpha_star, 60)))
    counted = Counter(zip(found.tables.decisions_compared["type"], found.tables.decisions_compared["read_as"], strict=True))
    matrix = found.tables.confusion
    assert len(matrix) == 9
    assert (matrix["type"] != matrix["read_as"]).dot(matrix["offers"]) > 0
    for row in matrix.itertuples():
        assert row.offers == counted[row.type, row.read_as]
        assert row.share == pytest.approx(row.offers / sum(n for (kind, _), n in counted.items() if kind == row.type))
    diagonal = matrix[matrix["type"] == matrix["read_as"]].set_index("type")["share"]
    inside = found.tables.stage1_offers.set_index("type")["share_inside_interval"]
    np.testing.assert_allclose(diagonal[inside.index], inside)


def test_where_two_optima_coincide_nobody_is_read_and_regrets_are_still_told(compare):
    fields = environment_fields(read_environment("environments/small_market.toml"))
    fields["utility"]["weight"]["green"] = fields["utility"]["weight"]["blue"]
    fields["likelihood"] = {state: {"blue": 0.5, "green": 0.5} for state in fields["likelihood"]}
    tables = compare(play(participants=8, rounds=2, economy=parse_environment(fields))).tables
    assert tables.confusion.empty
    assert tables.information.empty
    assert tables.decisions_compared["stage1_regret"].between(-1e-9, 0.01).all()
