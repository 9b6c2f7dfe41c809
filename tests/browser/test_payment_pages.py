"""Beliefs, questionnaire and payment in headless Chromium, on both screens: sums are shown, errors are linked, nothing is preselected."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.play import Subject, tick
from tests.server import Serving

pytestmark = [pytest.mark.browser, pytest.mark.server]

FIELDS = {"rounds": 2, "seed": "5", "beliefs": True, "points_pay": "lottery", "code_complete": "C0DE"}
ADDRESS = "https://app.prolific.com/submissions/complete"


def test_beliefs_questionnaire_and_payment_in_the_browser(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, **FIELDS, completion_url=ADDRESS)
    subjects = play_to_the_questionnaire(browser, [server.start_link(person) for person in people], _states_a_belief)
    for subject in subjects:
        _answers(subject)
        subject.arrives_at("Your payment")
        main = subject.page.locator("main")
        assert main.locator(".by-round tbody tr").count() == 2
        assert "Your chance is" in main.inner_text()
        assert subject.page.get_by_role("link", name="Back to app.prolific.com").get_attribute("href") == f"{ADDRESS}?cc=C0DE"
    assert [subject.complaints for subject in subjects] == [[]] * 4
    assert code


def play_to_the_questionnaire(browser: Browser, links: list[str], belief: Callable[[Subject], None]) -> list[Subject]:
    """Four subjects, one without scripts, play two rounds; ``belief`` is what they do on the page that asks for one."""
    subjects = [Subject.sits_down(browser, link, scripts=n != 3) for n, link in enumerate(links)]
    for subject in subjects:
        subject.arrives_at("Welcome")
        subject.goes_on()
    for _ in range(FIELDS["rounds"]):
        for subject, offer in zip(subjects, (("q", "3"), ("r", "4.5"), ("q", "2"), ("r", "1")), strict=True):
            subject.arrives_at("Your type and your first offer")
            subject.chooses(*offer)
            subject.goes_on()
        for subject in subjects:
            subject.arrives_at("likely", "inactive")
            if "likely" in subject.heading:
                belief(subject)
                subject.arrives_at("second offer")
                subject.chooses("q", "1")
            subject.goes_on()
        for subject in subjects:
            subject.arrives_at("Result of this round")
        for subject in subjects:
            subject.goes_on()
    for subject in subjects:
        subject.arrives_at("A few questions")
    return subjects


def _states_a_belief(subject: Subject) -> None:
    page = subject.page
    subject.check_widths()
    first, second = (page.get_by_label(name, exact=True) for name in ("State low", "State high"))
    assert (first.input_value(), second.input_value()) == ("", "")
    first.fill("60")
    page.get_by_role("heading", name="What your type says about the state").wait_for()
    if subject.scripted:
        expect(page.get_by_role("status")).to_have_text("Your numbers add up to 60 of 100.")
        expect(page.locator("#belief-total")).to_have_text("60")
        second.fill("x")
        expect(page.locator("#belief-total")).to_have_text("–")
        expect(page.get_by_role("status")).to_contain_text("whole number")
    second.fill("39")
    subject.goes_on()
    subject.is_told("they add up to 99")
    assert (first.input_value(), second.input_value()) == ("60", "39")
    second.fill("40")
    if subject.scripted:
        expect(page.get_by_role("status")).to_have_text("Your numbers add up to 100.")
    subject.goes_on()


def _answers(subject: Subject) -> None:
    page = subject.page
    assert page.locator("input[type=radio]:checked").count() == 0
    page.get_by_label("How old are you?").fill("12")
    page.get_by_label("Is there anything you would like to tell us").fill("<b>Nice</b>\nindeed")
    tick(page.get_by_role("group", name="Are you generally").get_by_label("10"))
    subject.goes_on()
    subject.is_told()
    age = page.get_by_label("How old are you?")
    assert "whole number from 16 to 120" in page.locator(f"#{age.get_attribute('aria-describedby')}").inner_text()
    assert page.get_by_label("Is there anything").input_value() == "<b>Nice</b>\nindeed"
    assert page.get_by_label("10", exact=True).is_checked()
    subject.check_widths()
    age.fill("34")
    subject.goes_on()
