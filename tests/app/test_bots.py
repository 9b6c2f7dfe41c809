"""oTree's own bots play every config and every treatment, and prices follow from the export they leave."""

import csv

import numpy as np
import pytest

from experiment.config import environment_names
from tests.app.played import copy_project, otree, play
from theory.economy.environment import read_environment
from theory.mechanism import market_trade

CASES = 5
TREATMENTS = {
    "no_announcement": {"announcement": "none"},
    "no_threat": {"inactive_threat": "none"},
    "random_with_practice": {"matching": "random", "practice_rounds": 1, "practice_with": "participants"},
    "lobby": {"market_size": 4, "min_market_size": 4, "lobby_seconds": 60},
    "practice_alone": {"practice_rounds": 2},
    "shutdown_and_deadlines": {"shutdown_if_equal": True, "stage1_seconds": 600, "stage2_seconds": 600, "result_seconds": 600},
    "beliefs_and_lottery": {"beliefs": True, "points_pay": "lottery", "payment_cap": 12.5, "questionnaire": "risk, comments"},
}
SETTINGS = f"""
SESSION_CONFIG_DEFAULTS["rounds"] = 1
SESSION_CONFIG_DEFAULTS["practice_rounds"] = 0
SESSION_CONFIG_DEFAULTS["seed"] = "271828182845904"
_small = next(config for config in SESSION_CONFIGS if config["name"] == "small_market")
SESSION_CONFIGS += [_small | {{"name": name, "num_demo_participants": 8, "rounds": 2}} | fields for name, fields in {TREATMENTS!r}.items()]
"""


@pytest.fixture(scope="module")
def short_sessions(tmp_path_factory):
    """The project with sessions of one or two rounds; bots need not play more to show every path."""
    return copy_project(tmp_path_factory.mktemp("bots"), SETTINGS)


@pytest.mark.parametrize("config", [*environment_names(), *TREATMENTS])
def test_bots_play_every_case_of_every_config(short_sessions, config):
    said = otree(short_sessions, "test", config, f"--export=out_{config}")
    assert said.count("Bots completed session") == CASES
    with (short_sessions / f"out_{config}" / "parimutuel_twostage_custom.csv").open() as file:
        rows = list(csv.DictReader(file))
    environment = read_environment(short_sessions / "environments" / f"{rows[0]['environment']}.toml")
    markets = {}
    for row in rows:
        if row["active"] == "1" and row["price"]:
            markets.setdefault((row["session_code"], row["round_number"], row["market"]), []).append(row)
    shut_down = 3 if config == "shutdown_and_deadlines" else 0  # in three of the cases all first offers are alike
    assert len({code for code, *_ in markets}) == CASES - shut_down
    for seats in markets.values():
        offers = np.array([(float(row["stage2_q"]), float(row["stage2_r"])) for row in seats])
        trade = market_trade(environment, offers)
        np.testing.assert_allclose([float(row["price"]) for row in seats], trade.price, rtol=1e-12)
        np.testing.assert_allclose([(float(row["final_q"]), float(row["final_r"])) for row in seats], trade.bundles, atol=1e-12)


@pytest.mark.parametrize("case", [0, 1, 2])
def test_bots_in_browsers_get_to_the_end(project, case):
    fields = {"instructions": True, "quiz_attempts": 2, "practice_rounds": 1, "rounds": 2, "beliefs": True}
    assert play(project, "played_to_the_end", script="scenes_browser_bots.py", case=case, fields=fields) == ["Payment"] * 4
