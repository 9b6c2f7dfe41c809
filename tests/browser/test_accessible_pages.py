"""Pages that a session of the default config does not have are as accessible: the lobby, the market that formed in it, the beliefs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.play import Subject
from tests.browser.walk import BY_KEYBOARD, PLAYS, passes_by, walk
from tests.server import Serving

pytestmark = [pytest.mark.browser, pytest.mark.server]


def test_lobby_and_market_have_no_violation_in_light_and_dark(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, lobby_seconds=600, lobby_leave_seconds=1, rounds=1)
    subjects = [Subject.sits_down(browser, server.start_link(person)) for person in people]
    first, *others = subjects
    first.goes_on()
    first.page.locator("#leaving:not([hidden])").wait_for()
    first.page.evaluate("document.getElementById('still-there').hidden = false")
    first.accessible = True
    first.checks_page()
    first.page.evaluate("document.getElementById('still-there').hidden = true")
    for subject in others:
        subject.goes_on()
    for subject in subjects:
        subject.arrives_at("Your market")
    assert first.page.url.split("/")[-2] == "Market"
    assert [subject.complaints for subject in subjects] == [[]] * 4


def test_a_belief_is_stated_by_keyboard_alone_on_a_page_without_violation(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=2, seed="5", beliefs=True)
    subjects = [Subject.sits_down(browser, server.start_link(person)) for person in people]
    walk(subjects, visit=passes_by, last="FirstOffer")
    for subject in subjects:
        PLAYS["FirstOffer"](subject)
    for subject in subjects:
        subject.page.wait_for_url(lambda url: "/Beliefs/" in url or "/NoSecondOffer/" in url)
    subject = next(subject for subject in subjects if "/Beliefs/" in subject.page.url)
    subject.accessible = True
    subject.checks_page()
    BY_KEYBOARD["Beliefs"](subject)
    subject.page.wait_for_url("**/SecondOffer/*")
    assert [subject.complaints for subject in subjects] == [[]] * 4
