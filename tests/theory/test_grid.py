"""Grids of economies: what texts such as mechanism.agents=6,12 stand for, and the sentence for each that stands for nothing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.economies import make_environment
from theory.economy.environment import InvalidEnvironment, environment_fields, read_environment
from theory.sweeps.grid import MOST_POINTS, InvalidGrid, read_grid

ENV = read_environment(Path(__file__).parents[2] / "environments" / "mixed_values.toml")
PRIOR = "states.prior.low+states.prior.high"


def values(*texts: str) -> list:
    return list(read_grid(ENV, texts).points)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mechanism.agents=6,12", [6, 12]),
        ("mechanism.agents = 6 , 12", [6, 12]),
        ("mechanism.agents=2:10:3", [2, 6, 10]),
        ("mechanism.agents=3,10:30:3,7", [3, 10, 20, 30, 7]),
        ("utility.scale=1e2,.5,3/4", [100.0, 0.5, 0.75]),
        ("utility.shift=0.1:0.4:4", [0.1, 0.2, 0.3, 0.4]),
        ("utility.shift=2:-2:3", [2.0, 0.0, -2.0]),
        ("utility.family=crra", ["crra"]),
        ("mechanism.inactive_share=0.10,1/6,2/4", ["0.1", "1/6", "0.5"]),
        ("mechanism.inactive_share=0.1:0.4:4", ["0.1", "0.2", "0.3", "0.4"]),
        ("mechanism.inactive_share=0.1:0.2:4", ["0.1", "2/15", "1/6", "0.2"]),
    ],
)
def test_an_axis_lists_the_values_of_its_field(text, expected):
    found = [point[0] for point in values(text)]
    assert found == expected
    assert [type(value) for value in found] == [type(value) for value in expected]


def test_the_last_axis_moves_fastest():
    assert values("mechanism.agents=6,12", "utility.scale=1,2") == [(6, 1.0), (6, 2.0), (12, 1.0), (12, 2.0)]


def test_joined_fields_move_together():
    grid = read_grid(ENV, [f"{PRIOR}=0.3+0.7,0.4:0.6:3+0.6:0.4:3"])
    assert grid.fields == ("states.prior.low", "states.prior.high")
    assert list(grid.points) == [(0.3, 0.7), (0.4, 0.6), (0.5, 0.5), (0.6, 0.4)]


def test_a_point_is_the_environment_with_these_values_and_no_other():
    grid = read_grid(ENV, [f"{PRIOR}=0.25+0.75", "mechanism.agents=20", "utility.weight.blue.low=0.2", "mechanism.inactive_share=1/4"])
    (point,) = grid.points
    found, expected = environment_fields(grid.environment(point)), environment_fields(ENV)
    expected["states"]["prior"] = {"low": 0.25, "high": 0.75}
    expected["mechanism"] |= {"agents": 20, "inactive_share": "1/4"}
    expected["utility"]["weight"]["blue"]["low"] = 0.2
    assert found == expected
    assert environment_fields(ENV)["mechanism"]["agents"] == 12


def test_numbers_that_the_file_leaves_out_can_be_varied():
    grid = read_grid(ENV, ["utility.family+utility.curvature=crra+0.5,crra+2"])
    assert [grid.environment(point).utility.curvature for point in grid.points] == [0.5, 2.0]


def test_a_point_that_is_no_economy_is_refused_as_a_file_is():
    grid = read_grid(ENV, ["states.prior.low=0.3"])
    with pytest.raises(InvalidEnvironment, match=r"states\.prior sums to 0\.8"):
        grid.environment(*grid.points)


def test_names_may_hold_a_plus_or_a_dot():
    env = replace(make_environment([[0.2], [0.7], [0.4]], [[0.3, 0.3, 0.4]]), types=("a", "a+b", "v1.5"))
    grid = read_grid(env, ["likelihood.z0.a+likelihood.z0.a+b+likelihood.z0.v1.5=0.2+0.3+0.5"])
    assert grid.environment(*grid.points).likelihood.tolist() == [[0.2, 0.3, 0.5]]


def test_a_path_that_names_two_values_is_refused():
    env = replace(make_environment([[0.2, 0.2], [0.7, 0.7]], [[0.5, 0.5]] * 2), types=("a", "a.b"), states=("b.c", "c"))
    with pytest.raises(InvalidGrid, match=r"utility\.weight\.a\.b\.c names two values"):
        read_grid(env, ["utility.weight.a.b.c=0.3"])


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["mechanism.agents"], "'mechanism.agents' says nothing to vary"),
        (["mechanism.agent=6"], "the nearest are mechanism.agents"),
        (["types.names=a"], "'types.names' is not a value that the environment file holds"),
        (["states.prior.low+states.prior.hihg=1+1"], "'states.prior.hihg' is not a value that the environment file holds"),
        (["=6"], "'' is not a value"),
        (["mechanism.agents=6", "mechanism.agents=7"], "mechanism.agents is varied twice"),
        ([f"{PRIOR}=0.3+0.7", "states.prior.low=0.3"], "states.prior.low is varied twice"),
        (["mechanism.agents=6,6"], "mechanism.agents takes the value 6 twice"),
        (["mechanism.inactive_share=1/6,2/12"], "mechanism.inactive_share takes the value 1/6 twice"),
        ([f"{PRIOR}=0.3"], "'0.3' does not give states.prior.low+states.prior.high 2 values"),
        ([f"{PRIOR}=0.3:0.4:2+0.7:0.5:3"], "different numbers of values"),
        (["mechanism.agents="], "mechanism.agents is given '', which is not a number"),
        (["mechanism.agents=six"], "'six', which is not a number"),
        (["mechanism.agents=\u0663"], "which is not a number"),
        (["utility.scale=nan"], "'nan', which is not a number"),
        (["utility.scale=1/0"], "'1/0', which is not a number"),
        (["utility.scale=1e400"], "too large to compute with"),
        (["mechanism.agents=6.5"], "'13/2'; it takes whole numbers"),
        (["mechanism.agents=2:1e400:4"], "it takes whole numbers"),
        (["mechanism.agents=6:12"], "write start:stop:count"),
        (["mechanism.agents=6:12:1"], "a count from 2 to"),
        (["mechanism.agents=6:12:x"], "write start:stop:count"),
        (["name=a\nb"], "it takes text on one line"),
        (["utility.shift=0:1:1000", "utility.scale=1:2:1000"], f"1000000 points; a sweep takes at most {MOST_POINTS}"),
    ],
)
def test_what_makes_no_grid_gets_one_sentence(texts, sentence):
    with pytest.raises(InvalidGrid) as caught:
        read_grid(ENV, texts)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5, unique=True))
def test_a_number_that_python_prints_is_read_as_itself(numbers):
    assert [point[0] for point in values("utility.shift=" + ",".join(map(repr, numbers)))] == numbers


@given(
    st.fractions(min_value=0, max_value=1, max_denominator=10**6),
    st.fractions(min_value=0, max_value=1, max_denominator=50),
    st.integers(2, 9),
)
def test_shares_are_equally_spaced_exactly(start, step, count):
    stop = start + step * (count - 1)
    found = [Fraction(point[0]) for point in values(f"mechanism.inactive_share={start}:{stop}:{count}")] if step else []
    assert found == ([start + step * i for i in range(count)] if step else [])
