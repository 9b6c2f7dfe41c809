"""Eq. (22)-(26) compared with a slow enumeration that shares no code, and what Theorem 1 says of gain and loss."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment, relabelled, swapped, unchecked, with_active
from tests.theory.slow_incentives import slow_incentives
from theory.cli import main
from theory.economy.environment import Environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, FAMILIES, LOG_COBB_DOUGLAS
from theory.equilibrium.stage1 import NotSeparating, intervals, stage1_optimum, stage1_value
from theory.equilibrium.stage2 import NotSolved
from theory.information.enumeration import TooManyConfigurations
from theory.stage1_incentives.slack import imitation_loss, incentives, incentives_at

FILE = str(Path(__file__).parents[2] / "environments" / "mixed_values.toml")


def two_types(family: str) -> Environment:
    return make_environment(
        [[0.25, 0.5], [0.45, 0.8]],
        [[0.65, 0.35], [0.2, 0.8]],
        family,
        prior=[0.45, 0.55],
        endowment=(4.0, 7.0),
        epsilon=(0.1, 0.3),
        scale=20.0,
        curvature={COBB_DOUGLAS: 0.6, CES: 0.5, CRRA: 1.8}.get(family),
        rho=0.4,
    )


def assert_equal_to_the_slow_one(env: Environment) -> None:
    slow, found = slow_incentives(env, env.inactive_probability), incentives(env)
    off_diagonal = ~np.eye(len(env.types), dtype=bool)
    assert found.gain[off_diagonal] == pytest.approx(np.array(slow.gain)[off_diagonal], abs=1e-8)
    assert found.loss[off_diagonal] == pytest.approx(np.array(slow.loss)[off_diagonal], abs=1e-8)
    assert found.error_bound == 0.0


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("active", [2, 3, 7, 30])
def test_gains_of_two_types_equal_the_slow_enumeration(family, active):
    assert_equal_to_the_slow_one(with_active(two_types(family), active))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("active", [2, 5])
def test_gains_of_three_types_equal_the_slow_enumeration(family, active):
    assert_equal_to_the_slow_one(with_active(asymmetric_environment(family), active))


def test_gains_of_three_types_in_a_larger_market_equal_the_slow_enumeration():
    assert_equal_to_the_slow_one(with_active(asymmetric_environment(LOG_COBB_DOUGLAS), 12))


def test_types_that_a_state_excludes_are_beliefs_off_the_path():
    env = make_environment([[0.2, 0.5], [0.5, 0.8]], [[0.6, 0.4], [0.0, 1.0]], CES)
    assert_equal_to_the_slow_one(with_active(env, 4))


def test_eta_can_be_the_weight_as_eq_22_is_printed():
    env = replace(two_types(COBB_DOUGLAS), agents=8, inactive_share=Fraction(1, 3))
    weighted = incentives(env, float(env.inactive_share))
    assert env.inactive_probability == 0.25
    assert weighted.gain[0, 1] == pytest.approx(slow_incentives(env, 1 / 3).gain[0][1], abs=1e-8)
    assert weighted.gain[0, 1] != pytest.approx(incentives(env).gain[0, 1], abs=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_offer_in_another_types_interval_is_better_than_its_nearest_edge(family):
    env = asymmetric_environment(family)
    cut, found = intervals(env), incentives(env)
    for y in range(3):
        q1 = np.linspace(cut.lower[y], cut.upper[y], 402)[1:-1]
        offers = np.stack([np.maximum(env.endowment_q - q1, 0), np.maximum(q1 - env.endowment_q, 0) * env.fixed_price], axis=1)
        values = np.stack([stage1_value(env, np.broadcast_to(offer, (3, 2))) for offer in offers])
        for x in {0, 1, 2} - {y}:
            best = stage1_value(env, _own_optimum(env))[x] - values[:, x].max()
            assert found.loss[x, y] <= best + 1e-12
            assert best - found.loss[x, y] < 0.1 * abs(found.loss[x, y]) + 0.01


def _own_optimum(env: Environment) -> np.ndarray:
    return stage1_optimum(env).offers


@pytest.mark.parametrize("family", FAMILIES)
def test_theorem_1_the_gain_when_active_vanishes_and_the_loss_when_inactive_does_not(family):
    found = incentives_at(two_types(family), [120, 1_200, 12_000])
    advantage = [np.abs(market.advantage).max() for market in found]
    assert advantage[1] < advantage[0] / 5
    assert advantage[2] == pytest.approx(advantage[1] / 10, rel=0.1)
    assert all((market.loss == found[0].loss).all() for market in found)
    assert all(market.candidate_is_equilibrium for market in found)


def test_where_nobody_is_inactive_the_threat_is_void_and_somebody_gains():
    weight, likelihood = [[0.35, 0.55], [0.45, 0.65]], [[0.7, 0.3], [0.3, 0.7]]
    found = incentives(make_environment(weight, likelihood, agents=5, epsilon=(0.5, 0.5), inactive_share=Fraction(1, 10)))
    assert found.inactive_probability == 0.0
    assert not found.candidate_is_equilibrium


@pytest.mark.parametrize("family", FAMILIES)
def test_what_truncation_leaves_out_is_within_its_bound(family):
    env = with_active(two_types(family), 200)
    exact = incentives(env)
    for accuracy in (1e-2, 1e-6):
        short = incentives_at(env, [env.agents], accuracy=accuracy, exact_up_to=0)[0]
        assert 0 < short.error_bound <= accuracy
        assert short.configurations < exact.configurations
        assert np.nanmax(np.abs(short.gain - exact.gain)) <= short.error_bound


def test_relabelling_and_swapping_carry_over():
    env = asymmetric_environment(CES)
    gain, order = incentives(env).gain, [2, 0, 1]
    assert np.nan_to_num(incentives(relabelled(env, order)).gain) == pytest.approx(np.nan_to_num(gain[np.ix_(order, order)]), abs=1e-10)
    assert np.nan_to_num(incentives(swapped(env)).gain) == pytest.approx(np.nan_to_num(gain), abs=1e-9)


def test_one_type_has_nobody_to_be_read_as():
    assert incentives(make_environment([[0.4, 0.6]], [[1.0], [1.0]])).candidate_is_equilibrium


def test_several_numbers_of_agents_are_each_their_own():
    env = two_types(CRRA)
    for market in incentives_at(env, [6, 12, 6]):
        alone = incentives(env.with_agents(market.agents))
        assert np.nan_to_num(market.gain) == pytest.approx(np.nan_to_num(alone.gain), abs=1e-12)


def test_optima_that_coincide_are_refused_and_so_are_too_many_configurations():
    with pytest.raises(NotSeparating):
        incentives(make_environment([[0.4, 0.6], [0.4, 0.6]], [[0.5, 0.5], [0.5, 0.5]]))
    kinds = np.linspace(0.2, 0.8, 6)[:, None]
    with pytest.raises(TooManyConfigurations, match="can be summed over"):
        incentives(make_environment(kinds, [np.full(6, 1 / 6)], agents=1000))


def test_gains_are_numbers_where_nearly_everything_is_offered():
    env = make_environment([[0.2, 0.45], [0.55, 0.8]], [[0.7, 0.3], [0.3, 0.7]], CES, epsilon=(1e-4, 1e-4), curvature=0.05, rho=0.97)
    for found in incentives_at(env, [6, 300, 669]):
        assert np.isfinite(found.gain[~np.eye(2, dtype=bool)]).all()
        assert found.candidate_is_equilibrium


def test_losses_are_those_nearby_where_alpha_star_offers_everything_but_for_the_last_digit():
    for endowment in np.random.default_rng(0).uniform(1, 50, (20, 2)):
        env = make_environment([[0.3, 0.6], [0.4, 0.7]], [[0.7, 0.3], [0.3, 0.7]], endowment=tuple(endowment))
        at_the_end, nearby = (
            unchecked(env, utility=unchecked(env.utility, weight=np.array([[0.3, 0.6], [most, most]]))) for most in (1 - 2**-53, 1 - 1e-13)
        )
        np.testing.assert_allclose(imitation_loss(at_the_end), imitation_loss(nearby), rtol=1e-9, atol=1e-12)


def test_a_shift_of_all_points_changes_no_digit_of_a_gain():
    env = two_types(CES)
    shifted = replace(env, utility=replace(env.utility, shift=1e11))
    np.testing.assert_array_equal(incentives(shifted).gain, incentives(env).gain)
    assert incentives(shifted).rounding == incentives(env).rounding


def test_where_stage_2_gives_no_points_but_for_rounding_nothing_is_left_out():
    env = make_environment([[0.3, 0.6], [0.4, 0.7]], [[0.7, 0.3], [0.3, 0.7]], CRRA, curvature=1e4)
    (found,) = incentives_at(env, [12], exact_up_to=0)
    assert found.error_bound == 0.0


def test_points_beyond_all_numbers_are_refused_and_no_gain_is_passed_over():
    env = make_environment([[0.3, 0.6], [0.4, 0.7]], [[0.7, 0.3], [0.3, 0.7]])
    with pytest.raises(NotSolved, match="no finite numbers"), np.errstate(all="ignore"):
        incentives(unchecked(env, utility=unchecked(env.utility, scale=1.7e308)))


def test_the_command_gives_a_list_by_number_of_agents(capsys):
    assert main(["incentives", FILE, "--agents", "6,12,24", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [entry["agents"] for entry in answer] == [6, 12, 24]
    assert [entry["active"] for entry in answer] == [5, 10, 20]
    assert set(answer[0]["gain"]) == {"blue", "green"}
    assert set(answer[0]["gain"]["blue"]) == {"green"}
    assert all(entry["candidate_is_equilibrium"] == (entry["gain"]["blue"]["green"] <= 0) for entry in answer)
    assert main(["incentives", FILE, "--eta"]) == 0
    assert "candidate is an equilibrium" in capsys.readouterr().out


@pytest.mark.parametrize("agents", ["1", "0", "-3", "six", "6,,12", "1e3", "99999999999", ""])
def test_a_wrong_number_of_agents_gets_one_sentence(capsys, agents):
    assert main(["incentives", FILE, f"--agents={agents}"]) == 2
    said = capsys.readouterr().err
    assert "--agents holds" in said
    assert said.count("\n") == 1
