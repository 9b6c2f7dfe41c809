"""A market waits for missing subjects as long as announced and no longer, and not again for one who misses too often."""

import csv
import io

import pytest

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from experiment.deadlines import CLOSING_SECONDS
from tests.app.played import play

STAGE1, STAGE2, RESULT = 40, 30, 20
TICK = 5
"""The scenes' clock moves forward by this much at a time."""
SLACK = CLOSING_SECONDS + TICK


def scene(project, name, **arguments):
    return play(project, name, script="scenes_absence.py", **arguments)


def contradictions(seen, folder):
    """The contradictions of the mechanism that the comparison finds in the session's export."""
    for name in ("decisions", "sessions"):
        (folder / f"{name}.csv").write_text(seen[name])
    data = read_export(folder)
    return check_export(data, market_rounds(data)).contradictions


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def all_gone(project):
    return scene(project, "all_gone")


@pytest.fixture(scope="module")
def back_in_round_4(project):
    return scene(project, "one_gone", back_in=4)


def test_a_market_that_everybody_left_reaches_its_end_within_the_sum_of_its_deadlines(all_gone):
    cleared = {rounds: next(seconds for seconds, done in all_gone["seen"] if done == rounds) for rounds in (1, 2, 3)}
    assert cleared[1] <= STAGE1 + STAGE2 + 2 * SLACK
    assert cleared[3] <= 3 * (STAGE1 + STAGE2) + 2 * RESULT + 9 * SLACK


def test_who_comes_back_after_the_last_round_is_shown_its_result_and_the_payment(all_gone):
    assert all_gone["back"] == ["Result", "Payment"]
    assert [row["points"] == "0.00" for row in rows(all_gone["payments"])] == [False] * 4


def test_the_export_of_a_market_that_everybody_left_is_complete_and_can_be_computed_again(all_gone, tmp_path):
    exported = rows(all_gone["decisions"])
    assert len(exported) == 3 * 4
    assert {row["stage1_source"] for row in exported} == {"absent"}
    assert all((row["stage2_source"] == "absent") == (row["active"] == "1") for row in exported)
    assert contradictions(all_gone, tmp_path) == ()


def test_others_wait_for_who_left_until_the_deadline_and_from_two_misses_on_not_at_all(back_in_round_4):
    first, *later = back_in_round_4["waited"]
    assert 0 < first[0] <= STAGE1 + SLACK
    assert 0 < first[1] <= STAGE2 + SLACK
    assert max(max(waited) for waited in later) < TICK


def test_a_dropout_is_passed_over_from_the_third_stage_on_and_this_is_kept(back_in_round_4):
    assert [row[7] for row in back_in_round_4["rows"]] == [False, True, True, False, False, False]


def test_nothing_is_announced_for_who_made_no_offer_but_that_there_was_none(back_in_round_4):
    announced = back_in_round_4["announced"]
    assert [told["without_offer"] for told in announced[:3]] == [1 if row[0] else 0 for row in back_in_round_4["rows"][:3]]
    assert all(sum(bar[2] for bar in told["bars"]) + told["without_offer"] == 3 for told in announced)


def test_a_dropout_comes_back_at_the_next_round_and_plays(back_in_round_4):
    assert back_in_round_4["returned"] == ["Result", "FirstOffer"]
    assert [row[1] for row in back_in_round_4["rows"]] == ["absent"] * 3 + ["typed"] * 3


def test_the_export_with_a_dropout_can_be_computed_again(back_in_round_4, tmp_path):
    assert contradictions(back_in_round_4, tmp_path) == ()


def test_without_a_limit_of_misses_every_stage_waits_until_its_deadline(project):
    waited = scene(project, "one_gone", back_in=5, misses_allowed=0)["waited"]
    assert all(0 < second <= STAGE2 + SLACK for _, second in waited[:4])
    assert all(0 < first <= STAGE1 + RESULT + 2 * SLACK for first, _ in waited[:4])
    assert max(max(after) for after in waited[4:]) < TICK


@pytest.mark.parametrize("rule", ["none", "repeat"])
def test_who_leaves_after_the_first_offer_trades_nothing_or_repeats_it_as_the_config_says(project, rule, tmp_path):
    seen = scene(project, "gone_between", absent_at_stage2=rule)
    was_active = False
    for active, first, q, r, second, second_q, second_r in seen["rows"]:
        assert first == "typed"
        if active:
            was_active = True
            assert second == "absent"
            assert (second_q, second_r) == ((q, r) if rule == "repeat" else (None, None))
    assert was_active
    assert contradictions(seen, tmp_path) == ()


def test_an_offer_of_a_dropout_counts_in_time_and_not_after_the_market_has_gone_on(project):
    late, in_time = (scene(project, "dropout", how=how) for how in ("late", "in time"))
    assert late["row"] == ["absent", None]
    assert in_time["row"] == ["typed", 2.0]
    assert in_time["misses"] == 0


def test_a_dropout_who_waits_at_a_gate_says_so_and_is_waited_for_again(project):
    assert scene(project, "dropout", how="gate")["seen"] == ["DrawGate", True, "DrawGate", False]


def test_a_pause_keeps_the_time_that_was_left_and_what_is_typed_meanwhile(project):
    seen = scene(project, "paused", seconds=100)
    before, after = seen["left"]
    assert after == pytest.approx(before, abs=1)
    assert seen["shows"] == [True, False]
    assert seen["last"] == "FirstOffer"
    assert seen["held"] == ["DrawGate"] * 4
    assert seen["gate"]
    assert seen["sources"] == [["typed"]] * 4
    assert sorted(seen["pages"]) == ["NoSecondOffer", "SecondOffer", "SecondOffer", "SecondOffer"]


def test_a_stage_can_be_extended_while_it_runs(project):
    seen = scene(project, "extended")
    assert seen["gained"] == 60
    assert seen["said"] == ["", "A stage can be extended by 1 to 3600 seconds, not by 0.", "This stage is over."]
    assert seen["in_time"] == "FirstOffer"


@pytest.mark.parametrize("seconds", [5, 90, 4000])
def test_a_server_that_was_down_extends_the_deadlines_by_its_downtime(project, seconds):
    seen = scene(project, "down", seconds=seconds)
    before, after = seen["left"]
    assert after == pytest.approx(before, abs=1)
    assert seen["page"] == "FirstOffer"
    assert seen["sources"] == [[None]] * 4


def test_the_first_round_waits_for_those_who_still_read_but_not_for_ever(project):
    prompt = scene(project, "start", arrive=4)
    assert prompt["waited"] < TICK
    assert prompt["pages"] == ["FirstOffer"] * 4
    slow = scene(project, "start", arrive=3)
    assert 100 <= slow["waited"] <= 100 + SLACK
    assert slow["pages"] == ["FirstOffer"] * 3 + ["Consent"]


def test_a_redirect_that_got_lost_holds_nobody_up_for_longer_than_the_deadlines(project):
    seen = scene(project, "lost_redirect")
    assert seen["waited"][0] <= STAGE1 + RESULT + 2 * SLACK
    assert seen["waited"][1] <= STAGE2 + SLACK
    assert seen["row"] == ["absent", "absent"]
    assert seen["cleared"] == [[True], [True]]
