"""From N_0 on every market passes: each bound of the proof, and the whole of it, against exact sums over all type configurations."""

from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment, relabelled, swapped
from tests.sizes import sized
from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment, Role, read_environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, FAMILIES
from theory.equilibrium.best_reply import best_reply
from theory.equilibrium.stage1 import intervals, stage1_optimum
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import posterior, private_posterior
from theory.mechanism import bundle_against_totals
from theory.stage1_incentives.slack import imitation_loss, incentives
from theory.stage1_incentives.tail_bound import TailBound, _any_gain, _ceiling, _state_gain, _typical_sets, tail_bound

SLOW = ("three_types",)
SHIPPED = tuple(
    pytest.param(path, marks=pytest.mark.full if path.stem in SLOW else (), id=path.stem)
    for path in sorted(Path("environments").glob("*.toml"))
)


def draws(agents: int, kinds: int) -> np.ndarray:
    """Every type configuration of this many agents."""
    heads = itertools.product(range(agents + 1), repeat=kinds - 1)
    return np.array([(*head, agents - sum(head)) for head in heads if sum(head) <= agents])


def chances(likelihood: FloatArray, configurations: np.ndarray) -> FloatArray:
    """Their multinomial probabilities."""
    logs = [
        math.lgamma(sum(row) + 1)
        - sum(math.lgamma(n + 1) for n in row)
        + sum(n * math.log(m) for n, m in zip(row, likelihood, strict=True))
        for row in configurations.tolist()
    ]
    return np.exp(logs)


def gains(env: Environment, others: np.ndarray) -> FloatArray:
    """D(xi) for each row of ``others``: shape (B, K, K), own type x and type y that it is read as."""
    kinds, active = len(env.types), others[0].sum() + 1
    unit = np.eye(kinds, dtype=int)
    offers = [np.nan_to_num(solve_stage2(env, others + unit[read]).offers) for read in range(kinds)]
    totals = [(others[:, :, None] * beta).sum(axis=1) + active * env.epsilon for beta in offers]
    worth = np.empty((len(others), kinds, kinds))
    for own in range(kinds):
        belief = posterior(env, others + unit[own])
        for read in range(kinds):
            q, r = totals[read].T
            bundle = bundle_against_totals(best_reply(env, own, belief, q, r), q, r, env.endowment)
            worth[:, own, read] = env.utility.expected_points(*bundle.T, env.utility.weight[own], belief)
    return worth - worth[:, range(kinds), range(kinds)][:, :, None]


def active_gain(env: Environment) -> FloatArray:
    """D_xy(N) by the sum over all types of the others."""
    others = draws(env.active - 1, len(env.types))
    chance = np.array([chances(row, others) for row in env.likelihood]).T @ private_posterior(env).T
    return np.asarray((chance[:, :, None] * gains(env, others)).sum(axis=0))


def revealing_types(family: str) -> Environment:
    """Types that reveal the state so well that N_0 is small; and goods of unequal size."""
    return make_environment(
        [[0.2, 0.4], [0.5, 0.75]],
        [[0.9, 0.1], [0.15, 0.85]],
        family,
        prior=[0.4, 0.6],
        endowment=(3.0, 5.0),
        epsilon=(0.3, 0.6),
        curvature={COBB_DOUGLAS: 0.7, CES: 0.6, CRRA: 2.0}.get(family),
        rho=0.3,
        inactive_share=Fraction(1, 5),
    )


@pytest.mark.parametrize("path", SHIPPED)
def test_shipped_environments_have_a_threshold_that_is_proved(path):
    env = read_environment(path)
    bound = tail_bound(env)
    assert bound.agents is not None
    assert bound.agents <= 300
    for agents in (bound.agents, bound.agents + 5, 2 * bound.agents) if len(env.types) == 2 else (bound.agents,):
        check_bounds(bound, env.with_agents(agents))


@pytest.mark.parametrize("family", FAMILIES)
def test_markets_of_at_least_the_threshold_obey_every_bound(family):
    env = revealing_types(family)
    bound = tail_bound(env)
    assert bound.agents is not None
    assert bound.agents < 150
    for agents in range(bound.agents, bound.agents + 12, sized(small=4, full=1)):
        check_bounds(bound, env.with_agents(agents))
    for agents in (2 * bound.agents, sized(small=4, full=10) * bound.agents):
        check_bounds(bound, env.with_agents(agents))


def check_bounds(bound: TailBound, env: Environment) -> None:
    other = ~np.eye(len(env.types), dtype=bool)
    exact = active_gain(env)
    assert env.active >= bound.active
    assert env.inactive_probability >= bound.inactive_probability
    assert (exact <= bound.active_gain)[other].all()
    total = -env.inactive_probability * bound.loss + (1 - env.inactive_probability) * exact
    assert (total <= bound.gain)[other].all()
    assert (bound.gain < 0)[other].all()


def test_where_few_are_inactive_the_bound_is_of_the_size_of_the_gain():
    env = make_environment([[0.3], [0.5], [0.6]], [[0.3, 0.3, 0.4]], inactive_share=Fraction(1, 2000), epsilon=(1.0, 1.0))
    bound = tail_bound(env)
    others = np.rint(env.likelihood * (bound.active - 1)).astype(int)
    exact = gains(env, others)[0]
    own, read = np.unravel_index(np.argmax(exact), exact.shape)
    assert exact[own, read] > 0
    assert exact[own, read] < bound.rate[own, read] / bound.active < bound.active_gain[own, read] < 3 * exact[own, read]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("agents", [40, 90])
def test_expected_gains_in_each_state_are_below_their_bounds(family, agents):
    env = replace(revealing_types(family), agents=agents)
    others = draws(env.active - 1, 2)
    found = gains(env, others)
    most = _any_gain(env)
    assert (found <= most[:, None] + 1e-9).all()
    for state, likelihood in enumerate(env.likelihood):
        exact = (chances(likelihood, others)[:, None, None] * found).sum(axis=0)
        bound = _state_gain(env, state, most, env.active)
        assert (exact <= bound.gain + 1e-12).all()
        near = np.abs(others / (env.active - 1) - likelihood).max(axis=1) <= 0.1 / math.sqrt(env.active)
        assert (found[near] <= bound.narrowest + 1e-12).all()


def test_exceeding_a_ceiling_is_as_unlikely_as_claimed():
    likelihood, agents = np.array([0.5, 0.3, 0.2]), 40
    others = draws(agents, 3)
    chance = chances(likelihood, others)
    exponents = np.geomspace(1 / agents, 0.6, 12)
    tight = 0
    for value in (np.array([1.0, 0, 0]), np.array([0, 0, -1.0]), np.log([0.2, 0.3, 0.5]) - np.log(likelihood)):
        for exponent, ceiling in zip(exponents, _ceiling(likelihood, value, exponents), strict=True):
            outside = chance[others @ value / agents >= ceiling].sum()
            assert outside <= math.exp(-agents * exponent)
            tight += outside > 0.05 * math.exp(-agents * exponent)
    assert tight > 12


@pytest.mark.parametrize("prior", [[0.4, 0.6], [0.9, 0.1]])
def test_who_is_typical_holds_the_beliefs_claimed_in_markets_of_every_size(prior):
    env, tight = replace(asymmetric_environment(CRRA), prior=np.array(prior)), 0
    for state, likelihood in enumerate(env.likelihood):
        exponents, typical = _typical_sets(env, state, 60)
        assert exponents.size >= 20
        ratio = np.log(env.likelihood[1 - state] / likelihood)
        for agents in (60, 75, 110):
            others = draws(agents, 3)
            # what others believe after one more draw, whichever type it is
            beliefs = posterior(env, (others[:, None] + np.eye(3, dtype=int)).reshape(-1, 3)).reshape(-1, 3, 2)
            odds = (beliefs[:, :, 1 - state] / beliefs[:, :, state]).max(axis=1)
            for case, ceiling in enumerate(_ceiling(likelihood, ratio, exponents)):
                largest = odds[others @ ratio / agents <= ceiling].max()
                assert largest <= typical.odds[1 - state, case]
                tight += agents == 60 and largest > 0.5 * typical.odds[1 - state, case]
    assert tight >= 20


def test_an_average_over_typical_sets_is_at_most_as_computed(monkeypatch):
    """Gains that are as large as the bounds allow: wherever types are in the narrowest typical set, what is claimed there."""
    env = asymmetric_environment(CRRA)
    most, others = np.full(3, 10.0), draws(60, 3)
    generator = np.random.default_rng(0)
    tight = 0
    for state, likelihood in enumerate(env.likelihood):
        exponents, typical = _typical_sets(env, state, 60)
        beliefs = posterior(env, (others[:, None] + np.eye(3, dtype=int)).reshape(-1, 3)).reshape(-1, 3, 2)
        odds = (beliefs[:, :, 1 - state] / beliefs[:, :, state]).max(axis=1)
        shares = others[:, :, None] / 60
        inside = ((typical.shares.low <= shares) & (shares <= typical.shares.high)).all(axis=1)
        inside &= odds[:, None] <= typical.odds[1 - state]
        for step in (2, 5, 8, 12, 16, 20, None):
            claimed = np.sort(generator.uniform(0, 15, exponents.size)) if step is None else 20.0 * (np.arange(exponents.size) >= step)
            monkeypatch.setattr(
                "theory.stage1_incentives.tail_bound.largest_gain",
                lambda *_, claimed=claimed: np.broadcast_to(claimed, (3, 3, len(claimed))),
            )
            bound = _state_gain(env, state, most, 61).gain[0, 1]
            worst = np.where(inside, np.minimum(claimed, 10.0), 10.0).min(axis=1)
            exact = chances(likelihood, others) @ worst
            assert exact <= bound
            tight += exact > 0.05 * bound
    assert tight >= 10


def test_gains_in_the_states_are_averaged_by_what_a_type_believes():
    env = revealing_types(COBB_DOUGLAS)
    bound = tail_bound(env)
    states = np.array([_state_gain(env, state, bound.any_gain, bound.active).gain for state in (0, 1)])
    for own in (0, 1):
        chance = env.prior * env.likelihood[:, own] / (env.prior @ env.likelihood[:, own])
        assert bound.active_gain[own, 1 - own] == pytest.approx(chance @ states[:, own, 1 - own], rel=1e-8)
    assert np.abs(states[0] / states[1] - 1).max() > 0.01


def test_the_loss_is_that_of_the_best_offer_read_as_the_other_type():
    for family in FAMILIES:
        env = asymmetric_environment(family)
        bound = tail_bound(env)
        optimum, read = stage1_optimum(env), intervals(env)
        quantity = np.linspace(1e-9, 2 * env.endowment_q * (1 - 1e-9), 200001)
        kept = env.endowment_r + env.fixed_price * (env.endowment_q - quantity)
        kind = read.read(quantity)
        for own, belief in enumerate(private_posterior(env)):
            points = env.utility.expected_points(quantity, kept, env.utility.weight[own], belief)
            for other in set(range(3)) - {own}:
                loss = optimum.value[own] - points[kind == other].max()
                assert bound.loss[own, other] <= min(loss, imitation_loss(env)[own, other])
                assert bound.loss[own, other] == pytest.approx(imitation_loss(env)[own, other], rel=1e-6)
                assert bound.loss[own, other] == pytest.approx(loss, rel=1e-3)


def test_the_threshold_does_not_depend_on_names_or_on_the_number_of_agents_in_the_file():
    env = revealing_types(COBB_DOUGLAS)
    agents = tail_bound(env).agents
    assert tail_bound(replace(env, agents=1000)).agents == agents
    assert abs(tail_bound(relabelled(env, [1, 0])).agents - agents) <= 1
    assert abs(tail_bound(swapped(env)).agents - agents) <= 1


def test_with_one_type_there_is_nothing_to_gain():
    bound = tail_bound(make_environment([[0.3, 0.6]], [[1.0], [1.0]]))
    assert bound.agents == 2
    assert "one type" in bound.reason


def test_endowments_by_role_are_beyond_the_bound():
    env = revealing_types(COBB_DOUGLAS)
    roles = (Role("rich", 6, 4.0, 6.0), Role("poor", 6, 2.0, 4.0))
    bound = tail_bound(replace(env, roles=roles, stated_price=1.5))
    assert bound.agents is None
    assert "by role" in bound.reason


def test_with_one_state_only_the_prices_move():
    bound = tail_bound(make_environment([[0.3], [0.6]], [[0.4, 0.6]]))
    assert bound.agents is not None
    assert bound.odds.tolist() == [0.0]


@pytest.mark.parametrize(
    ("weight", "likelihood", "reason"),
    [
        ([[0.4, 0.4], [0.4, 0.4]], [[0.7, 0.3], [0.3, 0.7]], "Types t0 and t1 have the same stage-1 optimum"),
        ([[0.2, 0.4], [0.5, 0.7]], [[0.7, 0.3], [0.7, 0.3]], "States z0 and z1 have the same distribution of types"),
        ([[0.2, 0.4], [0.5, 0.7]], [[1.0, 0.0], [0.3, 0.7]], "Type t1 is impossible in state z0"),
        ([[0.2, 0.4], [0.5, 0.7]], [[0.7, 0.3], [0.7 + 1e-8, 0.3 - 1e-8]], "exceeds what they lose otherwise up to N ="),
    ],
)
def test_where_there_is_no_bound_the_reason_is_given(weight, likelihood, reason):
    bound = tail_bound(make_environment(weight, likelihood))
    assert bound.agents is None
    assert reason in bound.reason
    assert bound.gain is None


def test_a_share_of_inactive_agents_so_small_that_nobody_is_inactive_needs_larger_markets():
    env = replace(revealing_types(COBB_DOUGLAS), inactive_share=Fraction(123457, 10**7))
    bound = tail_bound(env)
    assert bound.agents > 81
    for agents in range(bound.agents, bound.agents + 200):
        assert env.with_agents(agents).inactive_probability >= bound.inactive_probability > 0


@pytest.mark.parametrize("parameters", [{"family": "ces", "curvature": 0.5, "rho": 1e-9}, {"family": "crra", "curvature": 0.01}])
def test_where_ratios_overflow_there_is_no_bound_or_a_true_one_and_no_warning(parameters):
    env = make_environment([[0.3, 0.6], [0.4, 0.7]], [[0.7, 0.3], [0.3, 0.7]], **parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bound = tail_bound(env)
    assert bound.agents is None or incentives(env.with_agents(bound.agents)).candidate_is_equilibrium
