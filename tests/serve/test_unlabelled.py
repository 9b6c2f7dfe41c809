"""Tables without labels: columns that name people are dropped, other cells stay unchanged."""

from __future__ import annotations

import csv
import io

from serve.unlabelled import of_session, without_labels

LABEL = "5f3c0aa1b2c3d4e5f6a7b8c9"


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_columns_that_name_people_go_and_all_others_stay() -> None:
    table = (
        f'participant.code,participant.label,session.comment,participant.mturk_worker_id,player.x\r\nabc,{LABEL},"a, b",w,"1, ""2"""\r\n'
    )
    assert cells(without_labels(table, {LABEL})) == [["participant.code", "player.x"], ["abc", '1, "2"']]


def test_a_label_in_a_subjects_own_words_goes_in_any_case_and_the_words_stay() -> None:
    table = f"item,answer\r\ncomments,My id is {LABEL.upper()}!\r\nage,25\r\n"
    assert cells(without_labels(table, {LABEL, "25"})) == [["item", "answer"], ["comments", "My id is [label]!"], ["age", "25"]]


def test_data_are_no_words_even_where_a_label_looks_like_them() -> None:
    table = "participant_code,treatment,points\r\nabcdefgh,baseline,12.5\r\n"
    assert without_labels(table, {"baseline", "abcdefgh"}) == table


def test_a_table_without_rows_and_an_empty_text_are_left_as_they_are() -> None:
    assert without_labels("a,b\r\n", {LABEL}) == "a,b\r\n"
    assert without_labels("", {LABEL}) == ""


def test_page_times_are_those_of_one_session() -> None:
    table = "session_code,page_name\none,A\ntwo,B\none,C\n"
    assert cells(of_session(table, "one")) == [["session_code", "page_name"], ["one", "A"], ["one", "C"]]
