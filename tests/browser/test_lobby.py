"""The lobby as browsers live it, on the real server with PostgreSQL: websockets, closed tabs, hidden tabs, the button to leave."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, Page

from experiment.shown.numbers import percent
from tests.browser.play import Subject, click
from tests.server import Serving

pytestmark = [pytest.mark.browser, pytest.mark.server]

LOBBY_SECONDS, ALONE_SECONDS, LEAVE_SECONDS = 40, 15, 4
HIDE = "Object.defineProperty(document, 'hidden', { get: () => true }); document.dispatchEvent(new Event('visibilitychange'));"


def enters(browser, link: str, websockets: bool = True) -> Subject:
    subject = Subject.sits_down(browser, link, websockets=websockets)
    waits(subject)
    return subject


def waits(subject: Subject) -> None:
    subject.goes_on()
    subject.arrives_at("Waiting room")


def says(page: Page, words: str) -> None:
    page.locator("#count", has_text=words).wait_for()


def test_those_who_are_there_become_a_market_and_all_others_end_well(server: Serving, browser: Browser) -> None:
    fields = {"market_size": 9, "min_market_size": 4, "lobby_seconds": LOBBY_SECONDS, "lobby_leave_seconds": LEAVE_SECONDS, "rounds": 1}
    _, people = server.create_session("small_market", 9, **fields)
    links = [server.start_link(person) for person in people]
    seated = [Subject.sits_down(browser, link, websockets=number != 3) for number, link in enumerate(links[:7])]
    began = time.monotonic()
    for subject in seated:
        waits(subject)
    closed, leaver, hidden, *stayers = seated
    says(stayers[-1].page, "7 of 9 are here, you included.")
    closed.page.close()
    hidden.page.evaluate(HIDE)
    click(leaver.page.locator("button[name=leave]"))
    leaver.arrives_at("Your payment")
    says(hidden.page, "You are not counted at the moment.")
    says(stayers[0].page, "4 of 9 are here, you included.")
    for subject in stayers:
        subject.arrives_at("Your market")
    assert time.monotonic() - began > LOBBY_SECONDS
    for subject in stayers:
        subject.checks_page()
    assert "4 participants" in stayers[0].page.locator("main").inner_text()
    assert f"your chance to become inactive is {percent(1 / 4)}" in stayers[0].page.locator("main").inner_text()
    hidden.arrives_at("Your payment")
    back = Subject.sits_down(browser, links[0])
    back.arrives_at("Your payment")
    for subject in stayers:
        subject.goes_on()
        subject.arrives_at("Your type and your first offer")
    assert [subject.complaints for subject in (leaver, hidden, back, *stayers)] == [[]] * 7


def test_one_alone_is_let_go_within_seconds_of_the_end_of_the_wait(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, lobby_seconds=ALONE_SECONDS, rounds=1)
    before = time.monotonic()
    subject = enters(browser, server.start_link(people[0]))
    says(subject.page, "You are the only one of 4 here so far.")
    minutes, seconds = map(int, subject.page.locator("#time").inner_text().split(":"))
    assert 60 * minutes + seconds <= ALONE_SECONDS
    subject.arrives_at("Your payment")
    assert time.monotonic() - before > ALONE_SECONDS
    subject.checks_page()
    assert subject.complaints == []


def test_whoever_shows_no_sign_is_asked_and_is_counted_again_after_an_answer(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, lobby_seconds=600, rounds=1)
    subject = enters(browser, server.start_link(people[0]))
    page = subject.page
    says(page, "You are the only one of 4 here so far.")
    page.evaluate("const now = Date.now; Date.now = () => now() + 125000")
    page.locator("#still-there-question").wait_for()
    assert page.evaluate("document.activeElement.id") == "still-there-answer"
    page.evaluate("const later = Date.now; Date.now = () => later() + 60000")
    says(page, "You are not counted at the moment.")
    page.keyboard.press("Enter")
    says(page, "You are the only one of 4 here so far.")
    assert page.locator("#still-there").is_hidden()
    assert subject.complaints == []
