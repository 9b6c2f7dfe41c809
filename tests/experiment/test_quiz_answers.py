"""What is typed in the quiz: which numbers count, when an attempt is used, and what is shown in between."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from experiment.config import environment_names, read_settings
from experiment.pages.quiz import quiz_variables
from experiment.quiz import quiz
from experiment.quiz.items import SECTIONS, Choice, ChoiceItem, Item, NumberItem, Unreadable, right_answer
from experiment.quiz.progress import Progress, judge
from tests.sizes import sized

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


@pytest.mark.parametrize(
    ("answer", "decimals", "typed", "right", "too_far"),
    [
        (39.63, 2, "39.63", True, False),
        (39.63, 2, "39.6", True, False),
        (39.63, 2, "39,6", True, False),
        (39.63, 2, "39.60", False, True),
        (39.63, 2, "40", False, True),
        (39.63, 2, "39.7", False, False),
        (39.63, 2, "39.62", False, False),
        (39.634, 2, "39.634", True, False),
        (39.65, 2, "39.7", True, False),
        (39.65, 2, "39.6", True, False),
        (-39.63, 2, "-39.6", True, False),
        (0.0471, 4, "0.047", True, False),
        (0.0471, 4, "0.05", False, True),
        (0.0471, 4, "0.0", False, True),
        (0.75, 2, "0.8", False, True),
        (5.37, 2, "5.4", True, False),
        (2.5, 2, "2.5", True, False),
        (10.0, 2, "10", True, False),
        (12.0, 0, "12.0", True, False),
        (12.0, 0, "13", False, False),
    ],
)
def test_a_number_rounded_as_far_as_it_can_be_is_right(answer: float, decimals: int, typed: str, right: bool, too_far: bool) -> None:
    item = NumberItem("key", SECTIONS[0], "", "", "", answer, decimals)
    assert (item.is_right(item.read(typed)), item.is_rounded_too_far(item.read(typed))) == (right, too_far)


def test_a_rounded_number_that_a_mistake_gives_too_is_not_right() -> None:
    item = NumberItem("key", SECTIONS[0], "", "", "", 1.25, 2, mistakes=(1.28, 0.8))
    assert [item.is_right(typed) for typed in ("1.25", "1.3", "1.28")] == [True, False, False]
    assert [item.is_rounded_too_far(typed) for typed in ("1.25", "1.3", "1.28")] == [False, True, False]


@pytest.mark.parametrize("participant", range(1, sized(small=9, full=200)))
@pytest.mark.parametrize("name", environment_names())
def test_no_rounding_of_a_common_mistake_is_right(name: str, participant: int) -> None:
    settings = read_settings({"environment": name, "participation_fee": 5, "real_world_currency_per_point": 0.1})
    for item in quiz(settings, SEED, participant):
        if isinstance(item, NumberItem):
            for mistake in item.mistakes:
                if round(mistake, item.decimals) != round(item.answer, item.decimals):
                    typed = [f"{round(Decimal(mistake), places):f}" for places in range(item.decimals + 1)]
                    assert not any(item.is_right(each) for each in typed if each != right_answer(item)), (item, typed)


@pytest.mark.parametrize("typed", ["30 %", "30%", " 30\N{NO-BREAK SPACE}% ", "30,0 %", "30\N{FULLWIDTH PERCENT SIGN}"])
@pytest.mark.parametrize("whole", [100, 1000])
def test_a_percentage_is_read_where_it_is_a_part_of_a_whole(typed: str, whole: int) -> None:
    item = NumberItem("key", SECTIONS[0], "", "", "", 0.3 * whole, 0, whole=whole)
    assert item.read(typed) == str(3 * whole // 10)
    assert item.is_right(item.read(typed))
    with pytest.raises(Unreadable, match="percent sign"):
        NumberItem("key", SECTIONS[0], "", "", "", 30.0, 0).read(typed)


@pytest.mark.parametrize("typed", ["%", " % ", "x %", "30 % %", "-30 %", "9" * 13 + " %", "9" * 12 + " %"])
def test_what_is_no_percentage_is_not_read(typed: str) -> None:
    with pytest.raises(Unreadable, match="type a number"):
        NumberItem("key", SECTIONS[0], "", "", "", 30.0, 0, whole=1000).read(typed)


def test_only_a_question_without_an_answer_is_called_unanswered() -> None:
    items: tuple[Item, ...] = (NumberItem("n", SECTIONS[0], "", "", "", 2.0, 0), NumberItem("m", SECTIONS[0], "", "", "", 2.0, 0))
    start = Progress(items, (), 2)
    said = {
        ("x", "2"): "One answer cannot be read;",
        ("x", "y"): "2 answers cannot be read;",
        ("x", " "): "Please answer every question.",
        ("2", ""): "Please answer every question.",
    }
    for (n, m), begins in said.items():
        judgement = judge(start, {"attempt": "1", "n": n, "m": m})
        assert judgement.log == ()
        assert (judgement.stays or "").startswith(begins)


def test_what_was_wrong_with_a_rounded_number_is_said_before_the_rule_and_before_the_solution() -> None:
    (item,) = (item for item in quiz(SETTINGS, SEED, 1) if item.key == "end_bundle")
    assert isinstance(item, NumberItem)
    item = replace(item, answer=39.63)
    progress, said = Progress((item,), (), 2), []
    for attempt in ("1", "2"):
        progress = Progress((item,), progress.log + judge(progress, {"attempt": attempt, item.key: "40"}).log, 2)
        (question,) = quiz_variables(SETTINGS, item.section, progress, {})["questions"]
        said.append(question.explanation)
    assert said == [
        f"Your number is rounded too far: please type it with 2 decimals. {item.rule}",
        f"Your number was rounded too far. {item.solution}",
    ]


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
