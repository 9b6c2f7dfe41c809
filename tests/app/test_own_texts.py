"""Texts of a study's own in the app: stored with the session, shown, exported; and subjects who do not agree, for whom nobody waits."""

import csv
import io
import json
import re
from datetime import datetime

import pytest

from experiment.texts.stored import version_of
from tests.app.played import copy_project, play


def rows(text):
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """A session whose texts change on disk while it runs, in a copy of the project of its own."""
    project = copy_project(tmp_path_factory.mktemp("own_texts"))
    return play(project, "own_texts", script="scenes_texts.py", fields={"code_complete": "C1"})


def test_a_running_session_keeps_its_texts_whatever_becomes_of_the_files(seen):
    first, again = seen["first"]
    for text in (first, again):
        assert "Welcome to the market study" in text
        assert "<strong>45 minutes</strong>" in text
        assert "a market of 4 participants" in text
    assert set(seen["pages"]) == {"Payment"}


def test_a_wrong_file_is_named_with_its_line_when_a_session_is_created_and_when_the_server_starts(seen):
    status, said = seen["refused"]
    assert status == 400
    assert re.fullmatch(r"texts/example/en/questionnaire\.toml, line 1: this is not TOML: [^.]*\.", said)
    assert seen["left_out"] == [f"The texts of example are left out: {said}"]


def test_the_study_asks_its_own_items_below_the_built_in_questions(seen):
    assert seen["asked"].index('name="age"') < seen["asked"].index('name="own_trust"')
    assert 'name="gender"' not in seen["asked"]


def test_a_required_item_keeps_the_subject_on_the_page_and_says_where(seen):
    assert seen["judged"] == [
        ["Questionnaire", 1, ["own-trust", "own-traded_before"]],
        ["Questionnaire", 1, ["own-semesters"]],
    ]


def test_own_answers_are_exported_item_by_item_and_begin_no_formula(seen):
    exported = rows(seen["questionnaire"])
    people = {row["participant_code"] for row in exported}
    assert len(people) == 4
    for person in people:
        own = {row["item"]: row["answer"] for row in exported if row["participant_code"] == person}
        assert list(own) == ["age", "trust", "traded_before", "semesters", "strategy"]
        assert (own["age"], own["trust"], own["traded_before"], own["semesters"]) == ("", "7", "never", "4")
        assert own["strategy"].split() == ["'=1+1", "<b>"]


def test_the_debriefing_stands_below_the_amount_and_above_the_way_back(seen):
    page = seen["payment"]
    amount, told, back = (page.index(words) for words in ("You are paid", "announced", 'class="prose way-back"'))
    assert amount < told < back


def test_the_versions_of_the_texts_are_exported_with_the_texts(seen):
    (session,) = rows(seen["_sessions"])
    recorded = json.loads(session["json"])["texts"]
    assert recorded.pop("study") == "example"
    texts = {row["file"]: (row["version"], json.loads(row["text"])) for row in rows(seen["texts"])}
    assert set(recorded) == {"welcome.md", "debriefing.md", "questionnaire.toml"}
    for name, (version, text) in texts.items():
        assert version == version_of(text)
        assert recorded.get(name, version) == version
    consent = texts["built-in consent"]
    assert "Your decisions are recorded without your name" in consent[1]
    assert "This is a study of decisions in markets" not in consent[1]
    agreed = rows(seen["consent"])
    assert [(row["consent_version"], row["declined"]) for row in agreed] == [(consent[0], "0")] * 4
    assert all(datetime.fromisoformat(row["consented_at"]).utcoffset().total_seconds() == 0 for row in agreed)


def test_the_report_says_that_the_built_in_consent_is_not_meant_for_a_study(project, seen):
    plain = play(project, "built_in", script="scenes_texts.py")
    assert plain["first"] == "FirstOffer"
    for report in (plain["report"], seen["report"]):
        assert "the built-in consent, which is not meant for a study" in report


def test_nobody_agrees_by_not_deciding_or_by_being_moved_on(project):
    plain = play(project, "built_in", script="scenes_texts.py")
    assert plain["moved"] == ["FirstOffer"] * 2
    agreed, *others = rows(plain["consent"])
    assert agreed["consented_at"]
    for row in others:
        assert (row["consented_at"], row["consent_version"], row["declined"]) == ("", "", "0")


DECLINED = [
    {"rounds": 2},
    {"rounds": 2, "misses_allowed": 0},
    {"rounds": 2, "practice_rounds": 2, "stage1_deadline_seconds": 60, "stage2_deadline_seconds": 60, "result_deadline_seconds": 60},
    {"rounds": 1, "instructions": True, "stage1_deadline_seconds": 600, "start_seconds": 0, "misses_allowed": 0},
]


@pytest.mark.parametrize("fields", DECLINED)
def test_no_market_waits_for_a_subject_who_does_not_agree(project, fields):
    codes = {"code_declined": "D5", "completion_url": "https://example.org/back"}
    seen = play(project, "declined", script="scenes_texts.py", fields={**fields, **codes})
    page, text = seen["left"]
    assert page == "Payment"
    assert "You chose not to take part." in text
    assert "https://example.org/back?cc=D5" in text
    assert seen["again"] == "Payment"
    assert seen["reason"] == "declined"
    assert seen["pages"] == ["Payment"] * 3
    assert "did not agree" in seen["report"]
    own = [row for row in rows(seen[""]) if row["participant_code"] == seen["code"] and row["practice"] == "0"]
    assert len(own) == fields["rounds"]
    assert {row["stage1_source"] for row in own} == {"absent"}
    paid = {row["participant_code"]: row for row in rows(seen["_payments"])}[seen["code"]]
    assert (paid["left_because"], paid["total"], seen["otree_paid"]) == ("declined", "5.00", "5.00")
    consent = {row["participant_code"]: row for row in rows(seen["consent"])}[seen["code"]]
    assert (consent["consented_at"], consent["declined"]) == ("", "1")
    assert consent["consent_version"]
    assert seen["code"] not in {row["participant_code"] for row in rows(seen["questionnaire"])}


def test_those_who_do_not_agree_are_paid_nothing_if_the_session_says_so(project):
    seen = play(project, "declined", script="scenes_texts.py", fields={"rounds": 1, "pay_declined": False})
    assert "5.00" not in seen["left"][1]
    assert "you leave now." in seen["asked"]
    assert "for coming" not in seen["asked"]
    paid = {row["participant_code"]: row for row in rows(seen["_payments"])}[seen["code"]]
    assert (paid["participation_fee"], paid["total"]) == ("0.00", "0.00")


def test_a_subject_who_does_not_agree_never_enters_the_lobby(project):
    seen = play(project, "declined_before_a_lobby", script="scenes_texts.py")
    assert seen["gone"] == "Payment"
    assert seen["others"] == ["Market"] * 4


def test_the_first_decision_counts_and_two_at_once_count_for_nothing(project):
    seen = play(project, "decides_twice", script="scenes_texts.py")
    assert seen["pages"] == ["FirstOffer", "Payment", "Consent"]
    assert len(seen["errors"]) == 1
    agrees, declines, both, _ = rows(seen["consent"])
    assert (bool(agrees["consented_at"]), agrees["declined"]) == (True, "0")
    assert (bool(declines["consented_at"]), declines["declined"]) == (False, "1")
    assert (both["consented_at"], both["declined"]) == ("", "0")
