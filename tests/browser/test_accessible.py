"""Everybody can use every page: no violation of WCAG 2.2 A or AA, by keyboard alone, on any screen, in both schemes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from experiment.language import ENGLISH, languages
from tests.browser.axe import violations
from tests.browser.play import Subject, chromium
from tests.browser.walk import PLAYS, offers, walk
from tests.server import Serving, serving

pytestmark = [pytest.mark.browser, pytest.mark.server]

DEADLINES = {"stage1_deadline_seconds": 600, "stage2_deadline_seconds": 600, "result_deadline_seconds": 600}
POLLING = 100
"""Milliseconds; the default looks at every drawn frame."""


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with chromium(chromium_path) as running:
        yield running


@pytest.mark.parametrize("language", languages())
def test_a_whole_session_is_accessible_in_light_and_dark_and_by_keyboard_alone(server: Serving, browser: Browser, language: str) -> None:
    if language == ENGLISH:
        _plays_a_session(server, browser)
    else:
        with serving(language=language) as other:
            _plays_a_session(other, browser)


def test_what_is_not_accessible_is_found_in_the_scheme_in_which_it_is_not(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(
        "<html lang=en><title>t</title><style>p { color: #767676 } @media (prefers-color-scheme: dark) { body { background: #111 } }</style>"  # noqa: E501
        "<main><p>Grey on white, or on black.</p><input></main></html>"
    )
    found = violations(page)
    assert {line.split()[1] for line in found if line.startswith("light:")} == {"label"}
    assert {line.split()[1] for line in found if line.startswith("dark:")} == {"label", "color-contrast"}
    assert all("input" in line or " p:" in line for line in found)


def test_a_refused_offer_has_the_focus_on_what_is_wrong_and_the_field_says_it_too(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = Subject.sits_down(browser, server.start_link(people[0]), accessible=True)
    walk([subject], last="FirstOffer")
    offers("q", "3.14")(subject)
    alert = subject.page.get_by_role("alert")
    alert.wait_for()
    assert subject.page.evaluate("document.activeElement.id") == "form-error"
    assert "form-error" in (subject.page.locator("#amount").get_attribute("aria-describedby") or "").split()
    subject.check_accessible()
    assert subject.complaints == []


def test_the_time_that_is_left_is_said_aloud(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1, stage1_deadline_seconds=45)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    walk([subject], last="FirstOffer", visit=lambda *_: None)
    spoken = subject.page.locator("#time-left")
    assert spoken.get_attribute("role") == "status"
    assert spoken.inner_text() == ""
    subject.page.wait_for_function("document.getElementById('time-left').textContent !== ''", timeout=30_000, polling=POLLING)
    assert spoken.inner_text() == "30 seconds left."
    assert subject.complaints == []


def test_the_time_that_is_left_is_seen_and_the_page_goes_on_when_it_is_over(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1, stage1_deadline_seconds=6)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    walk([subject], last="FirstOffer", visit=lambda *_: None)
    seen = subject.page.locator(".otree-timer__time-left").inner_text()
    assert seen in {f"0:0{seconds}" for seconds in range(1, 7)}
    subject.page.wait_for_url(lambda url: "/FirstOffer/" not in url, timeout=12_000)
    assert subject.complaints == []


def test_wait_pages_are_announced_and_named(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    walk([subject], last="DrawGate", visit=lambda *_: None)
    assert subject.page.title() == subject.page.locator("main h1").inner_text()
    subject.page.evaluate(
        "window.changes = 0; new MutationObserver(() => { window.changes += 1; })"
        ".observe(document.querySelector('[role=status]'), { childList: true })"
    )
    subject.page.wait_for_function("window.changes > 0", polling=POLLING)
    assert subject.page.locator("[role=status]").inner_text() != ""
    assert subject.complaints == []


def test_paper_is_light_and_has_what_is_folded_away(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    walk([subject], last="FirstOffer", visit=lambda *_: None)
    page = subject.page
    colour = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(colour) != "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    assert page.locator("details.panel table").first.bounding_box()["height"] > 0  # type: ignore[index]


def _plays_a_session(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1, seed="5", **DEADLINES)
    subjects = [Subject.sits_down(browser, server.start_link(person), accessible=True) for person in people]
    seen = walk(subjects, [{}, {}, {}, {"FirstOffer": _is_refused_once}], by_keyboard=[0])
    assert {subject.page.locator("html").get_attribute("lang") for subject in subjects} == {server.language}
    assert {name for names in seen for name in names} >= {"DrawGate", "SecondOffer", "NoSecondOffer", "Result"}
    assert [subject.complaints for subject in subjects] == [[]] * 4


def _is_refused_once(subject: Subject) -> None:
    offers("r", "3.14")(subject)
    subject.page.locator("#form-error").wait_for()
    subject.checks_page()
    PLAYS["FirstOffer"](subject)
