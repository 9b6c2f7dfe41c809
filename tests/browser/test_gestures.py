"""Scrolling by touch changes nothing on any decision page, wherever it begins; intended touches work."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from experiment.config import read_settings
from experiment.quiz import quiz
from experiment.quiz.items import PAGES, ChoiceItem, right_answer
from tests.browser.gestures import Fingers, form, handle, places, scrolls, sits_down_with_a_telephone
from tests.browser.play import Subject, click_at, tick
from tests.browser.walk import page_name
from tests.server import Serving
from tests.sizes import sized

pytestmark = [pytest.mark.browser, pytest.mark.server]

GESTURES = sized(small=12, full=60)
FIRST = "Your type and your first offer"
OFFER_CONTROLS = "#slider, #amount, #offer label, .guesses input"
QUIZ = {"rounds": 3, "seed": "314159265358979", "quiz_attempts": 3}
SETTINGS = read_settings({"environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1, **QUIZ})


def test_scrolling_changes_no_answer_of_the_quiz(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, **QUIZ)
    subject = sits_down_with_a_telephone(browser, server.start_link(people[0]))
    subject.arrives_at("Welcome")
    for name, section in PAGES.items():
        subject.goes_on()
        subject.page.wait_for_url(f"**/{name}/**")
        for item in quiz(SETTINGS, int(QUIZ["seed"]), 1, section):
            if isinstance(item, ChoiceItem):
                tick(subject.page.locator(f"input[name={item.key}][value={item.answer}]"))
            else:
                subject.page.locator(f"#answer-{item.key}").fill(right_answer(item))
        _scrolling_changes_nothing(subject, "fieldset input, fieldset label", GESTURES)
    subject.goes_on()
    subject.arrives_at(FIRST)
    assert subject.complaints == []


def test_scrolling_changes_no_offer_no_guess_and_no_belief(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=2, seed="5", beliefs=True)
    subjects = [sits_down_with_a_telephone(browser, server.start_link(person)) for person in people]
    for place, subject in enumerate(subjects):
        _consents(subject)
        if place == 0:
            _scrolling_changes_nothing(subject, OFFER_CONTROLS, GESTURES)
        subject.chooses("r", "2,5")
        if place == 0:
            _scrolling_changes_nothing(subject, OFFER_CONTROLS, GESTURES)
        subject.goes_on()
    for subject in subjects:
        subject.page.wait_for_url(lambda url: "FirstOffer" not in url and "Gate" not in url)
    seat, active = next((seat, subject) for seat, subject in enumerate(subjects) if page_name(subject) == "Beliefs")
    for place, field in enumerate(active.page.locator("input[name=belief]").all()):
        field.fill("37" if place else "63")
    _scrolling_changes_nothing(active, "input[name=belief]", GESTURES)
    active.goes_on()
    active.arrives_at("second offer")
    _scrolling_changes_nothing(active, OFFER_CONTROLS, GESTURES // 2)
    active.unfolds()
    active.page.locator("#guess-q").fill("4")
    active.page.locator("#guess-r").fill("7")
    active.chooses("q", "0.4")
    _scrolling_changes_nothing(active, OFFER_CONTROLS, GESTURES)
    active.goes_on()
    active.page.wait_for_url(lambda url: "SecondOffer" not in url)
    row = _decisions(server, code)[people[seat]]
    assert (row["stage1_q"], row["stage1_r"], row["stage1_source"]) == ("0.0", "2.5", "typed")
    assert (row["stage2_q"], row["stage2_r"], row["stage2_source"]) == ("0.4", "0.0", "typed")
    assert sorted(_beliefs(server, code)[people[seat]]) == ["37", "63"]
    assert [subject.complaints for subject in subjects] == [[]] * 4


def test_a_finger_chooses_by_a_tap_and_then_drags_the_handle_sideways(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = sits_down_with_a_telephone(browser, server.start_link(people[0]))
    _consents(subject)
    page, fingers = subject.page, Fingers.on(subject.page)
    x, y = handle(page)
    _stands_still(page)
    fingers.moves([(x + 60, y), (x + 80, y), (x + 120, y)])
    assert _offer(page) == (None, ""), "there is no handle to drag yet"
    fingers.taps(x + 60, y)
    good, amount = _offer(page)
    assert good == "r"
    assert 3 < float(amount) < 5
    tapped = _offer(page)
    fingers.taps(x - 100, y)
    assert _offer(page) == tapped, "where there is a handle, a tap beside it is never intended"
    fingers.moves([(x - 100 + step, y) for step in range(0, 120, 10)])
    assert _offer(page) == tapped, "a drag that begins beside the handle"

    x, y = handle(page)
    fingers.moves([(x - step, y + step / 10) for step in range(0, 130, 10)])
    dragged = _offer(page)
    assert dragged[0] == "q"
    assert 1 < float(dragged[1]) < 6
    assert handle(page)[0] == pytest.approx(x - 120, abs=3)
    page.reload()
    assert _offer(page) == dragged, "what was dragged is kept with the page"

    for name, way in {
        "upright": [(0, -step) for step in range(0, 240, 20)],
        "slanting": [(step, -step) for step in range(0, 120, 10)],
        "sideways, then off the line": [*((step, 0) for step in range(0, 60, 10)), *((60, step) for step in range(0, 200, 20))],
    }.items():
        x, y = handle(page)
        fingers.moves([(x + dx, y + dy) for dx, dy in way])
        assert _offer(page) == dragged, name
    x, y = handle(page)
    fingers.moves([(x + step, y) for step in range(0, 60, 10)], cancelled=True)
    assert _offer(page) == dragged, "a touch that the browser takes away"
    fingers.moves([(x, y), (x + 20, y), (x + 40, y), (x + 60, y)], [(100, 500)])
    assert _offer(page) == dragged, "two fingers"
    assert subject.complaints == []


def test_a_drag_that_is_given_up_leaves_the_amount_as_it_was_typed(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = sits_down_with_a_telephone(browser, server.start_link(people[0]))
    _consents(subject)
    subject.chooses("q", "2,50")
    x, y = handle(subject.page)
    Fingers.on(subject.page).moves([(x + step, y) for step in range(0, 80, 10)], cancelled=True)
    assert _offer(subject.page) == ("q", "2,50")
    log = json.loads(subject.page.locator("#events").input_value())
    assert log[-1]["what"] == "slider"
    assert log[-1]["value"] == -2.5
    assert subject.complaints == []


def test_a_mouse_still_drags_the_slider_after_a_touch(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = sits_down_with_a_telephone(browser, server.start_link(people[0]))
    _consents(subject)
    page = subject.page
    x, y = handle(page)
    _stands_still(page)
    Fingers.on(page).taps(x + 60, y)
    page.mouse.click(x - 90, y)
    good, amount = _offer(page)
    assert good == "q"
    assert float(amount) > 4
    x, y = handle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y + 30)
    page.mouse.move(x + 150, y + 30)
    page.mouse.up()
    assert _offer(page)[0] == "r"
    page.locator("#slider").press("Home")
    assert _offer(page) == ("q", "10.0")
    assert subject.complaints == []


def test_a_click_on_the_words_above_the_line_chooses_nothing_and_takes_no_amount_away(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    _consents(subject)
    page, words = subject.page, subject.page.locator("label.slider-label")
    click_at(words)
    assert _offer(page) == (None, "")
    subject.chooses("q", "2.55")  # not an offer yet: between two steps
    click_at(words)
    assert _offer(page) == ("q", "2.55")
    click_at(page.locator("#slider"))
    assert _offer(page) == ("none", ""), "a click on the line itself chooses"
    click_at(words)
    assert page.evaluate("document.activeElement.id") == "slider"
    assert subject.complaints == []


def _scrolling_changes_nothing(subject: Subject, preferred: str, count: int) -> None:
    """This many scrolls, most from controls, and every other one of those from a ``preferred`` one; and one pinch."""
    page, name = subject.page, page_name(subject)
    fingers, before, address = Fingers.on(page), form(page), page.url
    for number, gesture in enumerate(scrolls(f"{name} {preferred}", count)):
        on, at = places(page, gesture, preferred)
        fingers.scrolls(gesture, at)
        assert form(page) == before, f"{name}, gesture {number} from {on}: {gesture}"
    slider = page.locator(preferred).locator("visible=true").first
    box = slider.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers.moves([(x, y - step) for step in range(0, 60, 10)], [(x + 30, y + 20 + step) for step in range(0, 60, 10)])
    assert (form(page), page.url) == (before, address), name
    fingers.protocol.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 1})


def _consents(subject: Subject) -> None:
    subject.arrives_at("Welcome")
    subject.goes_on()
    subject.arrives_at(FIRST)


def _stands_still(page: Page) -> None:
    """The page was last scrolled so long ago that a touch does not stop it: by its own clock."""
    page.evaluate("() => new Promise((done) => window.setTimeout(done, 500))")


def _offer(page: Page) -> tuple[str | None, str]:
    good = page.evaluate("(document.querySelector('#offer input[type=radio]:checked') || { value: null }).value")
    return good, page.locator("#amount").input_value()


def _decisions(server: Serving, code: str) -> dict[str, dict[str, str]]:
    return {row["participant_code"]: row for row in _exported(server, code, "custom_export")}


def _beliefs(server: Serving, code: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in _exported(server, code, "custom_export_beliefs"):
        found.setdefault(row["participant_code"], []).append(row["belief"])
    return found


def _exported(server: Serving, code: str, function: str) -> list[dict[str, Any]]:
    text = server.rest(f"/api/export_app_custom?app=parimutuel_twostage&function_name={function}&session_code={code}")
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
