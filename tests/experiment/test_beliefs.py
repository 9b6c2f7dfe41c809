"""Stated beliefs: what counts as one, and that the truth is the best thing to say."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiment.beliefs import Belief, InvalidBelief, kept_belief, winning_chance
from experiment.pages.beliefs import chance_text


def expected_chance(said, held):
    return sum(Decimal(p) / 100 * winning_chance(said, z) for z, p in enumerate(held))


@pytest.mark.parametrize("held", [(0, 100), (1, 99), (37, 63), (50, 50), (100, 0)])
def test_with_two_states_no_other_statement_is_as_good_as_the_truth(held):
    truth = expected_chance(held, held)
    assert all(expected_chance((p, 100 - p), held) < truth for p in range(101) if p != held[0])


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_with_three_states_the_truth_is_best_by_half_the_squared_distance(a, b, c, d):
    said, held = sorted((a, b)), sorted((c, d))
    said, held = (said[0], said[1] - said[0], 100 - said[1]), (held[0], held[1] - held[0], 100 - held[1])
    lost = sum(Decimal(p - h) ** 2 for p, h in zip(said, held, strict=True)) / 20_000
    assert expected_chance(held, held) - expected_chance(said, held) == lost


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 2))
def test_a_chance_is_a_probability_with_five_decimals_at_most(a, b, state):
    low, high = sorted((a, b))
    chance = winning_chance((low, high - low, 100 - high), state)
    assert 0 <= chance <= 1
    assert chance == chance.quantize(Decimal("0.00001"))


def test_certainty_wins_surely_when_right_and_never_when_wrong():
    assert (winning_chance((100, 0), 0), winning_chance((100, 0), 1)) == (1, 0)


@pytest.mark.parametrize(("answer", "percents"), [("60,40", (60, 40)), (" 0 , 100% ", (0, 100)), ("007,93", (7, 93))])
def test_whole_percents_that_add_up_are_a_belief(answer, percents):
    assert Belief.parse(answer, 2).percents == percents


WRONG = [
    None,
    "",
    ",",
    "100",
    "60,39",
    "60,41",
    "60,40,0",
    "-1,101",
    "101,-1",
    "50.5,49.5",
    "1e1,90",
    "५०,50",
    "\0,100",
    "nan,1",
    "9" * 999,
]


@pytest.mark.parametrize("answer", WRONG)
def test_anything_else_is_refused_with_one_sentence(answer):
    with pytest.raises(InvalidBelief) as refused:
        Belief.parse(answer, 2)
    assert str(refused.value).count(".") == 1


@pytest.mark.parametrize("states", range(1, 8))
def test_an_even_belief_adds_up(states):
    even = Belief.even(states)
    assert Belief.parse(even.answer, states) == even
    assert max(even.percents) - min(even.percents) <= 1


def test_a_belief_is_kept_by_the_names_of_the_states():
    assert kept_belief(Belief((30, 70)).text(("gut", "„schlecht“"))) == {"gut": 30, "„schlecht“": 70}
    assert kept_belief(None) is None


@pytest.mark.parametrize(("chance", "shown"), [("1", "100"), ("0", "0"), ("0.5", "50"), ("0.91", "91"), ("0.43215", "43.215")])
def test_chances_are_shown_with_the_decimals_they_need(chance, shown):
    assert chance_text(Decimal(chance)) == f"{shown}\N{NO-BREAK SPACE}%"


def test_every_pair_of_percents_has_its_chance_exactly():
    for p, z in product(range(101), (0, 1)):
        distance = (p - 100 * (z == 0)) / 100
        assert abs(float(winning_chance((p, 100 - p), z)) - (1 - distance**2)) < 1e-12
