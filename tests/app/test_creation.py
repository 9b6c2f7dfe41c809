"""Creating a session: a config that cannot be run is refused with one sentence, and nothing of the session remains."""

import csv
import io
import json

import pytest

from tests.app.played import play

REFUSED = [
    (6, {}, "6 participants do not divide into markets of 4"),
    (8, {"market_size": 3}, "a multiple of 3, for example 6 or 9"),
    (4, {"offer_grid": 0.3}, "offer_grid is 0.3"),
    (4, {"environment": "nowhere"}, "environment is 'nowhere'"),
    (4, {"rounds": 1000}, "the largest count in SESSION_CONFIGS"),
    (4, {"matching": "partners"}, "it must be fixed or random"),
    (4, {"seed": "-5"}, "seed is '-5'"),
    (4, {"offer_grid": 1e-300}, "at most 100000 steps"),
]


@pytest.mark.parametrize(("participants", "fields", "words"), REFUSED)
def test_a_wrong_config_leaves_no_session_on_either_path(project, participants, fields, words):
    said = play(project, "refused", script="scenes_creation.py", config="small_market", participants=participants, fields=fields)
    assert said["status"] == 400
    assert words in said["rest"]
    assert said["rest"].endswith(".")
    assert "\n" not in said["rest"]
    assert said["form"].splitlines()[0] == f"Failed to create session: {said['rest']}"
    assert said["left"] == [[0] * 5, [0] * 5]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"num_participants": 0}, "whole number of at least 1"),
        ({"num_participants": True}, "whole number of at least 1"),
        ({"modified_session_config_fields": {"roundz": 3}}, "did you mean rounds"),
        ({"room_name": "nowhere"}, "There is no room 'nowhere'"),
        ({"modified_session_config_fields": [1]}, "must be an object"),
        ({"modified_session_config_fields": {"participation_fee": "much"}}, "it must be a number"),
        ({"modified_session_config_fields": {"participation_fee": -1}}, "between 0 and"),
    ],
)
def test_what_otree_would_stumble_over_or_pass_over_is_refused(project, asked, words):
    said = play(project, "asked_by_rest", script="scenes_creation.py", asked=asked)
    assert said["status"] == 400
    assert words in said["rest"]
    assert said["left"] == [0] * 5


def test_an_error_that_nobody_foresaw_leaves_no_session_either(project):
    said = play(project, "unforeseen_error", script="scenes_creation.py")
    assert said["status"] == 400
    assert "because of an unexpected error" in said["rest"]
    assert said["left"] == [0] * 5


def test_money_edited_to_nonsense_while_a_session_runs_breaks_no_page(project):
    assert play(project, "fee_edited", script="scenes_creation.py", fee=-1.0) == [200, "5.00"]


@pytest.mark.parametrize("rate", ["0.1", "much"])
def test_a_rate_that_otree_could_not_multiply_with_is_refused(project, rate):
    said = play(project, "whole_session_status", script="scenes_creation.py", fields={"real_world_currency_per_point": rate})
    assert said == [400, f"real_world_currency_per_point is '{rate}'; it must be a number."]


def test_two_sessions_with_one_seed_see_the_same_draws_and_a_fresh_seed_is_stored(project):
    keys = ("round_number", "type", "state", "active")
    one, two, other = (
        play(project, "whole_session", fields=fields, participants=4)
        for fields in ({"seed": "7", "rounds": 2}, {"seed": "7", "rounds": 2}, {"rounds": 2})
    )
    draws = [[tuple(row[key] for key in keys) for row in csv.DictReader(io.StringIO(session[""]))] for session in (one, two, other)]
    assert draws[0] == draws[1] != draws[2]
    assert [session["seed"] for session in (one, two)] == [7, 7]
    stored = json.loads(next(csv.DictReader(io.StringIO(other["_sessions"])))["json"])
    assert stored["seeds"]["seed"] == other["seed"] > 0


def test_a_file_edited_later_does_not_change_a_running_session(own_project):
    seen = play(own_project, "environment_edited", script="scenes_creation.py")
    assert seen["endowment"] == {"q": 10.0, "r": 10.0}
    assert set(seen["pages"]) == {"FirstOffer"}
    assert all(q == 8.0 for q, r in seen["bundles"])
