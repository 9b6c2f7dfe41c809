"""The questionnaire: what counts as an answer, what is refused, and what a spreadsheet makes of it."""

import pytest

from experiment.options import QUESTIONS
from experiment.questionnaire import InvalidAnswer, answer, refusals, rows
from experiment.spreadsheets import plain_cell

GOOD = [
    ("age", " 16 ", "16"),
    ("age", "120", "120"),
    ("age", "031", "31"),
    ("gender", "another", "another"),
    ("gender", "not_said", "not_said"),
    ("field_of_study", " Économie, 経済 👩‍🔬 ", "Économie, 経済 👩‍🔬"),
    ("risk", "0", "0"),
    ("risk", "10", "10"),
    ("comments", "one\r\ntwo\rthree", "one\ntwo\nthree"),
    ("comments", "a\r\n" * 999 + "bb", "a\n" * 999 + "bb"),
]
WRONG = [
    ("age", ["15", "121", "-20", "20.5", "abc", "1e2", "२०", "9" * 50, "\0"]),
    ("gender", ["Woman", "x", "woman,man", "\0"]),
    ("field_of_study", ["a" * 101, "a\0b", "a\nb", "\x1b[31m", "\ud800"]),
    ("risk", ["11", "-1", "5.0", "05", "x"]),
    ("comments", ["a" * 2001, "a\0b", "\x07", "\udfff"]),
]


@pytest.mark.parametrize(("question", "typed", "kept"), GOOD)
def test_an_answer_is_kept_as_typed_but_for_blanks_around_it(question, typed, kept):
    assert answer(question, typed) == kept


@pytest.mark.parametrize(("question", "typed"), [(question, typed) for question, all_typed in WRONG for typed in all_typed])
def test_what_answers_no_question_is_refused_with_one_sentence(question, typed):
    with pytest.raises(InvalidAnswer) as refused:
        answer(question, typed)
    assert str(refused.value).count(".") == 1
    assert refusals({question: typed}) == {question: str(refused.value)}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("typed", [None, "", "  ", "\r\n"])
def test_no_question_has_to_be_answered(question, typed):
    assert answer(question, typed) == ""


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_as_a_formula_does(lead):
    assert plain_cell(f"{lead}1+1") == f"'{lead}1+1"
    assert plain_cell(f"a{lead}") == f"a{lead}"


def test_only_questions_that_were_put_have_rows():
    answers = {"age": "", "risk": "7", "comments": None, "gender": "man"}
    assert rows("s", "p", ("age", "risk", "comments"), answers) == [("s", "p", "age", ""), ("s", "p", "risk", "7")]
