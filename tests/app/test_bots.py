"""oTree's own bots play every config and every treatment, and prices follow from the export they leave."""

import csv

import numpy as np
import pytest

from experiment.config import environment_names
from tests.app.played import otree, play
from tests.sizes import sized
from theory.economy.environment import read_environment
from theory.mechanism import market_trade

CASES = range(5)
"""Of the market's bots: the equilibrium, no trade, all of one good, the edges of the grid, invalid offers."""
ALIKE = {1, 2, 4}
"""Those in which all first offers are the same."""
SMALL = {
    "mixed_values": 3,
    "nearly_common": 1,
    "small_market": 2,
    "three_types": 0,
    "no_announcement": 0,
    "no_threat": 3,
    "random_with_practice": 1,
    "lobby": 3,
    "practice_alone": 0,
    "practice_by_type": 3,
    "shutdown_and_deadlines": 2,
    "beliefs_and_lottery": 4,
    "own_texts": 0,
}
"""The one case of each config in a small run: each case occurs, and so does each page, answers that must fail included."""
TREATMENTS = {
    "no_announcement": {"announcement": "none"},
    "no_threat": {"inactive_threat": "none"},
    "random_with_practice": {"matching": "random", "practice_rounds": 1, "practice_with": "participants"},
    "lobby": {"market_size": 4, "min_market_size": 4, "lobby_seconds": 60},
    "practice_alone": {"practice_rounds": 2},
    "practice_by_type": {"practice_rounds": 2, "practice_with": "typed_robots", "beliefs": True},
    "shutdown_and_deadlines": {
        "shutdown_if_equal": True,
        "stage1_deadline_seconds": 600,
        "stage2_deadline_seconds": 600,
        "result_deadline_seconds": 600,
    },
    "beliefs_and_lottery": {"beliefs": True, "points_pay": "lottery", "payment_cap": 12.5, "questionnaire": "risk, comments"},
    "own_texts": {"texts": "example", "minutes": 60, "questionnaire": "age"},
}
SETTINGS = f"""
SESSION_CONFIG_DEFAULTS["rounds"] = 1
SESSION_CONFIG_DEFAULTS["practice_rounds"] = 0
SESSION_CONFIG_DEFAULTS["seed"] = "271828182845904"
_small = next(config for config in SESSION_CONFIGS if config["name"] == "small_market")
SESSION_CONFIGS += [_small | {{"name": name, "num_demo_participants": 8, "rounds": 2}} | fields for name, fields in {TREATMENTS!r}.items()]
"""


@pytest.fixture(scope="module")
def short_sessions(project_with):
    """The project with sessions of one or two rounds; bots need not play more to show every path."""
    return project_with(SETTINGS)


@pytest.mark.parametrize("config", [*environment_names(), *TREATMENTS])
def test_bots_play_every_case_of_every_config(short_sessions, config):
    cases = sized(small=[SMALL[config]], full=[*CASES])
    said = play(short_sessions, "test", script="scenes_bots.py", boot="scenes_bots", config=config, cases=cases, folder=f"out_{config}")
    assert said.count("Bots completed session") == len(cases)
    with (short_sessions / f"out_{config}" / "parimutuel_twostage_custom.csv").open() as file:
        rows = list(csv.DictReader(file))
    environment = read_environment(short_sessions / "environments" / f"{rows[0]['environment']}.toml")
    markets = {}
    for row in rows:
        if row["active"] == "1" and row["price"]:
            markets.setdefault((row["session_code"], row["round_number"], row["market"]), []).append(row)
    shut_down = ALIKE & set(cases) if config == "shutdown_and_deadlines" else set()
    assert len({code for code, *_ in markets}) == len(cases) - len(shut_down)
    for seats in markets.values():
        offers = np.array([(float(row["stage2_q"]), float(row["stage2_r"])) for row in seats])
        trade = market_trade(environment, offers)
        np.testing.assert_allclose([float(row["price"]) for row in seats], trade.price, rtol=1e-12)
        np.testing.assert_allclose([(float(row["final_q"]), float(row["final_r"])) for row in seats], trade.bundles, atol=1e-12)


def test_otrees_own_command_plays_bots(short_sessions):
    assert otree(short_sessions, "test", "small_market").count("Bots completed session") == len(CASES)


@pytest.mark.parametrize("case", [0, *(pytest.param(case, marks=pytest.mark.full) for case in (1, 2))])
def test_bots_in_browsers_get_to_the_end(project, case):
    fields = {"instructions": True, "quiz_attempts": 2, "practice_rounds": 1, "rounds": 2, "beliefs": True}
    assert play(project, "played_to_the_end", script="scenes_browser_bots.py", case=case, fields=fields) == ["Payment"] * 4
