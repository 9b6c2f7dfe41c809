"""Offers posted past the browser's checks: the page comes back with one sentence, and nothing is stored."""

import pytest

from tests.app.played import play

GOOD, AMOUNT = "stageN_good", "stageN_amount"
AMOUNTS = [
    "-1",
    "-0.1",
    "10.1",
    "1000000",
    "0.05",
    "",
    " ",
    "much",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "1e0",
    "0x1",
    "1,2,3",
    "१",
    "1٬000",
    "٫",
    "5\0",
    "\0",
    "9" * 20000,
    "5" + " " * 50 + "x",
]
ANSWERS = [
    *([[GOOD, good], [AMOUNT, amount]] for good in ("q", "r") for amount in AMOUNTS),
    [],
    [[GOOD, "q"]],
    [[AMOUNT, "1"]],
    [[GOOD, "both"], [AMOUNT, "1"]],
    [[GOOD, "q\0"], [AMOUNT, "1"]],
    [[GOOD, "none"], [AMOUNT, "1"]],
    [[GOOD, "q" * 20000], [AMOUNT, "1"]],
    [[GOOD, "q"], [GOOD, "r"], [AMOUNT, "1"]],
    [[GOOD, "q"], [AMOUNT, "1"], [AMOUNT, "2"]],
    [[GOOD, "q"], [GOOD, "q"], [AMOUNT, "1"], [AMOUNT, "1"]],
]


@pytest.fixture(scope="module")
def posted(project):
    return play(project, "bad_offers", answers=ANSWERS)


@pytest.mark.parametrize("number", range(len(ANSWERS)))
@pytest.mark.parametrize("stage", [1, 2])
def test_a_bad_offer_brings_the_page_back_with_one_sentence(posted, stage, number):
    said_stage, _, status, same_page, errors = posted["said"][(stage - 1) * len(ANSWERS) + number]
    assert (said_stage, status, same_page, len(errors)) == (stage, 200, True, 1)
    assert errors[0].endswith(".")
    assert errors[0].count(". ") == 0


def test_nothing_of_a_bad_offer_is_stored(posted):
    assert posted["stored"] == [[None] * 5, [None] * 5]


def test_two_goods_at_once_are_refused_for_what_they_are(posted):
    assert "one offer only" in posted["said"][ANSWERS.index([[GOOD, "q"], [GOOD, "r"], [AMOUNT, "1"]])][4][0]


def test_a_form_with_a_file_is_not_read(project):
    status, page, errors = play(project, "file_for_an_amount")
    assert (status, page, errors) == (400, "FirstOffer", [])
