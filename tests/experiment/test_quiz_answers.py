"""What is typed in the quiz: which numbers count, when an attempt is used, and what is shown in between."""

from __future__ import annotations

import pytest

from experiment.config import read_settings
from experiment.pages.quiz import quiz_variables
from experiment.quiz import quiz
from experiment.quiz.items import SECTIONS, Choice, ChoiceItem, Item, NumberItem, Unreadable, right_answer
from experiment.quiz.progress import Progress, judge

SEED = 271828
SETTINGS = read_settings({"environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1})


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("12.50", True),
        (" 12,5 ", True),
        ("12.505", True),
        ("12.495", True),
        ("12.51", False),
        ("12.4949", False),
        ("12", False),
        ("-12.5", False),
    ],
)
def test_numbers_count_within_half_a_unit_with_comma_or_point(typed: str, right: bool) -> None:
    item = NumberItem("key", SECTIONS[0], "", "", "", 12.5, 2)
    assert item.is_right(item.read(typed)) is right


@pytest.mark.parametrize("typed", ["", " ", "abc", "1e3", "nan", "1.2.3", "1,000.5", "=1", "+1", "1\0", "३", "1" * 13, "1.", "-", "."])
def test_what_is_no_number_is_not_read(typed: str) -> None:
    item = NumberItem("key", SECTIONS[0], "", "", "", 12.5, 2)
    if typed == "1.":
        assert item.read(typed) == "1."
    else:
        with pytest.raises(Unreadable, match=r"^[^.]+\.$"):
            item.read(typed)


def test_a_form_is_judged_once_and_only_when_it_is_complete() -> None:
    items: tuple[Item, ...] = (
        NumberItem("n", SECTIONS[0], "", "", "", 2.0, 0),
        ChoiceItem("c", SECTIONS[0], "", "", "", "a", (Choice("a", "A"), Choice("b", "B"))),
    )
    start = Progress(items, (), 2)
    assert judge(start, {"attempt": "1", "n": "2"}).log == ()
    assert judge(start, {"attempt": "2", "n": "2", "c": "a"}).log == ()
    assert judge(start, {"attempt": "1", "n": "2", "c": "a"}).stays is None
    first = judge(start, {"attempt": "1", "n": "2", "c": "b"})
    assert [answered.right for answered in first.log] == [True, False]
    assert (first.stays or "").startswith("One answer is not right yet.")
    then = Progress(items, first.log, 2)
    assert [item.key for item in then.open_items] == ["c"]
    assert judge(then, {"attempt": "1", "c": "a"}).log == ()
    assert judge(then, {"attempt": "2", "c": "a"}).stays is None
    last = judge(then, {"attempt": "2", "c": "b"})
    over = Progress(items, first.log + last.log, 2)
    assert over.failed
    assert over.open_items == ()
    assert judge(over, {"attempt": "2", "c": "a"}).stays
    assert judge(over, {"attempt": "3", "c": "a"}) == judge(over, {"attempt": "3"})
    assert judge(over, {"attempt": "3"}).stays is None


def test_nothing_that_is_shown_before_the_attempts_are_used_up_holds_a_solution() -> None:
    for section in SECTIONS:
        items = quiz(SETTINGS, SEED, 1, section)
        wrong = {item.key: "7777" if isinstance(item, NumberItem) else _another(item) for item in items}
        progress = Progress(items, (), 2)
        progress = Progress(items, judge(progress, {"attempt": "1", **wrong}).log, 2)
        shown = quiz_variables(SETTINGS, section, progress, {})["questions"]
        assert [question.explanation for question in shown] == [item.rule for item in items]
        assert {question.right for question in shown} == {""}
        progress = Progress(items, progress.log + judge(progress, {"attempt": "2", **wrong}).log, 2)
        shown = quiz_variables(SETTINGS, section, progress, {})["questions"]
        assert [question.explanation for question in shown] == [item.solution for item in items]
        assert "" not in {question.right for question in shown}


def test_screen_readers_are_sent_to_nothing_that_is_not_there() -> None:
    items = quiz(SETTINGS, SEED, 1, SECTIONS[0])
    answers = {item.key: right_answer(item) for item in items} | {"points": "7777"}
    log = judge(Progress(items, (), 2), {"attempt": "1", **answers}).log
    shown = quiz_variables(SETTINGS, SECTIONS[0], Progress(items, log, 2), {})["questions"]
    assert {question.key: question.described_by for question in shown if question.described_by} == {"points": "why-points wanted-points"}


def _another(item: ChoiceItem) -> str:
    return next(choice.name for choice in item.choices if choice.name != item.answer)
