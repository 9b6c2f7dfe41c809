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
    subject.arrives_at("All your answers are right.")
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


def test_a_finger_drags_the_handle_sideways_and_moves_it_in_no_other_way(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = sits_down_with_a_telephone(browser, server.start_link(people[0]))
    _consents(subject)
    page, fingers = subject.page, Fingers.on(subject.page)
    x, y = handle(page)
    _stands_still(page)
    for away in (60, -100, 0, 20):
        fingers.taps(x + away, y)
        assert _offer(page) == (None, ""), f"a tap {away} px beside the handle"
    fingers.moves([(x + step, y) for step in range(60, 180, 10)])
    assert _offer(page) == (None, ""), "a drag that begins beside the handle"
    fingers.moves([(x, y - step) for step in range(0, 240, 20)])
    assert _offer(page) == (None, ""), "a drag that is a scroll"
    fingers.moves([(x + step, y) for step in range(0, 100, 10)], cancelled=True)
    assert _offer(page) == (None, ""), "a touch that the browser takes away"
    assert page.locator("#slider").get_attribute("class") == "untouched"

    x, y = handle(page)
    fingers.moves([(x - step, y + step / 10) for step in range(0, 130, 10)])
    dragged = _offer(page)
    assert dragged[0] == "q"
    assert 5 < float(dragged[1]) < 10
    assert handle(page)[0] == pytest.approx(x - 120, abs=3)
    fingers.taps(x + 100, y)
    assert _offer(page) == dragged, "a tap on the line"
    fingers.moves([(x + 20 + step, y) for step in range(0, 120, 10)])
    assert _offer(page) == dragged, "a drag on the line"
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
    assert [event["value"] for event in log if event["what"] == "slider"][-1] == -2.5
    assert subject.complaints == []


def test_a_mouse_drags_the_handle_and_a_press_on_the_line_moves_nothing(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = sits_down_with_a_telephone(browser, server.start_link(people[0]))
    _consents(subject)
    page = subject.page
    x, y = handle(page)
    _stands_still(page)
    Fingers.on(page).taps(x + 60, y)
    for away in (-90, 90, 0):
        page.mouse.click(x + away, y)
        assert _offer(page) == (None, ""), f"a click {away} px beside the handle"
    _drags(page, (x + 60, y), (x + 150, y))
    assert _offer(page) == (None, ""), "a drag that begins on the line"
    _drags(page, (x + 5, y), (x + 55, y + 30), (x + 105, y + 200))
    good, amount = _offer(page)
    assert good == "r"
    assert 5 < float(amount) < 9
    assert handle(page)[0] == pytest.approx(x + 100, abs=3)
    page.mouse.click(x - 90, y)
    assert _offer(page) == (good, amount), "a click beside the handle"
    assert subject.complaints == []


def test_after_a_press_on_the_slider_left_and_right_move_it_and_other_keys_scroll(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = sits_down_with_a_telephone(browser, server.start_link(people[0]))
    _consents(subject)
    page = subject.page
    x, y = handle(page)
    _drags(page, (x, y), (x + 60, y))
    dragged = _offer(page)
    for key, way in {"PageDown": 1, "PageUp": -1, "ArrowDown": 1, "ArrowUp": -1, "Home": -1, "End": 1}.items():
        before = page.evaluate("window.scrollY")
        page.keyboard.press(key)
        assert _offer(page) == dragged, key
        page.wait_for_function("([before, way]) => (window.scrollY - before) * way > 0", arg=[before, way])
    page.keyboard.press("ArrowRight")
    assert float(_offer(page)[1]) == pytest.approx(float(dragged[1]) + 0.1)
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    assert _offer(page) == ("r", "10.0"), "whoever came with the keyboard moves it with every key"
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
    assert _offer(page) == ("q", "2.55"), "a click on the handle"
    click_at(words)
    assert page.evaluate("document.activeElement.id") == "slider"
    assert subject.complaints == []


def _drags(page: Page, *places: tuple[float, float]) -> None:
    """Press the mouse at the first place, move over the others and let go at the last."""
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()


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
