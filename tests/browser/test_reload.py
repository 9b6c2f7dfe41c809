"""A reload, a second tab, the back button, a double click: the subject sees the same page as before, and an offer is made once."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.play import SECONDS_AT_MOST, Subject, click_twice
from tests.server import Serving

pytestmark = [pytest.mark.browser, pytest.mark.server]

FIRST = "Your type and your first offer"
STATE = """() => ({
    good: (document.querySelector('#offer input[type=radio]:checked') || {}).value || null,
    amount: document.getElementById('amount').value,
    slider: document.getElementById('slider').value,
    untouched: document.getElementById('slider').classList.contains('untouched'),
    said: document.getElementById('slider').getAttribute('aria-valuetext'),
    shown: Array.from(document.querySelectorAll('[data-show], [data-now]'), (cell) => cell.textContent),
    guesses: Array.from(document.querySelectorAll('.guesses input'), (field) => field.value),
    picture: document.querySelectorAll('#picture:not([hidden]) circle').length,
    button: document.querySelector('.otree-btn-next').disabled,
})"""


@pytest.fixture
def market(server: Serving, browser: Browser) -> tuple[str, list[Subject]]:
    """A session of one market of four, all at the first offer."""
    code, people = server.create_session("small_market", 4, rounds=2, seed="5")
    subjects = [Subject.sits_down(browser, server.start_link(person)) for person in people]
    for subject in subjects:
        _consents(subject)
    return code, subjects


@pytest.fixture
def alone(server: Serving, browser: Browser) -> Subject:
    """One subject at the first offer, the others of whose market have not come."""
    _, people = server.create_session("small_market", 4, rounds=2, seed="5")
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    _consents(subject)
    return subject


def test_a_typed_first_offer_survives_a_reload_with_its_preview_and_its_log(alone: Subject) -> None:
    subject = alone
    assert _state(subject) | {"shown": None, "said": None} == _untouched()
    subject.page.reload()
    assert _state(subject)["good"] is None
    assert _state(subject)["untouched"]
    for _ in range(3):
        subject.page.locator("#slider").press("ArrowLeft")
    moved = _state(subject)
    assert (moved["good"], moved["amount"], moved["slider"], moved["picture"]) == ("q", "0.3", "-3", 2)
    before = _log(subject)
    subject.page.reload()
    assert _state(subject) == moved
    assert _log(subject)[: len(before)] == before
    assert [event["what"] for event in _log(subject)[len(before) :]] == ["shown"]
    subject.chooses("r", "2,5")
    typed = _state(subject)
    subject.page.reload()
    assert _state(subject) == typed
    assert (typed["slider"], typed["amount"]) == ("25", "2,5")
    assert subject.complaints == []


def test_a_refused_offer_comes_back_as_typed_and_can_be_sent_again(alone: Subject) -> None:
    subject = alone
    subject.chooses("r", "2.55")
    subject.goes_on()
    subject.is_told()
    refused = _state(subject)
    assert (refused["good"], refused["amount"], refused["button"]) == ("r", "2.55", False)
    subject.page.reload()
    assert _state(subject) == refused
    subject.chooses("r", "2.5")
    subject.goes_on()
    subject.page.locator(".otree-wait-page").wait_for()
    assert subject.complaints == []


def test_nothing_typed_is_filled_in_elsewhere(server: Serving, market: tuple[str, list[Subject]]) -> None:
    code, (first, *others) = market
    _, strangers = server.create_session("small_market", 4, rounds=1)
    first.chooses("q", "3")
    first.page.goto(server.start_link(strangers[0]))  # another participant in the same window
    _consents(first)
    assert _state(first) | {"shown": None, "said": None} == _untouched()
    first.page.goto(server.start_link(_people(server, code)[0]))
    first.arrives_at(FIRST)
    for subject in (first, *others):
        subject.chooses("q", "3")
        subject.goes_on()
    active = [subject for subject in (first, *others) if _is_asked_again(subject)]
    assert len(active) == 3
    assert _state(active[0])["good"] is None
    assert _state(active[0])["amount"] == ""
    assert _state(active[0])["guesses"] == ["", ""]


def test_guesses_and_second_offer_survive_a_reload_with_price_and_picture(market: tuple[str, list[Subject]]) -> None:
    active = _all_make_first_offers(market[1])
    subject = active[0]
    for good, guess in (("q", "4,2"), ("r", "7")):
        subject.page.locator(f"#guess-{good}").fill(guess)
    subject.chooses("r", "2.5")
    typed = _state(subject)
    assert typed["picture"] == 2
    assert "–" not in typed["shown"]
    subject.page.reload()
    assert _state(subject) == typed
    assert {event["what"] for event in _log(subject)} == {"shown", "guess_q", "guess_r", "good", "amount", "input", "changed"}
    assert subject.complaints == []


def test_the_back_button_leads_to_where_the_subject_is(server: Serving, market: tuple[str, list[Subject]]) -> None:
    code, subjects = market
    subjects[0].chooses("q", "2")
    subjects[0].goes_on()
    waiting = subjects[0].page.locator(".otree-wait-page")
    waiting.wait_for()
    subjects[0].page.go_back()
    waiting.wait_for()
    for subject in subjects[1:]:
        subject.chooses("q", "1")
        subject.goes_on()
    asked = [subject for subject in subjects if _is_asked_again(subject)]
    asked[-1].page.go_back()
    asked[-1].arrives_at("second offer")
    for subject in subjects:
        if subject in asked:
            subject.chooses("r", "1")
        subject.goes_on()
    for subject in subjects:
        subject.arrives_at("Result of this round")
        before = subject.page.locator("main").inner_text()
        subject.page.reload()
        assert subject.page.locator("main").inner_text() == before
        subject.page.go_back()
        subject.arrives_at("Result of this round")
    rows = _decisions(server, code)
    assert [(row["stage1_q"], row["stage1_source"]) for row in rows] == [("2.0", "typed"), *[("1.0", "typed")] * 3]
    assert [subject.complaints for subject in subjects] == [[]] * 4


def test_a_second_tab_and_a_double_click_make_one_offer(server: Serving, market: tuple[str, list[Subject]]) -> None:
    code, (first, *others) = market
    second = Subject(first.page.context.new_page())
    second.page.set_default_timeout(1000 * SECONDS_AT_MOST)
    second.page.goto(first.page.url)
    second.arrives_at(FIRST)
    first.chooses("q", "2")
    second.chooses("r", "9")
    click_twice(first.page.locator(".otree-btn-next"))
    first.page.locator(".otree-wait-page").wait_for()
    second.goes_on()
    second.page.locator(".otree-wait-page").wait_for()
    for subject in others:
        subject.chooses("none")
        click_twice(subject.page.locator(".otree-btn-next"))
    for subject in (first, second):
        _is_asked_again(subject)
    rows = _decisions(server, code)
    assert (rows[0]["stage1_q"], rows[0]["stage1_r"]) == ("2.0", "0.0")
    assert {row["round_number"] for row in rows} == {"1"}
    assert [row["stage2_source"] for row in rows] == [""] * 4


def _consents(subject: Subject) -> None:
    subject.arrives_at("Welcome")
    subject.goes_on()
    subject.arrives_at(FIRST)


def _all_make_first_offers(subjects: list[Subject]) -> list[Subject]:
    for subject in subjects:
        subject.chooses("q", "3")
        subject.goes_on()
    return [subject for subject in subjects if _is_asked_again(subject)]


def _is_asked_again(subject: Subject) -> bool:
    subject.arrives_at("second offer", "inactive")
    return "inactive" not in subject.heading


def _state(subject: Subject) -> dict[str, Any]:
    state: dict[str, Any] = subject.page.evaluate(STATE)
    return state


def _untouched() -> dict[str, Any]:
    nothing = {"good": None, "amount": "", "slider": "0", "untouched": True, "guesses": [], "picture": 0, "button": False}
    return nothing | {"shown": None, "said": None}


def _log(subject: Subject) -> list[dict[str, Any]]:
    log: list[dict[str, Any]] = json.loads(subject.page.locator("#events").input_value())
    return log


def _people(server: Serving, code: str) -> list[str]:
    people = server.rest(f"/api/get_session/{code}", {})["participants"]
    return [person["code"] for person in sorted(people, key=lambda person: person["id_in_session"])]


def _decisions(server: Serving, code: str) -> list[dict[str, str]]:
    exported = server.rest(f"/api/export_app_custom?app=parimutuel_twostage&function_name=custom_export&session_code={code}")
    rows = list(csv.DictReader(io.StringIO(exported.lstrip("\ufeff"))))
    seats = {person: seat for seat, person in enumerate(_people(server, code))}
    return sorted(rows, key=lambda row: (int(row["round_number"]), seats[row["participant_code"]]))
