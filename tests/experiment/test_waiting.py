"""What wait pages say: what was offered, how many have answered, the time that is left; and the seat, and the receipt."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from experiment.config import DEFAULTS, read_settings
from experiment.config_fields import InvalidSettings
from experiment.language import speaking
from experiment.lobby import wait_left
from experiment.offers import NO_TRADE, Offer
from experiment.pages.lobby import clock_text
from experiment.pages.lobby import count_of as present
from experiment.pages.receipt import receipt
from experiment.pages.waiting import count_of, waiting_variables
from experiment.payments import Payout
from experiment.seat import Answered, SeatView
from experiment.shown.own_seat import seat_text

CONFIG = {**DEFAULTS, "environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1}
SETTINGS = read_settings(CONFIG)
RECRUITERS = [{"completion_url": "https://x.org/y"}, {"code_complete": "C"}, {"code_no_match": "N"}, {"lobby_seconds": 60}]


@pytest.mark.parametrize(
    ("count", "of", "words"),
    [(1, 12, "1 of 12 has answered."), (5, 12, "5 of 12 have answered."), (0, 2, "0 of 2 have answered."), (1, 1, "")],
)
def test_how_many_have_answered_is_one_sentence_and_none_to_whoever_is_alone(count: int, of: int, words: str) -> None:
    assert count_of(Answered(count, of)) == words


def test_before_the_start_it_counts_who_is_ready() -> None:
    assert [count_of(Answered(count, 3), before_start=True) for count in (1, 2)] == ["1 of 3 is ready.", "2 of 3 are ready."]


@pytest.mark.parametrize("first", [Offer(3.0, 0.0), Offer(0.0, 2.5), NO_TRADE, None])
@pytest.mark.parametrize("second", [Offer(1.25, 0.0), Offer(0.0, 4.0), NO_TRADE, None])
@pytest.mark.parametrize(("active", "shut_down"), [(True, False), (True, True), (False, False), (None, False)])
def test_a_second_offer_is_shown_only_where_there_was_one_to_make(
    first: Offer | None, second: Offer | None, active: bool | None, shut_down: bool
) -> None:
    view = SeatView(SETTINGS, 1, "blue", stage1=first, active=active, shut_down=shut_down, stage2=second)
    made = waiting_variables(view, after_second=True)["offers"]
    assert len(made) == (2 if active and not shut_down else 1)
    assert made[0] == {None: "You made no first offer in time.", NO_TRADE: "Your first offer: nothing"}.get(first, made[0])
    if first and first.q:
        assert made[0] == "Your first offer: 3.00 of good q"
    if first and first.r:
        assert made[0] == "Your first offer: 2.50 of good r"
    assert waiting_variables(view, after_second=False)["offers"] == made[:1]


def test_offers_have_the_decimal_sign_of_the_language() -> None:
    with speaking("de"):
        (made,) = waiting_variables(SeatView(SETTINGS, 1, "blue", stage1=Offer(3.0, 0.0)), after_second=False)["offers"]
    assert "3,00" in made


def test_in_the_laboratory_a_label_is_the_seat_and_elsewhere_the_number_is() -> None:
    assert seat_text(SETTINGS, "PC07", 3) == "Seat PC07"
    assert seat_text(SETTINGS, None, 3) == seat_text(SETTINGS, "", 3) == "Participant 3"
    assert seat_text(SETTINGS, "<b>", 3) == "Seat &lt;b&gt;"
    for fields in RECRUITERS:
        settings = read_settings({**CONFIG, **fields})
        assert not settings.in_laboratory
        assert seat_text(settings, "5f3c0aa1", 3) == "Participant 3"


def test_a_receipt_has_the_exact_amount_and_the_day_in_words() -> None:
    paid = Payout(1, Decimal(30), Decimal("7.34"), Decimal(5), Decimal("12.34"))
    settings = read_settings({**CONFIG, "study_title": " A & B "})
    made = receipt(settings, "PC07", 7, "abcd1234", paid, "EUR", date(2026, 3, 1))
    assert (made.study, made.seat, made.code, made.day, made.amount) == ("A &amp; B", "Seat PC07", "abcd1234", "March 1, 2026", "€12.34")
    with speaking("de"):
        assert receipt(settings, None, 7, "abcd1234", paid, "EUR", date(2026, 3, 1)).day == "1. März 2026"


@pytest.mark.parametrize("title", ["two\nlines", "x" * 101, 7, None])
def test_a_study_title_is_one_line(title: object) -> None:
    with pytest.raises(InvalidSettings, match="study_title"):
        read_settings({**CONFIG, "study_title": title})


def test_the_lobby_counts_up_to_a_full_market_and_its_time_down_to_zero() -> None:
    assert present(0, 6) == "You are not counted at the moment."
    assert present(1, 6) == "You are the only one of 6 here so far."
    assert [present(count, 6) for count in (4, 6, 7)] == [f"{shown} of 6 are here, you included." for shown in (4, 6, 6)]
    lobby = read_settings({**CONFIG, "lobby_seconds": 90}).lobby
    times = [clock_text(wait_left(100.0, lobby, now)) for now in (100.0, 100.2, 131.0, 189.5, 190.0, 300.0)]
    assert times == ["1:30", "1:30", "0:59", "0:01", "0:00", "0:00"]
    assert clock_text(None) == ""
