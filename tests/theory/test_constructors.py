"""Objects made in Python obey the rules of files: one sentence names the field, the value and what is wanted."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment
from theory import Environment, InvalidEnvironment, Role, Utility, environment_fields, parse_environment, read_environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, LOG_COBB_DOUGLAS
from theory.information.signals import InvalidSignals, Partition
from theory.sweeps.grid import Axis, Grid, InvalidGrid

ENVIRONMENTS = sorted((Path(__file__).parents[2] / "environments").glob("*.toml"))
WEIGHT = [[0.3, 0.6], [0.4, 0.7]]
ROLES = (Role("buyer", 6, 2.0, 9.0), Role("seller", 6, 8.0, 3.0))


def plain(**fields: object) -> Environment:
    return replace(make_environment(WEIGHT, [[0.7, 0.3], [0.3, 0.7]]), **fields)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"epsilon_q": -0.1}, "mechanism.epsilon.q is -0.1; it must be positive."),
        ({"epsilon_r": 1e-13}, "mechanism.epsilon.r is 1e-13; it must be at least 1e-12, or it is lost in rounding."),
        ({"endowment_q": 0}, "endowment.q is 0; it must be positive."),
        ({"endowment_r": "10"}, "endowment.r is '10'; it must be a finite number."),
        ({"endowment_q": np.inf}, "endowment.q is inf; it must be a finite number."),
        ({"agents": 1}, "mechanism.agents is 1; it must be a whole number from 2 to 1000000000."),
        ({"agents": 12.5}, "mechanism.agents is 12.5; it must be a whole number from 2 to 1000000000."),
        ({"inactive_share": Fraction(7, 6)}, "mechanism.inactive_share is Fraction(7, 6); it must be an exact fraction strictly between"),
        ({"inactive_share": 0.1}, "mechanism.inactive_share is 0.1; it must be an exact fraction strictly between 0 and 1"),
        ({"prior": [0.7, 0.7]}, "states.prior sums to 1.4; the probabilities must sum to 1."),
        ({"prior": [-0.5, 1.5]}, "states.prior.z0 is -0.5; a probability lies between 0 and 1."),
        ({"prior": [0.0, 1.0]}, "states.prior.z0 is 0; leave the state out or give it a positive probability."),
        ({"prior": [1.0]}, "states.prior has shape (1,); it needs shape (2,), a number for each of z0, z1."),
        ({"prior": "half"}, "states.prior is 'half'; it must be an array of numbers."),
        ({"prior": [np.nan, 1.0]}, "states.prior.z0 is nan; it must be a finite number."),
        ({"likelihood": [[0.7, 0.2], [0.3, 0.7]]}, "likelihood.z0 sums to 0.9; the probabilities must sum to 1."),
        ({"likelihood": [[1.0, 0.0], [1.0, 0.0]]}, "likelihood gives type t1 probability 0 in every state; leave the type out."),
        ({"likelihood": [[0.7, 0.3]]}, "likelihood has shape (1, 2); it needs shape (2, 2), a row for each of z0, z1, and a column"),
        ({"likelihood": [[0.7, np.inf], [0.3, 0.7]]}, "likelihood.z0.t1 is inf; it must be a finite number."),
        ({"types": ("a", "a")}, "types.names is ['a', 'a']; every name must be used once only."),
        ({"types": ("a", "b", "c")}, "likelihood has shape (2, 2); it needs shape (2, 3), a row for each of z0, z1, and a column"),
        ({"states": ("a<b", "c")}, "states.prior has the name 'a<b'; a name is made of at most 40 letters"),
        ({"name": ""}, "name is ''; a name is made of"),
        ({"description": 3}, "description is 3; it must be text in quotes."),
        ({"utility": Utility(LOG_COBB_DOUGLAS, [[0.3], [0.4]])}, "utility.weight has shape (2, 1); it needs shape (2, 2), a row for each"),
        ({"stated_price": -1.0}, "mechanism.fixed_price is -1; it must be positive."),
        ({"roles": ROLES}, "mechanism.fixed_price is missing from the environment."),
        ({"roles": ROLES[:1], "stated_price": 1.0}, "mechanism.agents is 12; it must be the sum of the roles' agents, 6."),
        ({"roles": ROLES[:1] * 2, "stated_price": 1.0}, "roles is ['buyer', 'buyer']; every name must be used once only."),
        ({"epsilon_q": 1e-12, "endowment_q": 1e6}, "mechanism.epsilon.q is 1e-12; it must be at least 1e-12 of the endowment"),
    ],
    ids=str,
)
def test_an_environment_that_is_none_is_refused_in_one_sentence(fields, said):
    with pytest.raises(InvalidEnvironment) as caught:
        plain(**fields)
    assert str(caught.value).startswith(said)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("family", "fields", "said"),
    [
        (LOG_COBB_DOUGLAS, {"weight": [[0.3, 1.8]]}, "utility.weight.0.1 is 1.8; a weight must lie strictly between 0 and 1."),
        (LOG_COBB_DOUGLAS, {"weight": [[1e-13, 0.8]]}, "utility.weight.0.0 is less than 1e-12 away from 0 or 1, and lost in rounding."),
        (LOG_COBB_DOUGLAS, {"weight": [0.3, 0.8]}, "utility.weight has shape (2,); it needs a row for each type and a column for each"),
        (LOG_COBB_DOUGLAS, {"scale": 0.0}, "utility.scale is 0; it must be positive."),
        (LOG_COBB_DOUGLAS, {"shift": np.nan}, "utility.shift is nan; it must be a finite number."),
        (LOG_COBB_DOUGLAS, {"floor": "0"}, "utility.floor is '0'; it must be a finite number."),
        (LOG_COBB_DOUGLAS, {"curvature": 0.5}, "utility.curvature is 0.5; the family cobb-douglas-log has no curvature."),
        (COBB_DOUGLAS, {}, "utility.curvature is missing from the environment."),
        (COBB_DOUGLAS, {"curvature": 1.5}, "utility.curvature is 1.5; for cobb-douglas it must lie strictly between 0 and 1."),
        (CRRA, {"curvature": 1.0}, "utility.curvature is 1; for crra it must be positive and not 1 (cobb-douglas-log is the case of 1)."),
        (CES, {"curvature": 0.5}, "utility.rho is missing from the environment."),
        (CES, {"curvature": 0.5, "rho": 0.0}, "utility.rho is 0; it must lie strictly between 0 and 1."),
        ("quadratic", {}, "utility.family is 'quadratic'; it must be one of cobb-douglas-log, cobb-douglas, ces, crra."),
    ],
)
def test_a_utility_that_is_none_is_refused_in_one_sentence(family, fields, said):
    with pytest.raises(InvalidEnvironment) as caught:
        Utility(family, **{"weight": WEIGHT, **fields})
    assert str(caught.value).startswith(said)


def test_the_sentence_is_that_of_a_file():
    fields = environment_fields(plain())
    fields["mechanism"]["epsilon"]["q"] = -0.1
    with pytest.raises(InvalidEnvironment) as of_file:
        parse_environment(fields)
    with pytest.raises(InvalidEnvironment) as of_constructor:
        plain(epsilon_q=-0.1)
    assert str(of_file.value) == str(of_constructor.value)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Role("a<b", 3, 1.0, 1.0), "roles has the name 'a<b'; a name is made of"),
        (lambda: Role("buyer", 0, 1.0, 1.0), "roles.buyer.agents is 0; it must be a whole number from 1 to 1000000000."),
        (lambda: Role("buyer", 3, 1.0, -1.0), "roles.buyer.endowment.r is -1; it must be positive."),
    ],
)
def test_a_role_that_is_none_is_refused_in_one_sentence(make, said):
    with pytest.raises(InvalidEnvironment) as caught:
        make()
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (((0, 1), (1,)), "The partition names 1 twice; every type belongs to exactly one cell."),
        (((0,), (2,)), "The partition names 2, but the types are 0, 1."),
        (((0,), ()), "The partition has an empty cell; every cell holds at least one type."),
        ((), "The partition has an empty cell; every cell holds at least one type."),
    ],
)
def test_a_partition_that_is_none_is_refused_in_one_sentence(cells, said):
    with pytest.raises(InvalidSignals) as caught:
        Partition(cells)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Axis((("mechanism", "agents"),), ()), "The axis mechanism.agents has 0 steps; it needs a field and at least one step."),
        (lambda: Axis((("a",), ("b",)), ((1.0,),)), "The axis a+b has the step (1.0,); a step is 2 values, one for each field."),
        (lambda: Grid({}, (Axis((("a",),), ((1.0,),)),) * 2), "a is varied twice; a field can stand on one axis only."),
    ],
)
def test_a_grid_that_is_none_is_refused_in_one_sentence(make, said):
    with pytest.raises(InvalidGrid) as caught:
        make()
    assert str(caught.value) == said


def test_lists_text_and_numbers_of_numpy_are_taken():
    env = plain(prior=[0.25, 0.75], inactive_share="1/6", agents=np.int64(12), endowment_q=np.float64(10))
    assert env.prior.tolist() == [0.25, 0.75]
    assert env.inactive_share == Fraction(1, 6)
    assert [type(env.agents), type(env.endowment_q)] == [int, float]


def test_arrays_are_copies_that_cannot_be_written_to():
    prior, weight = np.array([0.5, 0.5]), np.array(WEIGHT)
    env = plain(prior=prior, utility=Utility(LOG_COBB_DOUGLAS, weight))
    prior[:], weight[:] = 7.0, 7.0
    assert env.prior.tolist() == [0.5, 0.5]
    assert env.utility.weight.tolist() == WEIGHT
    for array in (env.prior, env.likelihood, env.utility.weight):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_an_environment_made_again_from_its_own_fields_is_the_same_to_the_last_digit(path):
    env = read_environment(path, roles=True)
    assert environment_fields(replace(env, utility=replace(env.utility))) == environment_fields(env)


@pytest.mark.parametrize("agents", [2, 13, 600])
def test_the_same_economy_with_other_agents_is_the_one_that_the_constructor_makes(agents):
    env = asymmetric_environment(CES)
    assert environment_fields(env.with_agents(agents)) == environment_fields(replace(env, agents=agents))
