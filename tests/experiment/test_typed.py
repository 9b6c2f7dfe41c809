"""A number as it is typed: which number it is, and where it is asked back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiment.beliefs import Belief
from experiment.config import read_settings
from experiment.language import speaking
from experiment.offers import InvalidOffer, Offer, OfferGrid
from experiment.questionnaire import answer
from experiment.quiz import quiz
from experiment.quiz.items import NumberItem, Unreadable
from experiment.quiz.progress import Progress, judge
from experiment.typed_numbers import BLANKS, in_thousands, number, unmistakable
from serve.bots import offer_fields
from tests.spellings import MEANT, SPELLINGS, drawn

THOUSANDS = OfferGrid(Decimal("0.1"), Decimal(2000), Decimal(6000))
FINE = OfferGrid(Decimal("0.001"), Decimal(2000), Decimal(6000))
TENS = OfferGrid(Decimal("0.1"), Decimal(10), Decimal(10))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("typed", MEANT)
def test_what_a_spelling_can_mean_is_stored_asked_back_or_refused_in_every_language(typed: str, language: str) -> None:
    """Nothing is ever stored but the one offer that was meant: not a thousandth of it, nor a thousandfold."""
    with speaking(language):
        for grid in (TENS, THOUSANDS):
            meant = [Decimal(number) for number in MEANT[typed]]
            possible = [number for number in meant if number <= grid.endowment_q]
            if len(possible) == 1:
                assert grid.parse("q", typed) == Offer(float(possible[0]), 0.0)
            else:
                with pytest.raises(InvalidOffer) as refused:
                    grid.parse("q", typed)
                asked = {"en": "can mean either", "de": "kann beides bedeuten"}[language] in str(refused.value)
                assert asked == (len(possible) == 2)


def test_there_are_sixty_spellings_of_numbers_in_the_digits_of_four_scripts() -> None:
    assert sum(1 for numbers in MEANT.values() if numbers) >= 60
    assert all(any(zero in typed for typed in MEANT) for zero in "0٠۰０")


@pytest.mark.parametrize("typed", ["1,500", "1.500", " 1.500", "\ufeff1,500", "0.500", ".500", "2.000"])
@pytest.mark.parametrize("good", ["q", "r"])
def test_an_amount_that_may_be_one_in_thousands_is_asked_back_in_one_sentence(typed: str, good: str) -> None:
    with pytest.raises(InvalidOffer) as asked:
        THOUSANDS.parse(good, typed)
    read, meant = number(typed), in_thousands(typed)
    assert read is not None
    assert meant == 1000 * read
    large, small = (format(each.normalize(), "f") for each in (meant, read))
    assert str(asked.value) == f"Please type {large} or {small}, because {typed.strip(BLANKS)} can mean either."


@pytest.mark.parametrize(
    ("good", "typed", "offer"),
    [
        ("q", "1500", Offer(1500.0, 0.0)),
        ("q", "1.5", Offer(1.5, 0.0)),
        ("q", "1,50", Offer(1.5, 0.0)),
        ("q", "1.5000", Offer(1.5, 0.0)),
        ("q", "3.500", Offer(3.5, 0.0)),  # no 3500 of good q
        ("r", "7,000", Offer(0.0, 7.0)),
        ("q", "0.000", Offer(0.0, 0.0)),
        ("r", "1500.000", Offer(0.0, 1500.0)),
    ],
)
def test_an_amount_whose_thousandfold_is_no_offer_is_read_as_a_decimal(good: str, typed: str, offer: Offer) -> None:
    assert THOUSANDS.parse(good, typed) == offer


def test_the_grid_decides_too_whether_the_thousandfold_is_an_offer() -> None:
    grid = OfferGrid(Decimal(400), Decimal(2000), Decimal(2000))
    with pytest.raises(InvalidOffer, match="steps of 400"):
        grid.parse("q", "1.500")
    with pytest.raises(InvalidOffer, match="can mean either"):
        grid.parse("q", "1.200")


def test_the_sentence_has_the_signs_of_its_language() -> None:
    with speaking("de"), pytest.raises(InvalidOffer, match=r"Bitte geben Sie 1500 oder 1,5 ein, denn 1.500 kann beides bedeuten"):
        THOUSANDS.parse("q", "1.500")


@given(st.integers(0, 6_000_000))
def test_every_offer_can_be_typed_unmistakably_and_bots_do(steps: int) -> None:
    quantity = steps * FINE.step
    assert FINE.parse("r", unmistakable(quantity)) == Offer(0.0, float(quantity))
    posted = offer_fields(1, Offer(0.0, float(quantity)))
    assert FINE.parse(posted["stage1_good"], posted["stage1_amount"] or None) == Offer(0.0, float(quantity))


@pytest.mark.parametrize("text", [*SPELLINGS, *drawn("unit", 500)])
def test_a_number_is_digits_with_at_most_one_separator_and_blanks_around_it(text: str) -> None:
    typed = text.strip(BLANKS)
    for zero in "٠۰０":
        typed = "".join(str(ord(sign) - ord(zero)) if 0 <= ord(sign) - ord(zero) <= 9 else sign for sign in typed)
    for sign in ",٫．，":
        typed = typed.replace(sign, ".")
    digits = typed.replace(".", "", 1)
    whole, _, part = typed.partition(".")
    looks = digits.isascii() and digits.isdigit() and len(whole) <= 12 and len(part) <= 12
    assert (number(text) is not None) == looks


@pytest.mark.parametrize("blank", BLANKS)
def test_blanks_around_a_number_do_not_count_anywhere(blank: str) -> None:
    assert THOUSANDS.parse("q", f"{blank}2.5{blank}") == Offer(2.5, 0.0)
    assert Belief.parse(f"{blank}40{blank}%{blank},60", 2).percents == (40, 60)
    assert answer("age", f"{blank}33{blank}") == "33"
    assert _item(largest=10).read(f"{blank}-2,5{blank}") == "-2,5"


def test_beliefs_quiz_and_questionnaire_read_the_digits_of_all_scripts() -> None:
    assert Belief.parse("４０％,٦٠٪", 2).percents == (40, 60)
    assert Belief.parse("۴۰ %,60", 2).percents == (40, 60)
    assert answer("age", "٣٣") == answer("age", "３３") == "33"
    item = _item(largest=10)
    assert [item.read(typed) for typed in ("٢٫٥", "－２．５", "−۲,۵", "1٫500")] == ["2.5", "-2.5", "-2,5", "1.500"]


def test_a_quiz_answer_that_may_be_one_in_thousands_costs_no_attempt() -> None:
    item = _item(largest=8000)
    progress = Progress((item,), (), 3)
    judged = judge(progress, {"attempt": "1", item.key: "1,500"})
    assert judged.log == ()
    assert judged.stays
    for typed in ("1,500", "-1.500", "\N{MINUS SIGN}1.500"):
        with pytest.raises(Unreadable, match=r"Please type -?1500 or -?1.5, because -?1[.,]500 can mean either"):
            item.read(typed)
    assert judge(progress, {"attempt": "1", item.key: "1500"}).log[0].right
    assert item.read("9.500") == "9.500"
    assert _item(largest=8000, decimals=3).read("1.500") == "1.500", "three decimals are asked for"


def test_the_largest_answer_is_that_of_the_session_and_not_of_the_question() -> None:
    settings = read_settings({"environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1})
    largest = {item.largest for item in quiz(settings, 1, 1) if isinstance(item, NumberItem)}
    assert len(largest) == 1
    assert 40 < largest.pop() < 1000


def _item(largest: float, decimals: int = 2) -> NumberItem:
    return NumberItem("price", "draw", "How much?", "", "", 1500.0, decimals, largest)
