"""A server's clock that is set back or forward stops no market, ends no stage early, and makes no duration negative."""

import csv
import io

import pytest

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from experiment.deadlines import CLOSING_SECONDS, TRANSITION_SECONDS
from tests.app.played import play

HOUR = 3600
STAGE1, STAGE2, RESULT = 40, 30, 20
SLACK = CLOSING_SECONDS + 5
"""The scenes' clock goes on by five seconds at a time."""


def scene(project, name, **arguments):
    return play(project, name, script="scenes_clock.py", **arguments)


@pytest.fixture(scope="module", params=[-HOUR, -10, 2 * HOUR], ids=["an hour back", "ten seconds back", "two hours forward"])
def one_away(project, request):
    return scene(project, "one_away", seconds=request.param) | {"set": request.param}


def test_a_stage_that_runs_when_the_clock_is_set_keeps_its_time(one_away):
    before, after = one_away["left"]
    assert after == pytest.approx(before, abs=5), "the time since the last look at the clock is given back"


def test_a_market_that_waits_for_an_absent_subject_goes_on_at_its_deadlines(one_away):
    first, second, later_first, later_second = one_away["waited"]
    assert first <= STAGE1 + RESULT + TRANSITION_SECONDS + SLACK
    assert max(second, later_second) <= STAGE2 + SLACK
    assert later_first <= STAGE1 + RESULT + TRANSITION_SECONDS + SLACK


def test_a_stage_that_opens_later_counts_from_no_deadline_of_the_clock_before(one_away):
    assert STAGE1 - 1 <= one_away["third"] <= STAGE1 + RESULT + TRANSITION_SECONDS


def test_an_answer_never_takes_less_time_than_was_seen_to_pass(one_away):
    for source, seconds in one_away["seconds"][:3]:
        assert source == "typed"
        assert seconds >= 19


def test_the_export_of_a_session_whose_clock_was_set_can_be_computed_again(one_away, tmp_path):
    for name in ("decisions", "sessions"):
        (tmp_path / f"{name}.csv").write_text(one_away[name])
    data = read_export(tmp_path)
    assert check_export(data, market_rounds(data)).contradictions == ()
    spent = [float(row["stage1_seconds"]) for row in csv.DictReader(io.StringIO(one_away["decisions"])) if row["stage1_seconds"]]
    assert min(spent) >= 0


@pytest.mark.parametrize("seconds", [-HOUR, -3, 2 * HOUR])
def test_a_clock_set_while_the_server_is_down_costs_no_stage_its_time(project, seconds):
    before, after = scene(project, "restarted", seconds=seconds)["left"]
    assert after == pytest.approx(before, abs=2)


def test_a_clock_that_is_adjusted_by_a_second_moves_nothing(project):
    before, after = scene(project, "restarted", seconds=-1.5)["left"]
    assert after == pytest.approx(before + 1.5, abs=0.5)


@pytest.mark.parametrize("seconds", [-HOUR, 2 * HOUR])
def test_a_request_that_comes_before_the_next_look_at_the_clock_is_judged_by_the_time_that_passed(project, seconds):
    seen = scene(project, "between_ticks", seconds=seconds)
    assert [source for source, _ in seen["rows"]] == ["typed"] * 4
    assert min(took for _, took in seen["rows"]) >= 4
    assert seen["second"] == pytest.approx(STAGE2, abs=3)
    assert sorted(set(seen["pages"])) == ["NoSecondOffer", "SecondOffer"]


def test_a_server_that_was_busy_takes_no_look_that_waited_for_a_clock_that_was_set_back(project):
    before, after = scene(project, "busy", seconds=15)["left"]
    assert after == pytest.approx(before, abs=2)


def test_an_answer_that_waits_for_its_turn_while_the_clock_is_set_back_came_in_no_later_than_now(project):
    assert scene(project, "in_the_queue", seconds=-HOUR)["ahead"] <= 0


@pytest.mark.parametrize("seconds", [-HOUR, 2 * HOUR])
def test_a_clock_set_in_a_pause_costs_no_stage_its_time(project, seconds):
    before, after = scene(project, "in_a_pause", seconds=seconds)["left"]
    assert after == pytest.approx(before, abs=5)


def test_whoever_left_the_lobby_before_the_clock_was_set_back_is_in_no_market_and_nobody_waits_longer(project):
    seen = scene(project, "in_the_lobby", seconds=-HOUR)
    assert seen["gone"] == "Lobby"
    left = next(waited for waited, pages in seen["waits"] if "Lobby" not in pages)
    assert left <= 60 + 6
    assert "Market" not in seen["waits"][-1][1]


def test_quiz_answers_take_the_time_that_passed(project):
    assert min(scene(project, "in_the_quiz", seconds=-HOUR)) >= 20


def test_a_session_that_is_over_is_left_as_it_is(project):
    seen = scene(project, "finished", seconds=-HOUR)
    assert seen["before"][0][0]
    assert seen["after"] == seen["before"]


def test_every_moment_that_an_app_keeps_is_declared(project):
    seen = scene(project, "moments")
    ends = ("_opened", "_deadline", "_shown", "_arrived", "_seen")
    assert seen["moved"]
    assert all(name.endswith(ends) for name in seen["moved"])
    assert not [name for name in seen["kept"] if name.endswith(ends)]
