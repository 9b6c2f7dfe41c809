"""The questionnaire of a study: what counts as an answer to each kind of item, how it is stored, and how the page asks."""

import pytest

from experiment.language import speaking
from experiment.pages.questionnaire import OWN, own_answers, questionnaire_variables, refusals
from experiment.questionnaire import InvalidAnswer
from experiment.texts.answers import answer, example
from experiment.texts.items import read_items

ITEMS = read_items(
    "q.toml",
    """
[[item]]
id = "how"
type = "choice"
label = "How <i>?"
required = true
options = { a = "A & B", b = "B" }
[[item]]
id = "much"
type = "scale"
label = "How much?"
max_label = "very"
[[item]]
id = "many"
type = "number"
label = "How many?"
min = -2
max = 5000
[[item]]
id = "whole"
type = "number"
label = "How many?"
whole = true
[[item]]
id = "why"
type = "text"
label = "Why?"
required = true
long = true
[[item]]
id = "who"
type = "text"
label = "Who?"
""",
)
HOW, MUCH, MANY, WHOLE, WHY, WHO = ITEMS


@pytest.mark.parametrize(
    ("item", "typed", "stored"),
    [
        (HOW, "a", "a"),
        (MUCH, "7", "7"),
        (MUCH, "not_said", "not_said"),
        (MUCH, None, ""),
        (MANY, " 2,50 ", "2.5"),
        (MANY, "\N{MINUS SIGN}2", "-2"),
        (MANY, "-0", "0"),
        (WHOLE, "12.0", "12"),
        (WHOLE, "", ""),
        (WHY, " one\r\ntwo ", "one\ntwo"),
        (WHO, "=1+1", "=1+1"),
    ],
)
def test_an_answer_is_stored_in_one_spelling(item, typed, stored):
    assert answer(item, typed) == stored


@pytest.mark.parametrize(
    ("item", "typed"),
    [
        (HOW, ""),
        (HOW, None),
        (HOW, "c"),
        (HOW, "not_said"),
        (MUCH, "8"),
        (MUCH, "1.5"),
        (MANY, "1,500"),
        (MANY, "-3"),
        (MANY, "5001"),
        (MANY, "many"),
        (MANY, "nan"),
        (MANY, "1e3"),
        (MANY, "-"),
        (WHOLE, "1.5"),
        (WHY, "   "),
        (WHY, "a" * 2001),
        (WHO, "a" * 201),
        (WHO, "a\0b"),
        (WHO, "\ud800"),
    ],
)
def test_what_is_no_answer_is_refused_with_a_sentence(item, typed):
    with pytest.raises(InvalidAnswer) as refused:
        answer(item, typed)
    assert str(refused.value).endswith((".", "?"))


def test_a_bot_has_an_answer_to_every_item():
    assert [answer(item, example(item)) for item in ITEMS] == [example(item) for item in ITEMS]


def test_the_page_asks_every_item_safely_and_says_what_is_wrong_where_it_is():
    first = questionnaire_variables(("age",), ITEMS, {}, judged=False)
    assert [question.name for question in first["questions"]] == ["age", *(OWN + item.id for item in ITEMS)]
    assert first["some_required"]
    assert not first["all_required"]
    how = first["questions"][1]
    assert (how.label, how.options[0].words) == ("How &lt;i&gt;?", "A &amp; B")
    assert not any(question.problem for question in first["questions"])
    assert {option.value for option in first["questions"][2].options} == set("1234567")
    again = questionnaire_variables(("age",), ITEMS, {"age": "7", OWN + "who": "<b>", OWN + "much": "3"}, judged=True)
    assert [question.name for question in again["questions"] if question.problem] == ["age", OWN + "how", OWN + "why"]
    assert next(question for question in again["questions"] if question.name == OWN + "who").typed == "&lt;b&gt;"
    assert [option.value for option in again["questions"][2].options if option.checked] == ["3"]
    nothing = questionnaire_variables((), ITEMS, {}, judged=True)
    assert [question.name for question in nothing["questions"] if question.problem] == [OWN + "how", OWN + "why"]


def test_answers_are_stored_by_item_and_missing_ones_are_empty():
    posted = {OWN + "how": "b", OWN + "why": "So.", OWN + "many": "3,5"}
    assert refusals((), ITEMS, posted) == {}
    assert own_answers(ITEMS, posted) == {"how": "b", "much": "", "many": "3.5", "whole": "", "why": "So.", "who": ""}


def test_the_page_is_german_in_a_german_session():
    with speaking("de"):
        shown = questionnaire_variables(("age",), ITEMS, {}, judged=True)
    assert shown["questions"][0].label == "Wie alt sind Sie?"
    assert not any("Please" in question.problem for question in shown["questions"])
    assert "means" not in shown["questions"][2].note
