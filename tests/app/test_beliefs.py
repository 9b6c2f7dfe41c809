"""Beliefs in the app: asked of the active before the second offer, refused if invalid, missed if late, and giving nothing away."""

import csv
import io
import json

import pytest

from tests.app.played import play

WRONG = [
    [],
    ["", ""],
    ["100"],
    ["60", "39"],
    ["60", "40", "0"],
    ["-1", "101"],
    ["50,5", "49,5"],
    ["<b>", "100"],
    ["\0", "100"],
    ["9" * 5000, "1"],
    ["1"] * 500,
]


def test_what_is_no_belief_comes_back_as_typed_with_one_sentence(project):
    seen = play(project, "bad_beliefs", script="scenes_payment.py", posts=WRONG)
    for post, status, page, errors, text in seen["said"]:
        assert (status, page, len(errors)) == (200, "Beliefs", 1), post
        assert errors[0].count(".") == 1
        assert "<b>" not in text
        if post == ["60", "39"]:
            assert 'value="60"' in text
            assert 'value="39"' in text
            assert "99" in errors[0]
    assert seen["empty"] == [None, None]
    assert (seen["after"], seen["again"]) == ("SecondOffer", "SecondOffer")
    assert (json.loads(seen["stored"][0]), seen["stored"][1]) == ({"low": 70, "high": 30}, "typed")


def test_the_page_does_not_depend_on_the_state(project):
    low, high = (play(project, "beliefs_by_state", script="scenes_payment.py", state=state) for state in ("low", "high"))
    assert low["pages"].count("Beliefs") == 3
    assert low["pages"] == high["pages"]
    assert low["known"] == high["known"]
    assert low["texts"] == high["texts"]


def test_a_belief_shares_the_time_of_the_second_offer(project):
    seen = play(project, "late_belief", script="scenes_payment.py")
    assert seen["timed"]
    assert seen["after"] == ["SecondOffer"] * 3
    (first, source, seconds, _), half, late = seen["rows"]
    assert (json.loads(first), source) == ({"low": 70, "high": 30}, "typed")
    assert 20 <= seconds < 25
    assert [half[:3], late[:3]] == [[None, "absent", None]] * 2
    assert {row[3] for row in seen["rows"]} == {"absent"}
    assert set(seen["pages"]) == {"Result"}
    rows = list(csv.DictReader(io.StringIO(seen["_beliefs"])))
    assert len(rows) == 6
    assert sorted(row["belief"] for row in rows) == ["", "", "", "", "30", "70"]


@pytest.mark.parametrize(("fields", "page"), [({}, "SecondOffer"), ({"beliefs": True, "shutdown_if_equal": True}, "NoSecondOffer")])
def test_no_belief_is_asked_for_where_it_is_off_or_there_is_no_second_offer(project, fields, page):
    assert set(play(project, "pages_without_beliefs", script="scenes_payment.py", fields=fields)) == {"NoSecondOffer", page}
