"""The quiz on oTree: answers judged, explained and logged once each, the way on and the way out, and nothing revealed before its time."""

from __future__ import annotations

import csv
import html
import io
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.app import played

play = partial(played.play_once, script="scenes_quiz.py")
FIELDS = {"seed": "7", "rounds": 3, "quiz_attempts": 2}
LOCKED_OUT = FIELDS | {"quiz_failed": "leave", "lobby_seconds": 60}
PAGES = ["QuizStates", "QuizDraw", "QuizSecondOffer", "QuizPayment"]
READ_OFF = {"types", "points", "inactive"}
"""Items whose answers stand in the rules, which the page shows."""


def form_of(text: str) -> str:
    """The page without the panel of the rules."""
    return re.sub(r'<details class="panel">.*?</details>', "", text, flags=re.DOTALL)


def test_who_knows_everything_comes_through_at_once(project: Path) -> None:
    seen = play(project, "right_at_once", fields={})
    assert [page["page"] for page in seen["pages"]] == PAGES
    assert (seen["end"], seen["then"]) == ("QuizPassed", "FirstOffer")
    assert "<h1" in seen["passed"]
    assert "All your answers are right." in seen["passed"]
    for page in seen["pages"]:
        assert ("All your answers on the page before are right." in page["text"]) == (page["page"] != PAGES[0])
    keys = [item["key"] for page in seen["pages"] for item in page["items"]]
    assert [row[:2] for row in seen["log"]] == [[key, 1] for key in keys]
    assert all(row[3] for row in seen["log"])


def test_what_is_sent_before_an_answer_does_not_hold_it(project: Path) -> None:
    for page in play(project, "right_at_once", fields={})["pages"]:
        form = form_of(page["text"])
        shown = html.unescape(form)
        assert "js_vars = {}" in form or "js_vars" not in form
        for item in page["items"]:
            assert item["rule"] not in shown
            assert item["solution"] not in shown
            if item["choice"]:
                labels = re.findall(rf'<label class="choice">(<input type="radio" name="{item["key"]}".*?</label>)', form, re.DOTALL)
                looks = {re.sub(r'value="\w+"|<span>.*?</span>', "", label) for label in labels}
                assert len(labels) > 2
                assert len(looks) == 1, "all choices look alike"
            elif item["key"] not in READ_OFF:
                number = re.escape(item["right"].rstrip("0").rstrip("."))
                assert not re.search(rf"(?<![\d.]){number}0*(?![\d.]*\d)", form), (item, form)


@pytest.mark.parametrize(
    ("fields", "pages"),
    [
        ({"quiz_attempts": 0}, []),
        ({"rounds": 1}, PAGES[:3]),
        ({"rounds": 1, "points_pay": "lottery"}, PAGES),
        ({"inactive_threat": "none", "announcement": "none"}, PAGES),
        ({"shutdown_if_equal": True, "matching": "random", "paid_rounds": "all", "practice_rounds": 1}, PAGES),
        ({"lobby_seconds": 60}, PAGES),
    ],
)
def test_quiz_follows_the_config(project: Path, fields: dict[str, Any], pages: list[str]) -> None:
    seen = play(project, "right_at_once", fields=fields)
    assert [page["page"] for page in seen["pages"]] == pages
    assert all(row[3] for row in seen["log"])
    assert (seen["end"] == "QuizPassed") == bool(pages)


def test_the_passages_of_the_instructions_that_a_hint_names_are_on_the_page(project: Path) -> None:
    named = set()
    for page in play(project, "right_at_once", fields={})["pages"]:
        shown = html.unescape(page["text"])
        headings = {" ".join(found.split()) for found in re.findall(r"<h\d[^>]*>(.*?)</h\d>", shown, re.DOTALL)}
        for item in page["items"]:
            for passage in re.findall("“(.*?)”", html.unescape(item["rule"])):
                named.add(passage)
                assert passage in headings
            assert "table of states" not in item["rule"]
    assert len(named) == 2


@pytest.mark.parametrize(
    ("changed", "said", "problem"),
    [
        ({"likelier_state": ""}, "Please answer every question.", "Please choose one of the answers."),
        ({"points": " "}, "Please answer every question.", "Please type a number here."),
        ({"points": "12 %"}, "One answer cannot be read;", "Please type the number alone, without a percent sign."),
        ({"points": "many", "types": "some"}, "2 answers cannot be read;", "Please type a number here."),
        ({"points": "many", "types": ""}, "Please answer every question.", "Please type a number here."),
    ],
)
def test_only_a_question_without_an_answer_is_called_unanswered(project: Path, changed: dict[str, str], said: str, problem: str) -> None:
    seen = play(project, "changed_answers", changed=changed)
    assert [error.startswith(said) for error in seen["said"]] == [True]
    assert seen["said"][0].endswith("None of your answers was counted.")
    assert problem in seen["text"]
    assert seen["log"] == []


def test_a_number_rounded_too_far_is_explained_as_such_and_a_rounded_one_is_right(project: Path) -> None:
    seen = play(project, "rounded")
    assert [row[:1] + row[2:4] for row in seen["log"]] == [
        ["likelier_state", seen["choice"], True],
        ["types", seen["percent"], True],
        ["points", seen["whole"], False],
        ["points", seen["rounded"], True],
    ]
    assert f"Your number is rounded too far: please type it with 2 decimals. {seen['rule']}" in seen["text"]


def test_a_wrong_answer_is_explained_and_right_ones_are_kept(project: Path) -> None:
    seen = play(project, "wrong_then_right")
    first, *others = seen["items"]
    for text in (seen["after"], seen["reloaded"]):
        assert f'name="{first["key"]}"' not in text
        assert text.count("<strong>Right:</strong>") == 1
        assert text.count("<strong>Not right:</strong>") == len(others)
        for item in others:
            assert f'id="why-{item["key"]}">{item["rule"]}<' in text
            assert item["solution"] not in text
        assert "You have one attempt left" in text
    assert [said.startswith("2 answers are not right yet.") for said in seen["said"]] == [True]
    assert seen["then"] == "QuizDraw"


def test_a_reload_a_second_post_and_the_back_button_cost_no_attempt(project: Path) -> None:
    seen = play(project, "wrong_then_right")
    assert [said.startswith("This form was of an earlier attempt") for said in seen["twice"]] == [True]
    assert [row[1] for row in seen["log"]] == [1, 1, 1]
    assert seen["back"] == "QuizDraw"
    assert [row[1] for row in seen["log_after"]] == [1, 1, 1, 2, 2]


def test_seconds_run_from_the_first_look_at_an_attempt(project: Path) -> None:
    seconds = [row[4] for row in play(project, "wrong_then_right")["log_after"]]
    assert all(10 <= each < 14 for each in seconds[:3])
    assert all(5 <= each < 9 for each in seconds[3:])


def test_after_the_last_attempt_the_answers_are_explained_and_the_subject_goes_on(project: Path) -> None:
    seen = play(project, "all_wrong", fields=FIELDS)
    assert seen["page"] == "QuizStates"
    for item in seen["items"]:
        assert item["rule"] in seen["first"]
        assert item["solution"] not in seen["first"]
        assert item["solution"] in seen["second"]
        assert f'name="{item["key"]}"' not in seen["second"]
    assert seen["second"].count("The right answer:") == 3
    assert "no more attempts" in seen["said"][0]
    assert (seen["then"], seen["left"]) == ("QuizDraw", None)


def test_who_fails_where_a_lobby_follows_leaves_at_once(project: Path) -> None:
    seen = play(project, "all_wrong", fields=LOCKED_OUT)
    assert "only if you answer every question correctly" in seen["first"]
    assert seen["page"] == "Payment"
    assert (seen["then"], seen["start_link"], seen["left"]) == ("Payment", "Payment", "quiz_failed")
    assert all(item["solution"] not in seen["second"] for item in seen["items"])
    assert [row[1] for row in seen["log"]] == [1, 1, 1, 2, 2, 2]


def test_what_is_no_answer_gets_one_sentence_and_costs_nothing(project: Path) -> None:
    key = "likelier_state"
    forms = [
        [],
        [["attempt", "1"]],
        [["attempt", "1"], ["*", ""]],
        [["attempt", "1"], ["*", ""], [key, ""]],
        [["attempt", "1"], ["*", ""], [key, "nonsense"]],
        [["attempt", "1"], ["*", ""], [key, "\0"]],
        [["attempt", "1"], ["*", ""], [key, "x" * 20_000]],
        [["attempt", "1"], ["*", ""], [key, "state_1"], [key, "state_2"]],
        [["attempt", "1"], ["attempt", "2"], ["*", ""], [key, "state_1"]],
        [["attempt", "9"], ["*", ""], [key, "state_1"]],
        [["attempt", "1"], ["*", ""], [key, "state_1"], ["types", "<script>"]],
        [["attempt", "1"], [key, "state_1"], ["points", "1\0"], ["types", '"><script>alert(1)</script>']],
        [["attempt", "1"], [key, "state_1"], ["points", "nan"], ["types", "1e400"]],
        [["attempt", "1"], [key, "state_1"], ["points", "=1+1"], ["types", "9" * 20_000]],
        [
            ["attempt", "1"],
            ["*", ""],
            [key, "state_1"],
            ["back_button", ""],
            ["timeout_happened", "1"],
            ["is_right", "1"],
            ["timeout", "1"],
        ],
    ]
    *said, last = play(project, "no_answers", forms=forms)
    for form, status, page, errors, stored, text in said:
        assert (status, page, stored) == (200, "QuizStates", 0), form
        assert len(errors) == 1, form
        assert "<script>alert" not in text
        assert "\0" not in text
    assert last[1] == 200, "a feigned timeout is judged like any other form"
    assert last[4] == 3
    assert last[2] in ("QuizStates", "QuizDraw")


def test_export_holds_the_answers_of_one_session_and_no_formula(project: Path) -> None:
    seen = play(project, "exported")
    rows = list(csv.DictReader(io.StringIO(seen["export"])))
    assert list(rows[0]) == ["session_code", "participant_code", "item", "attempt", "answer", "right", "seconds"]
    assert [[row["session_code"], row["participant_code"]] for row in rows] == [seen["codes"]] * 3
    kept = {row["item"]: row["answer"] for row in rows}
    assert [kept[key] for key in seen["numbers"]] == ["-2,5", "-.5"]
    assert [[row["item"], row["attempt"], row["answer"], row["right"]] for row in rows] == [
        [item, str(attempt), answer, str(int(right))] for item, attempt, answer, right, _ in seen["log"][3:]
    ]
    both = list(csv.DictReader(io.StringIO(seen["both"])))
    assert len(both) == 6
    assert all(re.fullmatch(r"-?[0-9.,]+|[a-z]\w*", row["answer"]) for row in both)
