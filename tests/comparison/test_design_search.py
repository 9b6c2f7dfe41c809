"""The search for an environment: candidates kept, ranked and refused, and the files it writes."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from comparison.cli import main
from comparison.commands import design as command
from comparison.design.criteria import criteria
from comparison.design.search import ON_GRID, SEPARATION, THRESHOLD, Wishes, binding, bindings, look, search
from comparison.design.variation import Dimension, default_dimensions, draws
from experiment.config import DEFAULTS, read_settings
from experiment.session_checks import check_settings
from tests.economies import make_environment
from tests.sizes import sized
from tests.synthetic import MONEY
from theory.economy.environment import read_environment
from theory.economy.text import environment_text
from theory.stage1_incentives.threshold import threshold

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
FEW, MANY = sized(small=8, full=20), sized(small=20, full=30)
"""Candidates of a search."""
BENCHMARKS = ("nash", "nash_private", "nash_no_information")
EASY = Wishes(grid=0.1, separation=10, steepness=5, apart=5, earnings=(20, 120), most_agents=12, benchmarks=BENCHMARKS)


@pytest.fixture(scope="module")
def mixed():
    return read_environment(ENVIRONMENTS / "mixed_values.toml")


def run(out, *options, environment="mixed_values"):
    start = ["design", str(ENVIRONMENTS / f"{environment}.toml"), "--out", str(out), "--jobs", "1", "--candidates", "40"]
    return main([*start, *map(str, options)])


def test_a_good_environment_is_found_around_one_whose_types_cannot_be_told_apart():
    hopeless = make_environment([[0.5, 0.5], [0.5, 0.5]], [[0.7, 0.3], [0.3, 0.7]])
    assert criteria(hopeless, 0.1, BENCHMARKS).separation == 0
    found = search(hopeless, EASY, default_dimensions(hopeless), candidates=sized(small=30, full=60), seed=5)
    assert found.ranked
    for index in found.ranked:
        said, candidate = found.candidates[index].criteria, found.candidates[index]
        assert said.separation >= 10
        assert said.steepness >= 5
        assert said.apart >= 5
        assert 20 <= said.least < said.largest <= 120
        assert candidate.threshold <= 12 <= candidate.environment.agents


def test_every_candidate_next_to_a_good_environment_passes(mixed):
    near = [Dimension("utility.weight.blue.low", 0.14, 0.16), Dimension("utility.weight.green.high", 0.84, 0.86)]
    found = search(mixed, EASY, near, candidates=5)
    assert len(found.ranked) == 5


def test_the_market_grows_to_its_threshold_and_everything_is_measured_there():
    environment = read_environment(ENVIRONMENTS / "three_types.toml").with_agents(6)
    wishes = replace(EASY, most_agents=16)
    (draw,) = draws(environment, [Dimension("epsilon.share", 0.0099, 0.0101)], 1, 1)
    found = look(draw, wishes)
    assert found.threshold == 12
    assert found.environment.agents == 12
    assert found.criteria.prices == pytest.approx(criteria(found.environment, 0.1, BENCHMARKS).prices)
    assert look(draw, replace(wishes, most_agents=11)).failed == (THRESHOLD,)


def test_a_floor_is_added_only_where_somebody_could_end_with_less_than_nothing():
    log = make_environment([[0.2, 0.4], [0.6, 0.8]], [[0.7, 0.3], [0.3, 0.7]])
    safe = make_environment([[0.2, 0.4], [0.6, 0.8]], [[0.7, 0.3], [0.3, 0.7]], "cobb-douglas")
    wide = replace(EASY, earnings=(0, 100))
    for environment, wishes, floor in ((log, EASY, 0.0), (safe, wide, 0.0), (safe, replace(EASY, earnings=(90, 100)), None)):
        (draw,) = draws(environment, [Dimension("epsilon.share", 0.009, 0.011)], 1, 1)
        assert look(draw, wishes).environment.utility.floor == floor


def test_a_grid_so_coarse_that_types_are_read_as_others_fails(mixed):
    (draw,) = draws(mixed, [Dimension("epsilon.share", 0.009, 0.011)], 1, 1)
    assert look(draw, replace(EASY, grid=10.0, separation=0)).failed == (ON_GRID,)


def test_scale_and_shift_that_vary_are_left_as_drawn(mixed):
    found = search(mixed, EASY, [Dimension("utility.scale", 60.0, 120.0)], candidates=6)
    assert [c.environment.utility.scale for c in found.candidates] == [c.draw.values[0] for c in found.candidates]
    assert {c.environment.utility.shift for c in found.candidates} == {-155.0}
    assert any("earnings" in c.failed for c in found.candidates)


def test_the_pareto_set_is_what_no_passing_candidate_beats(mixed):
    found = search(mixed, EASY, default_dimensions(mixed), candidates=sized(small=20, full=60))

    def values(candidate):
        said = candidate.criteria
        return np.array([said.separation, said.steepness, said.apart, -candidate.threshold])

    passing = [c for c in found.candidates if c.passes]
    for candidate, pareto in zip(found.candidates, found.pareto, strict=True):
        beaten = candidate.passes and any(
            (values(other) >= values(candidate)).all() and (values(other) > values(candidate)).any() for other in passing
        )
        assert pareto == (candidate.passes and not beaten)
    assert 0 < found.pareto.sum() < len(passing)


def test_the_score_is_the_smallest_part_of_candidates_that_have_less(mixed):
    found = search(mixed, EASY, default_dimensions(mixed), candidates=MANY)
    best = found.candidates[found.ranked[0]].criteria
    everybody = [c.criteria for c in found.candidates]
    parts = [
        np.mean([getattr(c, name) < getattr(best, name) for c in everybody]) * MANY / (MANY - 1)
        for name in ("separation", "steepness", "apart")
    ]
    assert found.score[found.ranked[0]] == pytest.approx(min(parts))
    order = [(found.pareto[index], found.score[index]) for index in found.ranked]
    assert order == sorted(order, reverse=True)
    assert {pareto for pareto, _ in order} == {True, False}


def test_constraints_are_counted_and_the_one_in_the_way_is_named(mixed):
    found = search(mixed, replace(EASY, separation=500), default_dimensions(mixed), candidates=FEW)
    counts = {name: (failing, alone) for name, failing, alone in bindings(found)}
    assert counts[SEPARATION][0] == FEW
    assert binding(found) == (SEPARATION,)


def test_what_is_written_is_read_by_the_theory_and_still_meets_the_wishes(tmp_path, capsys):
    candidates = sized(small=20, full=40)
    wishes = ["--earnings-from", 10, "--earnings-to", 50, "--separation", 25]
    assert run(tmp_path, "--best", 2, "--candidates", candidates, *wishes) == 0
    assert "design_1.toml" in capsys.readouterr().out
    table = pd.read_csv(tmp_path / "design.csv")
    assert len(table) == candidates
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "design.csv",
        "design.pdf",
        "design.svg",
        "design.txt",
        "design_1.toml",
        "design_2.toml",
    ]
    for rank in (1, 2):
        environment = read_environment(tmp_path / f"design_{rank}.toml")
        row = table[table["rank"] == rank].iloc[0]
        said = criteria(environment, 0.1, BENCHMARKS)
        assert said.separation == pytest.approx(row["separation_steps"]) == pytest.approx(max(said.separation, 25))
        assert said.apart == pytest.approx(row["benchmarks_apart_percent"])
        assert 10 <= said.least <= said.largest <= 50
        assert threshold(environment, 12).threshold == row["threshold"] <= environment.agents
        check_settings(read_settings({**DEFAULTS, **MONEY, "environment": "x"}, environment=environment))


def test_impossible_wishes_end_with_1_and_the_constraint_by_name(tmp_path, capsys):
    assert run(tmp_path, "--separation", 500, "--candidates", FEW) == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith(f"No candidate passes: each of the {FEW} fails separation (wanted at least 500 grid steps; the nearest has ")
    assert not list(tmp_path.glob("*.toml"))
    assert (tmp_path / "design.svg").exists()
    assert set(pd.read_csv(tmp_path / "design.csv")["passes"]) == {0}


def test_wishes_that_are_met_one_by_one_only_name_the_one_that_most_fail(tmp_path, capsys):
    assert run(tmp_path, "--separation", 80, "--benchmarks-apart", 35, "--steepness", 60, "--candidates", MANY) == 1
    assert "though each wish alone is met by some" in capsys.readouterr().err


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_processes(tmp_path):
    for name, options in (("one", []), ("two", ["--jobs", 2]), ("other", ["--seed", 2])):
        assert run(tmp_path / name, "--candidates", sized(small=10, full=30), *options) == 0
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "two").iterdir())
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    assert (tmp_path / "one" / "design.csv").read_bytes() != (tmp_path / "other" / "design.csv").read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--grid", "0.3"], "offer_grid is '0.3'"),
        (["--grid", "many"], "offer_grid is 'many'"),
        (["--agents-at-most", "8"], "--agents-at-most is 8, but markets are to have 12 agents"),
        (["--earnings-from", "60", "--earnings-to", "40"], "--earnings-from must be less"),
        (["--benchmarks", "nash"], "a distance between prices needs two"),
        (["--benchmarks", "nash,walras"], "--benchmarks names 'walras'"),
        (["--vary", "utility.weight=1:2"], "weight must lie strictly between"),
        (["--candidates", "0"], "--candidates is 0; it must be from 1"),
        (["--seed", "-1"], "--seed is -1; it must not be negative"),
        (["--jobs", "0"], "--jobs is 0"),
    ],
)
def test_a_wrong_argument_gets_one_sentence_and_exit_status_2(tmp_path, capsys, options, said):
    assert run(tmp_path / "out", *options) == 2
    error = capsys.readouterr().err.strip()
    assert said in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there_gets_one_sentence(tmp_path, capsys):
    assert main(["design", str(tmp_path / "none.toml"), "--out", str(tmp_path)]) == 2
    assert "There is no environment file" in capsys.readouterr().err


def test_a_floor_above_the_least_earnings_is_refused(tmp_path, capsys, mixed):
    file = tmp_path / "floored.toml"
    file.write_text(environment_text(replace(mixed, utility=replace(mixed.utility, floor=5.0))), encoding="utf-8")
    assert main(["design", str(file), "--out", str(tmp_path), "--earnings-from", "3"]) == 2
    assert "the file's floor pays at least 5 points" in capsys.readouterr().err


def test_a_search_that_is_interrupted_writes_nothing(tmp_path, capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "search", interrupted)
    assert run(tmp_path / "out") == 130
    assert "nothing is written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_single_type_is_searched_without_a_neighbour_to_tell_it_from(tmp_path):
    alone = make_environment([[0.3, 0.6]], [[1.0], [1.0]], inactive_share=Fraction(1, 6))
    said = criteria(alone, 0.1, BENCHMARKS)
    assert (said.separation, said.steepness) == (np.inf, np.inf)
