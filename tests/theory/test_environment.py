"""Contract 1: the environment file, and the sentence that a wrong one gets."""

from __future__ import annotations

import copy
import tomllib
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from tests.economies import asymmetric_environment, economies
from tests.sizes import sized
from theory.economy.environment import InvalidEnvironment, environment_fields, parse_environment, read_environment
from theory.economy.utility import FAMILIES

FILE = """
name = "two_by_two"
description = "one sentence"
[states]
prior = { low = 0.5, high = 0.5 }
[types]
names = ["blue", "green"]
[likelihood]
low  = { blue = 0.7, green = 0.3 }
high = { blue = 0.3, green = 0.7 }
[endowment]
q = 10.0
r = 20.0
[utility]
family = "cobb-douglas-log"
scale = 60.0
shift = -110.0
floor = 0.0
[utility.weight]
blue  = { low = 0.3, high = 0.6 }
green = { low = 0.4, high = 0.7 }
[mechanism]
agents = 12
inactive_share = "1/6"
epsilon = { q = 0.1, r = 0.2 }
"""


def changed(path: str, value: object) -> dict:
    """The fields of the file with one of them replaced, or removed where the value is None."""
    fields = copy.deepcopy(tomllib.loads(FILE))
    *tables, key = path.split(".")
    table = fields
    for name in tables:
        table = table[name]
    if value is None:
        del table[key]
    else:
        table[key] = value
    return fields


def test_the_file_of_the_contract_is_read(tmp_path):
    path = tmp_path / "two.toml"
    path.write_text(FILE)
    env = read_environment(path)
    assert (env.name, env.states, env.types) == ("two_by_two", ("low", "high"), ("blue", "green"))
    np.testing.assert_array_equal(env.likelihood, [[0.7, 0.3], [0.3, 0.7]])
    np.testing.assert_array_equal(env.utility.weight, [[0.3, 0.6], [0.4, 0.7]])
    assert (env.endowment_q, env.endowment_r, env.epsilon_q, env.epsilon_r) == (10, 20, 0.1, 0.2)
    assert (env.utility.scale, env.utility.shift, env.utility.floor) == (60, -110, 0)
    assert (env.agents, env.active, env.inactive_share) == (12, 10, Fraction(1, 6))
    assert env.inactive_probability == pytest.approx(1 / 6)
    assert env.fixed_price == 2


def test_m_is_exact_where_floating_point_is_not():
    env = parse_environment(changed("mechanism.inactive_share", "0.7")).with_agents(10)
    assert env.active == 3


def test_the_chance_to_be_inactive_is_that_of_the_draw_and_not_eta():
    env = parse_environment(changed("mechanism.inactive_share", "1/10")).with_agents(4)
    assert (env.active, env.inactive_probability) == (4, 0.0)


@given(economies())
@settings(max_examples=sized(small=20, full=40), deadline=None)
def test_an_environment_survives_being_written_and_parsed(economy):
    fields = environment_fields(economy.environment)
    again = environment_fields(parse_environment(fields))
    np.testing.assert_allclose(
        [list(row.values()) for row in again.pop("likelihood").values()],
        [list(row.values()) for row in fields.pop("likelihood").values()],
        rtol=1e-15,
    )
    assert again.pop("states")["prior"] == pytest.approx(fields.pop("states")["prior"], rel=1e-15)
    assert again == fields


@pytest.mark.parametrize("name", ["two_by_two", "Zwei mal zwei", "λ-1.5", "家 2"])
def test_a_name_is_of_any_script(name):
    assert parse_environment(changed("name", name)).name == name


def test_a_description_is_a_sentence_with_any_punctuation():
    said = "=Not a formula: <b>50 %</b>, “quoted” — می\u200cخواهم; 1 & 2 | 3?"
    assert parse_environment(changed("description", said)).description == said
    assert parse_environment(changed("description", None)).description == ""
    assert parse_environment(changed("description", "over\n  two lines\n")).description == "over two lines"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_read(family):
    fields = environment_fields(asymmetric_environment(family))
    assert parse_environment(fields).utility.family == family


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("name", None, "name is missing"),
        ("name", 3, "name is 3; it must be text"),
        ("name", "<script>alert(1)</script>", "name is '<script>alert(1)</script>'; a name is made of at most 40"),
        ("name", "=cmd|x", "name is '=cmd|x'; a name is made of"),
        ("name", "-1+1", "name is '-1+1'; a name is made of"),
        ("name", "two\x00", "name is 'two\\x00'; a name is made of"),
        ("name", "a\u202eb", "name is 'a\\u202eb'; a name is made of"),
        ("name", "a" * 5_000_000, "a name is made of"),
        ("name", "two\nlines", "name is 'two\\nlines'; a name is made of"),
        ("description", "a\x00b", "description has the character '\\x00'; it is a sentence"),
        ("description", "a\u202eb", "description has the character '\\u202e'; it is a sentence"),
        ("description", "two\u2028lines", "description has the character '\\u2028'; it is a sentence"),
        ("description", "a" * 5_000_000, "description has 5000000 characters; it is a sentence of at most 1000"),
        ("extra", 1, "'extra' is not a field"),
        ("two\nlines", 1, "'two\\nlines' is not a field"),
        ("states.prior", {"low": 0.5, "high": 0.6}, "states.prior sums to 1.1"),
        ("states.prior", {"low": 1.0, "high": 0.0}, "states.prior.high is 0"),
        ("types.names", [], "types.names is empty; it must hold at least one name"),
        ("types.names", "blue", "types.names is 'blue'; it must be a list of names"),
        ("types.names", ["blue", "blue"], "used once only"),
        ("types.names", ["blue", "a=b"], "'a=b'"),
        ("likelihood.low", None, "likelihood has no entry for the state low"),
        ("likelihood.low", {"blue": 1.0}, "likelihood.low has no entry for the type green"),
        ("likelihood.low", {"blue": 0.7, "green": 0.3, "red": 0.0}, "'red', which is not a type"),
        ("likelihood.low", {"blue": 1.7, "green": -0.7}, "likelihood.low.blue is 1.7"),
        ("likelihood.low", {"blue": 0.5, "green": 0.4}, "likelihood.low sums to 0.9"),
        ("endowment.q", 0, "endowment.q is 0; it must be positive"),
        ("endowment.q", "ten", "endowment.q is 'ten'; it must be a finite number"),
        ("utility.family", "leontief", "utility.family is 'leontief'"),
        ("utility.curvature", 0.5, "'utility.curvature' is not a field"),
        ("utility.weight.blue", {"low": 0.3, "high": 1.0}, "utility.weight.blue.high is 1"),
        ("utility.weight.blue", {"low": 0.3}, "utility.weight.blue has no entry for the state high"),
        ("utility.scale", -1, "utility.scale is -1"),
        ("mechanism.agents", 1, "mechanism.agents is 1; it must be a whole number from 2 to 1000000000"),
        ("mechanism.agents", 10**9 + 1, "mechanism.agents is 1000000001; it must be a whole number from 2"),
        ("mechanism.agents", 12.5, "mechanism.agents is 12.5"),
        ("mechanism.agents", True, "mechanism.agents is True"),
        ("mechanism.inactive_share", 0.5, "written in quotes"),
        ("mechanism.inactive_share", "1", "strictly between 0 and 1"),
        ("mechanism.inactive_share", "1/0", "strictly between 0 and 1"),
        ("mechanism.inactive_share", "1e-9999999", "strictly between 0 and 1"),
        ("mechanism.inactive_share", "1/1_0", "strictly between 0 and 1"),
        ("mechanism.inactive_share", "1/\u0666", "strictly between 0 and 1"),
        ("mechanism.epsilon.q", 0, "mechanism.epsilon.q is 0; it must be positive"),
        ("mechanism.epsilon.q", 1e-13, "mechanism.epsilon.q is 1e-13; it must be at least 1e-12, or"),
        ("mechanism.epsilon.r", 1e-11, "mechanism.epsilon.r is 1e-11; it must be at least 1e-12 of the endowment"),
        ("endowment.q", 1e13, "endowment.q is 1e+13; numbers beyond 1e+12 lose too many digits"),
        ("utility.shift", -1e13, "utility.shift is -1e+13; numbers beyond 1e+12 lose too many digits"),
        ("utility.weight.blue.low", 1e-13, "utility.weight.blue.low is less than 1e-12 away from 0 or 1"),
        ("utility.weight.green.high", 1 - 1e-13, "utility.weight.green.high is less than 1e-12 away from 0 or 1"),
        ("mechanism.epsilon.q", float("nan"), "mechanism.epsilon.q is nan"),
    ],
)
def test_a_wrong_file_gets_one_sentence_that_names_the_field(path, value, sentence):
    with pytest.raises(InvalidEnvironment) as caught:
        parse_environment(changed(path, value))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        ("endowment.q", 10**400, "a finite number"),
        ("utility.shift", -(2**20_000), "a finite number"),
        ("mechanism.agents", 2**20_000, "a whole number"),
        ("mechanism.inactive_share", "0." + "1" * 5000, "an exact fraction"),
        ("mechanism.inactive_share", "1/" + "6" * 5000, "an exact fraction"),
        ("types.names", ["blue", "g" * 5000], "at most 40 letters"),
    ],
    ids=["endowment", "shift", "agents", "decimal", "fraction", "name"],
)
def test_a_value_of_thousands_of_digits_gets_a_short_sentence(path, value, wanted):
    with pytest.raises(InvalidEnvironment, match=f"^{path} .*{wanted}") as caught:
        parse_environment(changed(path, value))
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("share", ["1/6", "0.1", ".25", " 1/3 ", "0.12345678901234567"])
def test_a_share_that_is_read_can_be_written_and_read_again(share):
    env = parse_environment(changed("mechanism.inactive_share", share))
    assert env.inactive_share == Fraction(share.strip())
    assert parse_environment(environment_fields(env)).inactive_share == env.inactive_share


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"family": "crra", "curvature": 1.0}, "for crra it must be positive and not 1"),
        ({"family": "crra", "curvature": -1.0}, "for crra it must be positive"),
        ({"family": "cobb-douglas"}, "utility.curvature is missing"),
        ({"family": "cobb-douglas", "curvature": 1.0}, "strictly between 0 and 1"),
        ({"family": "ces", "curvature": 0.5, "rho": 1.0}, "utility.rho is 1"),
        ({"family": "ces", "curvature": 0.5}, "utility.rho is missing"),
    ],
)
def test_a_family_with_wrong_parameters_gets_one_sentence(fields, sentence):
    whole = tomllib.loads(FILE)
    whole["utility"] = {**fields, "weight": whole["utility"]["weight"]}
    with pytest.raises(InvalidEnvironment, match=sentence):
        parse_environment(whole)


def test_an_endowment_worth_no_finite_number_of_points_is_refused():
    fields = changed("endowment.q", 1e-8)
    fields["utility"] |= {"family": "crra", "curvature": 50.0}
    with pytest.raises(InvalidEnvironment, match="worth no finite number of points"):
        parse_environment(fields)


def test_a_type_that_no_state_allows_is_refused():
    fields = tomllib.loads(FILE)
    fields["likelihood"] = {"low": {"blue": 1.0, "green": 0.0}, "high": {"blue": 1.0, "green": 0.0}}
    with pytest.raises(InvalidEnvironment, match="type green probability 0 in every state"):
        parse_environment(fields)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "There is no environment file"),
        ("= 1", "is not valid TOML"),
        (b"\xff\xfe", "cannot be read"),
        ("x = " + "1" * 5000, "a number in it is too long"),
        ("x = " + "[" * 20_000, "nested too deep"),
    ],
    ids=["missing", "not TOML", "not text", "long number", "deep"],
)
def test_an_unreadable_file_gets_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "file.toml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InvalidEnvironment, match=sentence):
        read_environment(path)


def test_a_folder_is_not_an_environment(tmp_path):
    with pytest.raises(InvalidEnvironment, match="cannot be read"):
        read_environment(tmp_path)


def test_names_lead_to_indices_and_unknown_names_are_refused():
    env = parse_environment(tomllib.loads(FILE))
    assert (env.type_index("green"), env.state_index("high")) == (1, 1)
    with pytest.raises(InvalidEnvironment, match="no type 'red'"):
        env.type_index("red")


def test_a_market_of_one_is_refused():
    with pytest.raises(InvalidEnvironment, match="at least 2"):
        parse_environment(tomllib.loads(FILE)).with_agents(1)
