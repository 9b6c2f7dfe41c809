"""Section 3.3: equilibria given signals, compared with best replies by enumeration of type sequences, and Theorem 2."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product
from math import prod
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from tests.economies import SOME_FAMILIES, asymmetric_environment, make_environment, relabelled, swapped
from tests.sizes import sized
from tests.theory.test_signals import by_hand
from theory.cli import main
from theory.economy.environment import read_environment
from theory.economy.utility import FAMILIES
from theory.equilibrium import semipooling as module
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.pooling import pooled_offers, pooling_condition, shutdown_deviation
from theory.equilibrium.semipooling import one_stage_equilibria, one_stage_offers, semipooling_equilibria
from theory.equilibrium.stage1 import stage1_optimum, stage1_value
from theory.equilibrium.stage2 import NotSolved, solve_stage2
from theory.information.signals import InvalidSignals, Partition, partition_of

FILE = str(Path(__file__).parents[2] / "environments" / "three_types.toml")
PAIRED = Partition(((0,), (1, 2)))


@pytest.fixture(autouse=True)
def fewer_starts(monkeypatch):
    """A small run searches from fewer places."""
    monkeypatch.setattr(module, "RANDOM_STARTS", sized(small=1, full=module.RANDOM_STARTS))
    starts, most = module._Game.starts, sized(small=3, full=None)
    monkeypatch.setattr(module._Game, "starts", lambda game, generator: islice(starts(game, generator), most))


@pytest.fixture
def fewer_steps(monkeypatch):
    """Where nothing is found, a small run gives up sooner."""
    monkeypatch.setattr(module, "STEPS", sized(small=8, full=module.STEPS))


def value_by_hand(env, partition, signals, kind, offers, b_q, b_r):
    """H_x of eq. (30) by going through every sequence of the others' types."""
    left = [n - (kind in cell) for cell, n in zip(partition.cells, signals, strict=True)]
    belief, _ = by_hand(env, partition, left, kind)
    cells = [cell for cell, n in zip(partition.cells, left, strict=True) for _ in range(n)]
    value = 0.0
    for z, phi in enumerate(belief):
        total = prod(sum(env.likelihood[z, y] for y in cell) for cell in cells)
        for types in product(*cells):
            chance = phi * prod(env.likelihood[z, y] for y in types) / total
            q_others = sum(signals) * env.epsilon_q + sum(offers[y][0] for y in types)
            r_others = sum(signals) * env.epsilon_r + sum(offers[y][1] for y in types)
            q = env.endowment_q + (b_r * q_others - b_q * r_others) / (r_others + b_r)
            r = env.endowment_r + (b_q * r_others - b_r * q_others) / (q_others + b_q)
            value += chance * float(env.utility.points(q, r, env.utility.weight[kind, z]))
    return value


@pytest.mark.parametrize("family", FAMILIES)
def test_offers_are_best_replies_on_both_sides_by_enumeration_of_sequences(family):
    env, signals = asymmetric_environment(family), [2, 3]
    found = semipooling_equilibria(env, PAIRED, signals)
    assert found.equilibria
    for equilibrium in found.equilibria:
        for kind in range(3):

            def value(net, kind=kind, offers=equilibrium.offers):
                return value_by_hand(env, PAIRED, signals, kind, offers, max(net, 0.0) * 3, max(-net, 0.0) * 5)

            own = equilibrium.offers[kind, 0] / 3 - equilibrium.offers[kind, 1] / 5
            assert value(own) == pytest.approx(equilibrium.expected_points[kind], rel=1e-10)
            for side in ((0.0, 0.999), (-0.999, 0.0)):
                best = minimize_scalar(lambda net: -value(net), bounds=side, method="bounded", options={"xatol": 1e-9})
                assert -best.fun <= value(own) + 1e-8
                if abs(own) > 1e-6 and side[0] <= own <= side[1]:
                    assert best.x == pytest.approx(own, abs=2e-6)
        assert np.nanmax(equilibrium.regret) < 1e-10
        assert equilibrium.residual < 1e-8


@pytest.mark.parametrize("family", SOME_FAMILIES)
def test_a_signal_for_each_type_gives_the_separating_equilibrium(family):
    env = asymmetric_environment(family)
    found = semipooling_equilibria(env, Partition(((0,), (1,), (2,))), [3, 4, 2])
    assert len(found.equilibria) == 1
    assert found.equilibria[0].offers == pytest.approx(solve_stage2(env, [[3, 4, 2]]).offers[0], abs=1e-9)
    assert found.left_out == 0.0


@pytest.mark.parametrize("family", SOME_FAMILIES)
def test_theorem_2_offers_approach_the_competitive_ones(family):
    env = asymmetric_environment(family)
    wanted, errors = competitive_equilibrium(env).offers[0], []
    for active in sized(small=(10, 40, 160), full=(10, 80, 640)):
        found = semipooling_equilibria(env, PAIRED, [active // 2, active // 2])
        assert found.equilibria
        errors.append(max(np.abs(e.offers - wanted).max() for e in found.equilibria))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < sized(small=0.12, full=0.03) * env.endowment_r


def test_relabelling_and_swapping_carry_over():
    env = asymmetric_environment(sized(small="cobb-douglas-log", full="ces"))
    offers = semipooling_equilibria(env, PAIRED, [2, 3]).equilibria[0].offers
    order = [2, 0, 1]
    elsewhere = semipooling_equilibria(relabelled(env, order), Partition(((1,), (2, 0))), [2, 3]).equilibria[0].offers
    assert elsewhere == pytest.approx(offers[order], abs=1e-8)
    mirrored = semipooling_equilibria(swapped(env), PAIRED, [2, 3]).equilibria[0].offers
    assert mirrored == pytest.approx(offers[:, ::-1], abs=1e-8)


def test_finding_none_is_an_answer_where_the_best_reply_jumps(fewer_steps):
    # with three blue signals of ten, green is nearly indifferent between the two sides, and jumps over every consistent offer
    env = read_environment(FILE)
    found = semipooling_equilibria(env, partition_of(env, [["blue"], ["green", "orange"]]), [3, 7])
    assert found.equilibria == ()
    assert found.settled == 0
    assert found.starts > module.RANDOM_STARTS
    assert found.posterior.sum(axis=1) == pytest.approx(1.0)


def test_a_cell_without_signals_has_no_offers():
    env = asymmetric_environment("crra")
    found = semipooling_equilibria(env, PAIRED, [0, 4])
    assert np.isnan(found.equilibria[0].offers[0]).all()
    assert np.isfinite(found.equilibria[0].offers[1:]).all()


def test_the_one_stage_game_is_one_signal_for_all():
    env = asymmetric_environment(sized(small="cobb-douglas-log", full="cobb-douglas"))
    alone = one_stage_equilibria(env, 5)
    assert alone.equilibria[0].offers == pytest.approx(
        semipooling_equilibria(env, Partition(((0, 1, 2),)), [5]).equilibria[0].offers, abs=1e-12
    )
    assert one_stage_equilibria(env).signals == (env.active,)


def test_the_search_tells_how_many_starts_are_done():
    told = []
    env = asymmetric_environment("cobb-douglas-log")
    found = semipooling_equilibria(env, PAIRED, [2, 2], on_progress=lambda done, of: told.append((done, of)))
    assert told == [(done, found.starts) for done in range(1, found.starts + 1)]


def test_what_is_predicted_without_an_announcement_is_the_equilibrium_that_pays_most(monkeypatch):
    env = asymmetric_environment("cobb-douglas")
    np.testing.assert_array_equal(one_stage_offers(env, 4), one_stage_equilibria(env, 4).equilibria[0].offers)
    monkeypatch.setattr(module._Game, "settle", lambda *_: None)
    with pytest.raises(NotSolved, match=r"was found from \d+ starts"):
        one_stage_offers(env, 4)


def test_prices_of_a_state_lie_around_their_mean():
    env = asymmetric_environment("cobb-douglas-log")
    for price in semipooling_equilibria(env, PAIRED, [3, 5]).equilibria[0].prices:
        assert price.lowest < price.mean < price.highest


def test_counts_that_do_not_fit_are_refused():
    env = asymmetric_environment("cobb-douglas-log")
    for signals, sentence in (([2], "1 signal counts"), ([0, 0], "sum to 0"), ([1.5, 2], "whole numbers"), ([-1, 2], "whole numbers")):
        with pytest.raises(InvalidSignals, match=sentence):
            semipooling_equilibria(env, PAIRED, signals)


def test_pooling_costs_nothing_only_where_the_optima_coincide():
    env = asymmetric_environment("cobb-douglas-log")
    pooled = pooled_offers(env, PAIRED)
    assert not pooled.coincide
    assert pooled.cost[0] == pytest.approx(0.0, abs=1e-9)
    assert pooled.cost[1] == pytest.approx(pooled.cost[2], rel=1e-4)  # the larger of the two costs is least where they are equal
    twins = make_environment([[0.3, 0.6], [0.3, 0.6], [0.7, 0.2]], [[0.25, 0.25, 0.5], [0.4, 0.4, 0.2]])
    assert pooled_offers(twins, Partition(((0, 1), (2,)))).coincide


def test_what_pooling_costs_at_stage_1_is_weighed_with_what_stage_2_can_give():
    agents = sized(small=3, full=6)
    env = replace(asymmetric_environment("cobb-douglas-log"), agents=agents, inactive_share=Fraction(1, agents))
    condition = pooling_condition(env, PAIRED)
    assert condition.supportable is bool((condition.cost <= condition.punishment).all())
    weighed = env.inactive_probability * pooled_offers(env, PAIRED, condition.offers).cost
    assert condition.cost == pytest.approx(weighed, rel=1e-12)
    assert (condition.punishment >= 0).all()
    unbearable = pooling_condition(env, PAIRED, [[3.0, 0.0], [0.0, 4.999]])
    assert unbearable.supportable is False


def test_the_condition_for_pooling_fails_only_if_it_fails_at_every_offer():
    env = make_environment([[0.5, 0.5], [0.6, 0.6]], [[0.6, 0.4], [0.3, 0.7]], epsilon=(1.0, 0.5), agents=4, inactive_share=Fraction(1, 4))
    everybody = Partition(((0, 1),))
    midway = pooling_condition(env, everybody, pooled_offers(env, everybody).offers)
    assert midway.supportable is False
    found = pooling_condition(env, everybody)
    assert found.supportable is True
    assert (found.punishment - found.cost).min() > (midway.punishment - midway.cost).min()


def test_with_the_shutdown_somebody_leaves_any_offer_that_all_make():
    env = asymmetric_environment("ces")
    for offer in ([0.0, 0.0], [1.0, 0.0], stage1_optimum(env).offers[1]):
        leaver = shutdown_deviation(env, offer)
        values = stage1_value(env, np.broadcast_to(offer, (3, 2)))
        assert leaver.gain == pytest.approx((stage1_optimum(env).value - values)[leaver.type_index], rel=1e-12)
        assert leaver.gain > 0
    same = make_environment([[0.3, 0.6], [0.3, 0.6]], [[0.5, 0.5], [0.5, 0.5]])
    assert shutdown_deviation(same, stage1_optimum(same).offers[0]) is None


def test_the_command_says_what_was_found(capsys):
    arguments = ["semipooling", FILE, "--partition", "blue|green,orange", "--signals", "6,4"]
    assert main([*arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["partition"] == [["blue"], ["green", "orange"]]
    assert answer["found"] is True
    assert answer["a1"]["status"] == "held"
    assert set(answer["equilibria"][0]["offers"]) == {"blue", "green", "orange"}
    assert main(arguments) == 0
    assert "Equilibrium 1:" in capsys.readouterr().out


def test_the_command_says_that_none_was_found_and_checks_stage_1(capsys, tmp_path, fewer_steps):
    assert main(["semipooling", FILE, "--partition", "blue|green,orange", "--signals", "3,7"]) == 0
    assert "No symmetric equilibrium in pure strategies was found" in capsys.readouterr().out
    small = tmp_path / "small.toml"
    agents = sized(small=3, full=4)
    small.write_text(Path(FILE).read_text().replace("agents = 12", f"agents = {agents}").replace('"1/6"', f'"1/{agents}"'))
    assert main(["semipooling", str(small), "--partition", "blue|green,orange", "--signals", f"{agents - 1},0", "--stage1"]) == 0
    assert "The necessary condition for pooling" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("partition", "signals", "sentence"),
    [
        ("blue|green", "6,4", "leaves out orange"),
        ("blue|green,orange,blue", "6,4", "names blue twice"),
        ("blue|red|green,orange", "6,4,1", "names 'red'"),
        ("blue||green,orange", "6,0,4", "empty cell"),
        ("blue|green,orange", "6", "gives 1 counts"),
        ("blue|green,orange", "6,4,1", "gives 3 counts"),
        ("blue|green,orange", "6,x", "'x'"),
        ("blue|green,orange", "6,-4", "'-4'"),
        ("blue|green,orange", "6.5,4", "'6.5'"),
        ("blue|green,orange", "0,0", "no agent at all"),
        ("blue|green,orange", "6,99999999999", "a whole number from 0"),
    ],
)
def test_a_mistake_gets_one_sentence_and_status_2(capsys, partition, signals, sentence):
    assert main(["semipooling", FILE, f"--partition={partition}", f"--signals={signals}"]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_offers_of_everything_in_a_state_without_a_chance_say_nothing_and_warn_nobody():
    env = make_environment([[0.3, 0.6], [0.4, 0.7]], [[1.0, 0.0], [0.4, 0.6]], epsilon=(0.2, 0.2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert semipooling_equilibria(env, Partition(((0, 1),)), [3]).equilibria
