"""Enter in any field of any page sends nothing and changes nothing, with scripts or without; nor does the mouse wheel over any control."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from experiment.config import DEFAULTS, read_settings
from serve.answers import right_answers
from tests.browser.gestures import form
from tests.browser.play import Subject, click, tick
from tests.browser.walk import plays_of_quiz, walk
from tests.server import Serving
from tests.sizes import size

pytestmark = [pytest.mark.browser, pytest.mark.server]

SEED = 271828182845904
SESSION = {
    "rounds": 2,
    "quiz_attempts": 3,
    "beliefs": True,
    "instructions": True,
    "seed": str(SEED),
}
MONEY = {"participation_fee": 5, "real_world_currency_per_point": 0.1}
CONTROLS = "main input:not([type=hidden])"
WITH_FIELDS = {"QuizStates", "QuizDraw", "QuizSecondOffer", "QuizPayment", "FirstOffer", "Beliefs", "SecondOffer", "Questionnaire"}
TYPED = "40"
WHEEL = 240
ROOM = Path(__file__).parents[2] / "_templates" / "otree" / "RoomWelcomePage.html"


def test_enter_in_a_field_and_the_wheel_over_a_control_do_nothing_on_any_page_and_a_text_area_keeps_its_lines(
    server: Serving, browser: Browser
) -> None:
    _, people = server.create_session("small_market", 4, **SESSION)
    subjects = [Subject.sits_down(browser, server.start_link(person), scripts=place != 3) for place, person in enumerate(people)]
    settings = read_settings({**DEFAULTS, **MONEY, **SESSION, "environment": "small_market"})
    posts = {id(subject): _posts(subject.page) for subject in subjects}
    visited: set[tuple[str, bool]] = set()

    def visit(subject: Subject, name: str) -> None:
        if (name, subject.scripted) in visited or subject.page.locator(".otree-wait-page").count():
            return
        visited.add((name, subject.scripted))
        sent = posts[id(subject)]
        sent.clear()
        _fills_in(subject.page)
        _wheel_and_enter_do_nothing(subject.page)
        if name == "Questionnaire":
            comments = subject.page.locator("#comments")
            comments.fill("one")
            comments.press("Enter")
            comments.press("2")
            assert comments.input_value() == "one\n2"
        assert sent == [], name

    walk(subjects, [plays_of_quiz(right_answers(settings, SEED, place)) for place in range(1, 5)], visit=visit)
    assert {name for name, scripted in visited if scripted} >= {"Consent", "Instructions1", "Result", *WITH_FIELDS}
    assert {name for name, scripted in visited if not scripted} >= {"FirstOffer", "QuizStates", "Questionnaire"}
    assert [subject.complaints for subject in subjects] == [[]] * 4


def test_enter_on_a_radio_button_leaves_the_submit_button_alive_where_the_script_of_the_keys_did_not_come(
    server: Serving, browser: Browser
) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    subject.page.route("**/keys.js*", lambda route: route.abort())
    subject.arrives_at("Welcome")
    subject.goes_on()
    subject.arrives_at("Your type and your first offer")
    posts = _posts(subject.page)
    subject.chooses("r", "3")
    for _ in range(2):
        subject.page.locator("#offer input[value=r]").press("Enter")
    _settles(subject.page)
    assert posts == []
    assert subject.page.locator(".otree-btn-next").is_enabled()
    subject.goes_on()
    subject.page.wait_for_url(lambda url: "FirstOffer" not in url)
    assert len(posts) == 1


def test_enter_in_the_field_for_a_label_does_not_begin(browser: Browser) -> None:
    """oTree's own page of a room with a list of labels, without its tags."""
    page = browser.new_page()
    page.route("**/*", lambda route: route.fulfill(content_type="text/html", body=re.sub(r"{[%{#].*?[%}#]}", "", ROOM.read_text())))
    page.goto("http://127.0.0.1/room/list")
    posts = _posts(page)
    page.locator("#participant_label").fill("ann")
    page.locator("#participant_label").press("Enter")
    _settles(page)
    assert posts == []
    with page.expect_request(lambda request: request.method == "POST"):
        click(page.locator("button[type=submit]"))
    page.close()


def _controls(page: Page) -> list[Locator]:
    """All controls that are seen; in a small run, the first of each type."""
    controls = page.locator(CONTROLS).locator("visible=true")
    kinds = controls.evaluate_all("(controls) => controls.map((control) => control.type)")
    return [controls.nth(place) for place, kind in enumerate(kinds) if size() == "full" or kind not in kinds[:place]]


def _fills_in(page: Page) -> None:
    """Something in every field, so that there is something to change."""
    for control in _controls(page):
        kind = control.get_attribute("type")
        if kind == "radio":
            tick(control)
        elif kind not in ("range", "submit", "button") and not control.get_attribute("readonly"):
            control.fill(TYPED[: int(control.get_attribute("maxlength") or 2)])


def _wheel_and_enter_do_nothing(page: Page) -> None:
    """The wheel over each control, up where it has the focus and down where not; and Enter in it."""
    before, address = form(page), page.url
    for control in _controls(page):
        for way in (WHEEL, -WHEEL):
            control.evaluate("(control) => control.scrollIntoView({ block: 'center', behavior: 'instant' })")
            box = control.bounding_box()
            assert box
            page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
            page.mouse.wheel(0, way)
            control.focus()
        page.keyboard.press("Enter")
        assert (form(page), page.url) == (before, address), control
    _settles(page)
    assert (form(page), page.url) == (before, address)


def _settles(page: Page) -> None:
    """Whatever a key has started has come to the network by now: a request that began later is answered."""
    page.evaluate("() => fetch(window.location.href, { cache: 'no-store', redirect: 'manual' }).then(() => 0)")


def _posts(page: Page) -> list[Any]:
    posts: list[Any] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    return posts
