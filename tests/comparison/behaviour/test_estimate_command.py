"""`estimate` from an export to its tables: what is explained, what is left out and why, and that more processes change nothing."""

import numpy as np
import pandas as pd
import pytest

from comparison.behaviour.choices import played
from comparison.behaviour.results import ESTIMABLE, behaviour_tables, cells_of
from comparison.behaviour.simulate import simulate
from comparison.behaviour.situations import read_offers
from comparison.checking.validation import Checks, check_export
from comparison.cli import main
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from comparison.data.sessions import UNSAID
from comparison.data.synthetic import write_export
from experiment.config import DEFAULTS, read_settings
from experiment.offers import Offer
from tests.synthetic import alpha_star, beta, change, noisy, play
from tests.synthetic import write_export as write_as_otree

TRUTH = {"lambda1": 0.5, "lambda2": 0.4, "chi": 0.5}
MONEY = {"participation_fee": 0, "real_world_currency_per_point": 1}


def settings_of(**fields):
    return read_settings({**DEFAULTS, **UNSAID, **MONEY, "environment": "mixed_values", **fields})


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    sessions = simulate("cursed", TRUTH, settings_of(practice_rounds=2), 4, 2, 5)
    return write_export(tmp_path_factory.mktemp("export"), sessions)


def estimated(folder, out, *more):
    assert main(["estimate", str(folder), "--out", str(out), "--jobs", "1", *more]) == 0
    return pd.read_csv(out / "estimates.csv"), pd.read_csv(out / "model_comparison.csv")


def test_an_export_of_cursed_players_gives_their_parameters_back_and_prefers_their_model(export, tmp_path):
    estimates, compared = estimated(export, tmp_path)
    assert list(compared["model"]) == list(ESTIMABLE)
    assert compared.set_index("model")["behind_best"].idxmin() == "cursed"
    cursed = estimates[estimates["model"] == "cursed"].set_index("parameter")
    for name, truth in TRUTH.items():
        row = cursed.loc[name]
        assert row["low"] < row["estimate"] < row["high"]
        assert abs(row["estimate"] - truth) < 4 * row["se"]
    assert set(estimates["units"]) == {8}
    assert set(estimates["observations"]) == {4 * 2 * 10 * (12 + 10)}


def test_aic_and_bic_are_those_of_the_log_likelihood_with_units_as_the_sample(export, tmp_path):
    _, compared = estimated(export, tmp_path, "--models", "logit_nash,cursed,uniform")
    for row in compared.itertuples():
        assert row.aic == pytest.approx(2 * row.parameters - 2 * row.loglik)
        assert row.bic == pytest.approx(np.log(8) * row.parameters - 2 * row.loglik)
        assert row.behind_best == pytest.approx(compared["out_of_unit"].max() - row.out_of_unit)
    assert compared[compared["model"] == "uniform"]["loglik"].item() == pytest.approx(-1760 * np.log(201))


def test_more_processes_and_the_same_seed_write_the_same_bytes(export, tmp_path):
    for jobs in ("1", "2"):
        assert main(["estimate", str(export), "--out", str(tmp_path / jobs), "--jobs", jobs, "--models", "uniform,logit_nash,conduct"]) == 0
    for name in ("estimates.csv", "model_comparison.csv"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_treatments_are_estimated_apart_and_several_exports_are_one_data_set(tmp_path):
    folders = []
    for treatment, precision in (("sharp", 2.0), ("blunt", 0.1)):
        sessions = simulate("logit_nash", {"lambda1": precision, "lambda2": precision}, settings_of(treatment=treatment), 2, 1, 5)
        folders.append(str(write_export(tmp_path / treatment, sessions)))
    assert main(["estimate", *folders, "--out", str(tmp_path / "out"), "--jobs", "1", "--models", "logit_nash"]) == 0
    found = pd.read_csv(tmp_path / "out" / "estimates.csv").set_index(["cell", "parameter"])["estimate"]
    for name in ("lambda1", "lambda2"):
        assert found["sharp", name] == pytest.approx(2.0, rel=0.3)
        assert found["blunt", name] == pytest.approx(0.1, rel=0.3)


def test_where_matching_is_random_the_session_is_the_unit(tmp_path):
    sessions = simulate("logit_nash", {"lambda1": 0.5, "lambda2": 0.5}, settings_of(matching="random"), 3, 2, 5)
    estimates, _ = estimated(write_export(tmp_path / "export", sessions), tmp_path / "out", "--models", "logit_nash")
    assert set(estimates["units"]) == {3}


def test_absent_offers_are_not_explained_and_robots_offers_are_faced(tmp_path):
    def sometimes(rule, who):
        return lambda seat: None if seat.participant == who else rule(seat)

    session = play(participants=8, rounds=3, first=sometimes(noisy(alpha_star, 5), 1), second=sometimes(noisy(beta, 5), 2), seed=3)
    folder = write_as_otree(tmp_path / "export", session)
    robot = next(i for i, row in enumerate(session.decisions, start=2) if row.participant_code == "p005" and row.active)
    for stage in ("stage1", "stage2"):
        change(folder, robot, f"{stage}_source", "robot")
    export = read_export(folder)
    markets = market_rounds(export)
    found = played(markets)
    typed1 = sum(row.decision.stage1_source == "typed" for row in export.rows)
    typed2 = sum(row.decision.stage2_source == "typed" for row in export.rows)
    assert 0 < typed2 < 18
    assert found.choices.number == typed1 + typed2
    assert typed1 == 24 - 3 - 1
    (place,) = [(s, n) for s, market in enumerate(markets) for n, row in enumerate(market.rows) if row.decision.stage1_source == "robot"]
    assert (found.first[place], found.second[place]) == (-1, -1)
    assert found.active[place]
    assert not np.isnan(found.second_offers[place]).any()
    for s, market in enumerate(markets):
        for n, row in enumerate(market.rows):
            if found.second[s, n] >= 0:
                q, r = found.game.offers[found.second[s, n]]
                assert row.stage2 == Offer(q, r)
            expected = read_offers(found.game, [row.stage1.q, row.stage1.r] if row.stage1 else [np.nan, np.nan])
            assert found.read[s, n] == expected


def test_contradicted_market_rounds_and_practice_are_left_out(export, tmp_path):
    found = read_export(export)
    markets = market_rounds(found)
    cells, _ = cells_of(markets, check_export(found, markets))
    session = play(participants=8, rounds=3, practice_rounds=1, first=noisy(alpha_star, 9), second=noisy(beta, 9))
    folder = write_as_otree(tmp_path / "export", session)
    row = next(i for i, said in enumerate(session.decisions, start=2) if said.round_number == 3)
    change(folder, row, "final_q", "1.25")
    touched = read_export(folder)
    rounds = market_rounds(touched)
    (cell,), _ = cells_of(rounds, check_export(touched, rounds))
    assert (cells[0].play.types.shape[0], cell.play.types.shape[0]) == (4 * 2 * 10, 2 * 3 - 1)


def test_a_cell_without_the_announcement_is_left_out_with_a_sentence(tmp_path, capsys):
    quiet = play(
        "quiet123", participants=4, rounds=2, announcement="none", treatment="quiet", first=noisy(alpha_star, 9), second=noisy(beta, 9)
    )
    loud = [
        play(code, participants=4, rounds=4, seed=seed, first=noisy(alpha_star, 9), second=noisy(beta, 9))
        for seed, code in enumerate(("loud1", "loud2"), 1)
    ]
    folder = write_as_otree(tmp_path / "export", [quiet, *loud])
    assert main(["estimate", str(folder), "--out", str(tmp_path / "out"), "--jobs", "1", "--models", "logit_nash"]) == 1
    assert "Cell quiet is left out: its announcement is none" in capsys.readouterr().err
    assert set(pd.read_csv(tmp_path / "out" / "estimates.csv")["cell"]) == {"baseline"}
    alone = write_as_otree(tmp_path / "alone", quiet)
    assert main(["estimate", str(alone), "--out", str(tmp_path / "out"), "--jobs", "1"]) == 2
    assert "Cell quiet is left out" in capsys.readouterr().err


def test_play_without_any_error_is_estimated_as_as_precise_as_the_grid_lets_it(tmp_path):
    (session,) = simulate("equilibrium", {}, settings_of(), 1, 2, 5)
    export = read_export(write_export(tmp_path / "export", [session]))
    cells, left_out = cells_of(market_rounds(export), Checks((), frozenset()))
    tables = behaviour_tables(cells, ("logit_nash",), 50, 1)
    assert (left_out, tables.left_out) == ((), ())
    assert (tables.estimates["estimate"] > 50).all()


def test_one_unit_is_estimated_without_intervals(tmp_path):
    sessions = simulate("logit_nash", {"lambda1": 0.5, "lambda2": 0.5}, settings_of(), 1, 1, 5)
    estimates, compared = estimated(write_export(tmp_path / "export", sessions), tmp_path / "out")
    assert estimates["estimate"].notna().all()
    assert estimates["low"].isna().all()
    assert compared["out_of_unit"].isna().all()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--models", "logit_nash,quantal"), "--models names 'quantal'; the models that can be estimated are uniform, logit_nash,"),
        (("--models", "equilibrium"), "--models names 'equilibrium'"),
        (("--bootstrap", "1"), "--bootstrap holds '1', but it takes whole numbers from 2 to 100000."),
        (("--jobs", "0"), "--jobs holds '0', but it takes whole numbers from 1 to"),
        (("--seed", "x"), "--seed holds 'x', but it takes whole numbers from 0 to"),
        (("--ray", "here"), "The address of a Ray cluster is HOST:PORT"),
    ],
)
def test_what_cannot_be_estimated_gets_one_sentence_and_status_2(export, tmp_path, capsys, more, sentence):
    assert main(["estimate", str(export), "--out", str(tmp_path / "out"), *more]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_session_given_twice_is_refused(export, tmp_path, capsys):
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in export.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    assert main(["estimate", str(export), str(copy), "--out", str(tmp_path / "out")]) == 2
    assert "every session in them would count twice" in capsys.readouterr().err
