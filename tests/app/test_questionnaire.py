"""The questionnaire in the app: configurable, nothing required, nothing wrong stored, and an export that spreadsheets read as text."""

import csv
import io

import pytest

from tests.app.played import play

ANSWERS = [
    {"age": " 34 ", "gender": "another", "field_of_study": "=SUM(A1)", "risk": "10", "comments": "Two\r\nlines, <b>a tag</b>"},
    {},
    {"age": "", "gender": "not_said", "field_of_study": "Économie, 経済", "risk": "not_said", "comments": "@home"},
]
WRONG = [
    [["age", "15"]],
    [["age", "\0"]],
    [["gender", "Woman"]],
    [["field_of_study", "a" * 101]],
    [["field_of_study", "<b>\x07"]],
    [["risk", "11"]],
    [["comments", "a" * 2001]],
    [["comments", "a" * 60_000]],
    [["comments", "a\0b"]],
    [["age", "30"], ["age", "31"]],
    [["age", "30"], ["gender", "x"], ["risk", "7"]],
]


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_answers_are_exported_one_by_one_and_begin_no_formula(project):
    seen = play(project, "paid_session", script="scenes_payment.py", fields={"rounds": 1}, answers=ANSWERS)
    found = {person: {} for person in seen["people"]}
    for row in rows(seen["questionnaire"]):
        assert row["session_code"] == seen["code"]
        found[row["participant_code"]][row["item"]] = row["answer"]
    first, second, third, _ = found.values()
    assert first == {"age": "34", "gender": "another", "field_of_study": "'=SUM(A1)", "risk": "10", "comments": first["comments"]}
    assert first["comments"] == "Two lines, <b>a tag</b>"
    assert second == dict.fromkeys(first, "")
    assert (third["field_of_study"], third["comments"]) == ("Économie, 経済", "'@home")


@pytest.mark.parametrize("asked", ["risk", "comments, age"])
def test_only_what_is_configured_is_asked(project, asked):
    seen = play(project, "paid_session", script="scenes_payment.py", fields={"rounds": 1, "questionnaire": asked}, answers=ANSWERS)
    assert set(seen["before"]) == {"Questionnaire"}
    assert {row["item"] for row in rows(seen["questionnaire"])} == {word.strip() for word in asked.split(",")}


def test_an_empty_questionnaire_is_no_page(project):
    seen = play(project, "paid_session", script="scenes_payment.py", fields={"rounds": 1, "questionnaire": ""})
    assert set(seen["before"]) == {"Payment"}
    assert rows(seen["questionnaire"]) == []


def test_wrong_answers_come_back_with_a_sentence_and_nothing_is_stored(project):
    for post, said in zip(WRONG, play(project, "bad_answers", script="scenes_payment.py", posts=WRONG), strict=True):
        assert (said["status"], said["page"]) == (200, "Questionnaire"), post
        assert len(said["errors"]) == 1
        assert said["stored"] == [None] * 5
        assert "<b>" not in said["text"]
        if isinstance(post, list) and len(post) == 1:
            name = post[0][0]
            assert f'id="{name.replace("_of_study", "")}-error"' in said["text"]
            assert f"{name.replace('_of_study', '')}-error" in said["text"].split("aria-describedby=", 1)[1]
