"""An environment written as a file is the same environment when it is read."""

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.economies import economies, make_environment, unchecked
from theory.economy.environment import Environment, Role, environment_fields, parse_environment, read_environment
from theory.economy.text import environment_text

SHIPPED = sorted((Path(__file__).parents[2] / "environments").glob("*.toml"))
NAMES = st.from_regex(r"\w(?:[\w .+-]{0,10}[\w.+-])?", fullmatch=True)


def read_again(environment: Environment) -> Environment:
    return parse_environment(tomllib.loads(environment_text(environment)), roles=True)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_environment_is_the_same_after_writing_and_reading(path):
    environment = read_environment(path)
    assert environment_fields(read_again(environment)) == environment_fields(environment)


@given(economies())
@settings(deadline=None)
def test_numbers_keep_every_digit(economy):
    environment = replace(economy.environment, utility=replace(economy.environment.utility, scale=1e-7 / 3, shift=-1e11 / 7))
    assert environment_fields(read_again(environment)) == environment_fields(environment)


@given(st.lists(NAMES, min_size=4, max_size=4, unique=True), st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
@settings(deadline=None)
def test_names_and_descriptions_of_any_script_are_quoted_right(names, description):
    plain = make_environment([[0.2, 0.4], [0.6, 0.8]], [[0.7, 0.3], [0.3, 0.7]])
    environment = replace(plain, name=names[0], description=description, types=tuple(names[:2]), states=tuple(names[2:]))
    for text in (description, 'λ. "a\\b"\n\x7f'):  # TOML holds more than a description may
        assert tomllib.loads(environment_text(unchecked(environment, description=text)))["description"] == text
    assert environment_fields(read_again(environment)) == environment_fields(environment)


def test_names_with_dots_and_spaces_stay_one_name():
    plain = make_environment([[0.2, 0.4], [0.6, 0.8]], [[0.7, 0.3], [0.3, 0.7]])
    environment = replace(plain, types=("a.b", "зелёный 2"), states=("низкий", "high+"))
    assert read_again(environment).types == ("a.b", "зелёный 2")
    assert np.array_equal(read_again(environment).utility.weight, environment.utility.weight)


def test_endowments_by_role_and_a_stated_price_are_written_too():
    plain = make_environment([[0.2, 0.4], [0.6, 0.8]], [[0.7, 0.3], [0.3, 0.7]], endowment=(5.0, 6.0))
    roles = (Role("buyer", 6, 2.0, 9.0), Role("the seller", 6, 8.0, 3.0))
    environment = replace(plain, roles=roles, stated_price=1.5)
    again = read_again(environment)
    assert again.roles == roles
    assert again.stated_price == 1.5
