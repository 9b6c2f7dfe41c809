"""The trace of an offer: with what it was changed, last and before, when it was submitted, and what the subject did meanwhile."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from experiment.events import ATTENTION, MOST_EVENTS, read_events
from tests.browser.gestures import Fingers, handle, sits_down_with_a_telephone
from tests.browser.play import Subject, tick
from tests.server import Serving

pytestmark = [pytest.mark.browser, pytest.mark.server]

FIRST = "Your type and your first offer"
RECORDED = "We also record how you make your offers"
WATCHED = "when you work in another window"
LOOK_AWAY = """(hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_the_trace_says_with_what_the_offer_was_changed(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    page, amount = subject.page, subject.page.locator("#amount")
    tick(page.locator("#offer input[value=q]"))
    assert _latest(page) == ("mouse", ["mouse"])
    amount.press("4")
    assert _latest(page) == ("keyboard", ["mouse", "keyboard"])
    amount.press("Control+A")
    amount.press("Control+C")
    amount.press("Delete")
    amount.press("Control+V")
    assert amount.input_value() == "4"
    assert _latest(page) == ("paste", ["mouse", "keyboard", "paste"])
    page.evaluate("() => { const field = document.getElementById('amount'); field.value = '5'; field.dispatchEvent(new Event('input')); }")
    assert _latest(page)[0] == "other"
    x, y = handle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=4)
    page.mouse.up()
    assert _latest(page) == ("mouse", ["mouse", "keyboard", "paste", "other", "mouse"])
    page.locator("#slider").press("ArrowLeft")
    before = _events(page)
    subject.goes_on()
    page.locator(".otree-wait-page").wait_for()
    rows = _exported(server, code)
    assert [(row["what"], row["value"]) for row in rows[:-1]] == [(event["what"], _cell(event["value"])) for event in before]
    assert [(row["what"], row["value"]) for row in rows[-2:]] == [("changed", "keyboard"), ("submitted", "mouse")]
    assert [int(row["time_ms"]) for row in rows] == sorted(int(row["time_ms"]) for row in rows)
    assert [row["value"] for row in rows if row["what"] == "copied"] == ["1.0"]
    assert subject.complaints == []


def test_a_finger_and_the_key_that_submits_are_told_apart(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1)
    subject = sits_down_with_a_telephone(browser, server.start_link(people[0]))
    _consents(subject)
    x, y = handle(subject.page)
    Fingers.on(subject.page).moves([(x + step, y) for step in range(0, 80, 10)])
    assert _latest(subject.page) == ("touch", ["touch"])
    subject.page.locator(".otree-btn-next").press("Enter")
    subject.page.locator(".otree-wait-page").wait_for()
    assert [(row["what"], row["value"]) for row in _exported(server, code)[-2:]] == [("changed", "touch"), ("submitted", "keyboard")]


def test_a_hidden_page_a_lost_focus_and_the_length_of_a_copy_are_noted_and_no_text(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    page = subject.page
    for hidden, event in ((True, "blur"), (False, "focus")):
        page.evaluate(LOOK_AWAY, hidden)
        page.evaluate("(event) => { window.dispatchEvent(new Event(event)); }", event)
    page.evaluate("document.getSelection().selectAllChildren(document.querySelector('h1'))")
    page.keyboard.press("Control+C")
    page.reload()
    subject.chooses("none")
    subject.goes_on()
    page.locator(".otree-wait-page").wait_for()
    rows = _exported(server, code)
    noted = [(row["what"], row["value"]) for row in rows if row["what"] in ATTENTION]
    assert noted == [("hidden", ""), ("focus_lost", ""), ("visible", ""), ("focus_gained", ""), ("copied", f"{float(len(FIRST))}")]
    assert not any("Your type" in value for row in rows for value in row.values())
    assert subject.complaints == []


@pytest.mark.parametrize("fields", [{"log_attention": False}, {"log_events": False}], ids=str)
def test_what_is_switched_off_is_not_noted_and_the_consent_does_not_say_it(
    server: Serving, browser: Browser, fields: dict[str, bool]
) -> None:
    code, people = server.create_session("small_market", 4, rounds=1, **fields)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    subject.arrives_at("Welcome")
    said = subject.page.locator("main").inner_text()
    assert (RECORDED in said, WATCHED in said) == ("log_events" not in fields, False)
    subject.goes_on()
    subject.arrives_at(FIRST)
    subject.page.evaluate(LOOK_AWAY, True)
    subject.page.evaluate(LOOK_AWAY, False)
    subject.chooses("q", "2")
    subject.goes_on()
    subject.page.locator(".otree-wait-page").wait_for()
    used = {row["what"] for row in _exported(server, code)}
    assert used == (set() if "log_events" in fields else {"shown", "input", "good", "amount", "changed", "submitted"})
    assert subject.complaints == []


def test_the_consent_says_what_is_recorded(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    subject.arrives_at("Welcome")
    said = subject.page.locator("main").inner_text()
    assert RECORDED in said
    assert WATCHED in said


def test_a_full_log_keeps_the_last_change_and_the_submission(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    page = subject.page
    page.evaluate(
        """() => { for (let turn = 0; turn < 300; turn++) {
            window.dispatchEvent(new Event('blur')); window.dispatchEvent(new Event('focus'));
        } }"""
    )
    assert sum(event["what"] in ATTENTION for event in _events(page)) == 200
    page.evaluate(
        """() => { for (let turn = 0; turn < 400; turn++) {
            parimutuelLog.note('slider', turn); parimutuelLog.note('amount', turn);
        } }"""
    )
    page.locator("#slider").press("ArrowRight")
    assert len(_events(page)) < MOST_EVENTS
    assert _events(page)[-1] | {"t": 0} == {"t": 0, "what": "changed", "value": "keyboard"}
    subject.goes_on()
    page.locator(".otree-wait-page").wait_for()
    rows = _exported(server, code)
    assert 480 < len(rows) <= MOST_EVENTS
    assert [(row["what"], row["value"]) for row in rows[-2:]] == [("changed", "keyboard"), ("submitted", "mouse")]


def _seated(server: Serving, browser: Browser, person: str) -> Subject:
    subject = Subject.sits_down(browser, server.start_link(person))
    _consents(subject)
    return subject


def _consents(subject: Subject) -> None:
    subject.arrives_at("Welcome")
    subject.goes_on()
    subject.arrives_at(FIRST)


def _events(page: Page) -> list[dict[str, Any]]:
    """The log as the page would send it, which the server reads."""
    posted = page.locator("#events").input_value()
    events: list[dict[str, Any]] = json.loads(posted)
    assert len(read_events(posted)) == len(events)
    return events


def _latest(page: Page) -> tuple[str, list[str]]:
    """With what the offer was changed last, and all that it was changed with, in order."""
    events = _events(page)
    (last,) = [event["value"] for event in events if event["what"] == "changed"]
    return last, [event["value"] for event in events if event["what"] == "input"]


def _cell(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else str(float(str(value)))


def _exported(server: Serving, code: str) -> list[dict[str, str]]:
    text = server.rest(f"/api/export_app_custom?app=parimutuel_twostage&function_name=custom_export_events&session_code={code}")
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
