"""`simulate` writes exports without contradictions, whoever plays, and says in one sentence what it cannot do."""

import numpy as np
import pytest

from comparison.behaviour.models import MODELS
from comparison.behaviour.simulate import simulate
from comparison.checking.validation import check_export
from comparison.cli import main
from comparison.data.differences import session_differences
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export, read_exports
from comparison.data.sessions import UNSAID
from comparison.data.synthetic import session_config
from comparison.statistics.cells import cell_labels
from experiment.config import DEFAULTS, ENVIRONMENTS, read_settings
from experiment.offers import Offer
from tests.comparison.reports import report_command
from theory.equilibrium.stage1 import stage1_optimum
from theory.equilibrium.stage2 import solve_stage2

PARAMETERS = {
    "uniform": {},
    "equilibrium": {},
    "logit_nash": {"lambda1": 0.6, "lambda2": 0.4},
    "logit_equilibrium": {"lambda1": 0.6, "lambda2": 0.4},
    "cursed": {"lambda1": 0.6, "lambda2": 0.4, "chi": 0.6},
    "conduct": {"lambda1": 0.6, "lambda2": 0.4, "theta": 0.4},
    "level_k": {"lambda1": 0.6, "lambda2": 0.4, "level0": 0.2, "level1": 0.5},
}
MIXED = str(ENVIRONMENTS / "mixed_values.toml")


def settings_of(environment="mixed_values", **fields):
    money = {"participation_fee": 0, "real_world_currency_per_point": 1}
    return read_settings({**DEFAULTS, **UNSAID, **money, "environment": environment, "rounds": 3, **fields})


def command(tmp_path, model="logit_nash", *more, out="export"):
    given = [f"--parameter={name}={value}" for name, value in PARAMETERS[model].items()]
    return main(["simulate", MIXED, "--model", model, *given, "--seed", "11", "--out", str(tmp_path / out), *more])


def test_every_model_that_needs_no_data_is_simulated_here():
    assert set(PARAMETERS) == {name for name, model in MODELS.items() if not model.needs_data}


@pytest.mark.parametrize("model", PARAMETERS)
def test_an_export_of_every_model_contradicts_nothing_and_draws_agree_with_its_seeds(tmp_path, model):
    assert command(tmp_path, model, "--sessions", "2", "--participants", "24", "--rounds", "2", "--practice-rounds", "1") == 0
    export = read_export(tmp_path / "export")
    checks = check_export(export, market_rounds(export))
    assert checks.contradictions == ()
    assert checks.redrawn == set(export.sessions)
    assert (len(export.sessions), len(export.rows), len(export.payments)) == (2, 2 * 24 * 3, 48)


@pytest.mark.parametrize("more", [("--matching", "random"), ("--inactive-threat", "none"), ("--offer-grid", "0.5"), ("--market-size", "6")])
def test_session_config_fields_reach_the_export(tmp_path, more):
    assert command(tmp_path, "logit_nash", "--participants", "24", *more) == 0
    assert report_command(tmp_path / "export", tmp_path / "report") == 0
    (session,) = read_export(tmp_path / "export").sessions.values()
    assert str(session_config(session.settings)[more[0][2:].replace("-", "_")]) == more[1]


UNLIKE = {
    "beliefs": "true", "show-posterior": "true", "points-pay": "lottery", "paid-rounds": "all", "payment-floor": "3",
    "questionnaire": "age", "misses-allowed": "4", "stage1-deadline-seconds": "60", "quiz-attempts": "1", "log-events": "false",
}  # fmt: skip


def test_an_option_may_have_the_earlier_name_of_its_field(tmp_path):
    assert command(tmp_path, "uniform", "--rounds", "1", "--stage1-seconds", "60") == 0
    (session,) = read_export(tmp_path / "export").sessions.values()
    assert session.settings.deadlines.stage1 == 60
    assert session.record["config"]["stage1_deadline_seconds"] == 60


@pytest.mark.parametrize("name", UNLIKE)
def test_a_session_config_field_is_recorded_contradicts_nothing_and_is_named_beside_sessions_without_it(tmp_path, name):
    assert command(tmp_path, "uniform", "--rounds", "2", out="plain") == 0
    assert command(tmp_path, "uniform", "--rounds", "2", f"--{name}", UNLIKE[name], out="other") == 0
    export = read_export(tmp_path / "other")
    assert check_export(export, market_rounds(export)).contradictions == ()
    both = read_exports([tmp_path / "plain", tmp_path / "other"]).sessions
    assert set(session_differences(both.values(), cell_labels(both.values()))["field"]) == {name.replace("-", "_")}


def test_players_of_the_equilibrium_offer_alpha_star_and_beta_up_to_the_grid():
    settings = settings_of()
    env, grid = settings.environment, settings.grid
    (session,) = simulate("equilibrium", {}, settings, 1, 2, 5)
    for round_number in (1, 2, 3):
        for market in ("1", "2"):
            rows = [row for row in session.decisions if (row.round_number, row.market) == (round_number, market)]
            sigma = [sum(row.type == x for row in rows if row.active) for x in env.types]
            beta = solve_stage2(env, [sigma]).offers[0]
            for row in rows:
                x = env.type_index(row.type)
                assert Offer(row.stage1_q, row.stage1_r) == grid.nearest(*stage1_optimum(env).offers[x])
                assert not row.active or Offer(row.stage2_q, row.stage2_r) == grid.nearest(*beta[x])


def test_precise_players_offer_what_the_equilibrium_does_within_a_grid_step():
    settings = settings_of()
    exact, precise = (
        simulate(name, given, settings, 1, 2, 5)[0]
        for name, given in (("equilibrium", {}), ("logit_nash", {"lambda1": 900.0, "lambda2": 900.0}))
    )
    gaps = [
        abs((row.stage2_r - row.stage2_q) - (other.stage2_r - other.stage2_q))
        for row, other in zip(exact.decisions, precise.decisions, strict=True)
        if row.active
    ]
    assert max(gaps) < 0.1 + 1e-9


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(tmp_path):
    for out, seed in (("one", "3"), ("again", "3"), ("other", "4")):
        assert command(tmp_path, "logit_nash", "--seed", seed, out=out) == 0
    one, again, other = ((tmp_path / out / "decisions.csv").read_bytes() for out in ("one", "again", "other"))
    assert one == again
    assert one != other


def test_a_subject_of_level_0_stays_one_throughout():
    parameters = {"lambda1": 900.0, "lambda2": 900.0, "level0": 0.5, "level1": 1.0}
    (session,) = simulate("level_k", parameters, settings_of(rounds=20), 1, 2, 5)
    env = session.settings.environment
    best = stage1_optimum(env).offers
    far = {}
    for row in session.decisions:
        alpha = best[env.type_index(row.type)]
        far.setdefault(row.participant_code, []).append(abs(row.stage1_r - row.stage1_q - alpha[1] + alpha[0]))
    thoughtful = [max(gaps) < 0.2 for gaps in far.values()]
    assert 4 <= sum(thoughtful) <= 20
    assert all(np.mean(gaps) > 2 for gaps, thinks in zip(far.values(), thoughtful, strict=True) if not thinks)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("--model", "nobody"), "There is no behavioural model 'nobody'; there are uniform,"),
        (("--model", "logit_empirical"), "takes the others' offers from data, so it cannot be simulated"),
        (("--parameter", "chi=0.5"), "The model logit_nash has no parameter chi; its parameters: lambda1, lambda2."),
        (("--parameter", "lambda1"), "--parameter is 'lambda1'; it must be NAME=VALUE"),
        (("--parameter", "lambda1=nan"), "--parameter is 'lambda1=nan'; it must be NAME=VALUE"),
        (("--parameter", "lambda1=0.5"), "--parameter gives lambda1 twice."),
        (("--sessions", "0"), "--sessions holds '0', but it takes whole numbers from 1 to 10000."),
        (("--participants", "13"), "13 participants do not divide into markets of 12"),
        (("--matching", "sometimes"), "matching is 'sometimes'; it must be fixed or random."),
        (("--announcement", "none"), "announcement is none; behavioural models react to the histogram"),
    ],
)
def test_what_cannot_be_simulated_gets_one_sentence_and_status_2(tmp_path, capsys, change, sentence):
    assert command(tmp_path, "logit_nash", *change) == 2
    said = capsys.readouterr().err.strip()
    assert sentence in said
    assert said.count("\n") == 0
    assert not (tmp_path / "export").exists()


def test_a_parameter_that_is_missing_or_out_of_range_is_named(tmp_path, capsys):
    assert main(["simulate", MIXED, "--model", "cursed", "--parameter", "lambda1=1", "--out", str(tmp_path / "x")]) == 2
    assert "The model cursed needs a value of lambda2" in capsys.readouterr().err
    assert main(["simulate", MIXED, "--model", "uniform", "--parameter", "lambda1=1", "--out", str(tmp_path / "x")]) == 2
    assert "The model uniform has no parameter lambda1; its parameters: none." in capsys.readouterr().err
    given = [f"--parameter={text}" for text in ("lambda1=1", "lambda2=1", "chi=1.5")]
    assert main(["simulate", MIXED, "--model", "cursed", *given, "--out", str(tmp_path / "x")]) == 2
    assert "chi is 1.5; it must lie between 0 and 1." in capsys.readouterr().err


def test_a_folder_with_another_export_is_left_alone(tmp_path, capsys):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "parimutuel_twostage_custom_export.csv").write_text("mine", encoding="utf-8")
    assert command(tmp_path) == 2
    assert "name one without other CSV files" in capsys.readouterr().err
