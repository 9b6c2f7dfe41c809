"""Wait pages in headless Chromium: the count, the title of a hidden window, the sound; and the receipt on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.play import Subject
from tests.browser.walk import walk
from tests.server import Serving

pytestmark = [pytest.mark.browser, pytest.mark.server]

FIRST = "Your type and your first offer"
HIDDEN = "Object.defineProperty(document, 'hidden', { get: () => window.isHidden !== false, configurable: true });"
SHOW = "window.isHidden = false; document.dispatchEvent(new Event('visibilitychange'));"
COUNT_TONES = """
    window.tones = 0;
    const begin = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) { window.tones += 1; return begin.apply(this, when); };
"""
REFUSE_SOUND = "AudioContext.prototype.resume = () => Promise.reject(new DOMException('no gesture', 'NotAllowedError'));"
ASK_NOW = "document.dispatchEvent(new Event('connection-back'))"
MOVED_ON = "● Your market has gone on"


def market(server: Serving, browser: Browser, **fields: object) -> list[Subject]:
    _, people = server.create_session("small_market", 4, **({"rounds": 1, "seed": "5"} | fields))
    subjects = [Subject.sits_down(browser, server.start_link(person)) for person in people]
    for subject in subjects:
        subject.arrives_at("Welcome")
        subject.goes_on()
        subject.arrives_at(FIRST)
    return subjects


def offers(subject: Subject) -> None:
    subject.chooses("q", "3")
    subject.goes_on()
    subject.page.wait_for_url(lambda url: "/FirstOffer/" not in url)


def comes_to_stage_2(page: Page) -> None:
    page.locator("h1", has_text="second offer").or_(page.locator("h1", has_text="inactive")).wait_for()
    page.wait_for_load_state()


def test_the_count_changes_without_a_reload_and_the_offer_is_there(server: Serving, browser: Browser) -> None:
    first, second, third, last = market(server, browser)
    offers(first)
    page = first.page
    assert page.locator(".made").inner_text() == "Your first offer: 3.00 of good q"
    assert page.locator("#count").inner_text() == "1 of 4 has answered."
    page.evaluate("window.same = true")
    for number, subject in enumerate((second, third), start=2):
        offers(subject)
        page.evaluate(ASK_NOW)
        page.locator("#count", has_text=f"{number} of 4 have answered.").wait_for()
    assert page.evaluate("window.same")
    first.checks_page()
    offers(last)
    comes_to_stage_2(page)
    assert [subject.complaints for subject in (first, second, third, last)] == [[]] * 4


def test_the_title_of_a_hidden_window_says_that_the_market_went_on_until_it_is_seen(server: Serving, browser: Browser) -> None:
    hidden, *others = market(server, browser)
    seen = others[0]
    offers(hidden)
    hidden.page.add_init_script(HIDDEN)
    for subject in others:
        offers(subject)
    for subject in (hidden, seen):
        comes_to_stage_2(subject.page)
    hidden.page.wait_for_function(f"document.title === '{MOVED_ON}'")
    assert seen.page.title() == seen.heading
    hidden.page.evaluate(SHOW)
    assert hidden.page.title() == hidden.heading
    assert hidden.complaints == []


@pytest.mark.parametrize("sound", [True, False])
def test_a_sound_plays_for_subjects_who_waited_and_only_if_the_session_asks_for_it(server: Serving, browser: Browser, sound: bool) -> None:
    subjects = market(server, browser, sound=sound)
    for subject in subjects:
        subject.page.add_init_script(COUNT_TONES)
    for subject in subjects:
        offers(subject)
    first, *_, last = subjects
    for subject in (first, last):
        comes_to_stage_2(subject.page)
    if sound:
        first.page.wait_for_function("window.tones > 0")
    assert first.page.evaluate("window.tones") == (2 if sound else 0)
    assert last.page.evaluate("window.tones") == 0, "who came last did not wait"
    assert first.complaints == []


def test_a_sound_that_is_refused_is_refused_silently(server: Serving, browser: Browser) -> None:
    subjects = market(server, browser, sound=True)
    first = subjects[0]
    first.page.add_init_script(COUNT_TONES + REFUSE_SOUND)
    for subject in subjects:
        offers(subject)
    comes_to_stage_2(first.page)
    first.page.wait_for_function("performance.now() > 1500")
    assert first.page.evaluate("window.tones") == 0
    assert first.complaints == []


def test_the_button_prints_a_receipt_and_nothing_else(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1, seed="5", study_title="Trading under uncertainty", questionnaire="")
    subjects = [Subject.sits_down(browser, f"{server.start_link(people[0])}?participant_label=PC07")]
    subjects += [Subject.sits_down(browser, server.start_link(person)) for person in people[1:]]
    walk(subjects)
    page = subjects[0].page
    assert page.locator(".own-seat").inner_text() == "Seat PC07"
    assert page.get_by_text("Please stay seated until you are called.").is_visible()
    assert page.locator(".receipt").is_hidden()
    total = page.locator(".payment .sum td").inner_text()
    receipt, rest = ("Trading under uncertainty", "Seat PC07", total, "Signature"), ("Your payment", "Your points", "Please stay seated")
    page.emulate_media(media="print")
    assert all(words in page.locator("body").inner_text() for words in (*receipt, *rest)), "the browser's own command prints both"
    page.evaluate("window.print = () => { window.paper = document.body.innerText; }")
    page.locator("#print").evaluate("(button) => button.click()")
    paper = page.evaluate("window.paper")
    assert all(words in paper for words in receipt)
    assert not any(words in paper for words in rest)
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert "Your payment" in page.locator("body").inner_text()
    page.emulate_media(media="screen")
    subjects[0].checks_page()
    assert [subject.complaints for subject in subjects] == [[]] * 4
