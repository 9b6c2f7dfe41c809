"""Everybody can use every page: no violation of WCAG 2.2 A or AA, by keyboard alone, on any screen, in both schemes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from experiment.language import ENGLISH, languages
from tests.browser.axe import violations
from tests.browser.play import Subject
from tests.browser.walk import PLAYS, offers, passes_by, walk
from tests.server import Serving, serving
from tests.sizes import sized

pytestmark = [pytest.mark.browser, pytest.mark.server]

DEADLINES = {"stage1_deadline_seconds": 600, "stage2_deadline_seconds": 600, "result_deadline_seconds": 600}
FEW_SECONDS = 15
"""Enough for a page to come on a busy machine."""
POLLING = 100
"""Milliseconds; the default looks at every drawn frame."""


@pytest.mark.full  # a small run checks each page of the session that test_whole_session.py plays
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
    assert {line.split()[1] for line in found if line.startswith("dark:")} == {*sized(small=(), full=("label",)), "color-contrast"}
    assert all("input" in line or " p:" in line for line in found)


def test_a_refused_offer_has_the_focus_on_what_is_wrong_and_the_field_says_it_too(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = Subject.sits_down(browser, server.start_link(people[0]), accessible=True)
    walk([subject], last="FirstOffer")
    offers("q", "3.14")(subject)
    expect(subject.is_told()).to_be_focused()
    assert subject.page.evaluate("document.activeElement.id") == "form-error"
    assert "form-error" in (subject.page.locator("#amount").get_attribute("aria-describedby") or "").split()
    subject.check_accessible()
    assert subject.complaints == []


def test_the_time_that_is_left_is_said_aloud(server: Serving, browser: Browser) -> None:
    """The page's own time, both its clocks alike, is put forward to the last half minute."""
    _, people = server.create_session("small_market", 4, rounds=1, **DEADLINES)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    page = subject.page
    walk([subject], last="FirstOffer", visit=passes_by)
    page.clock.install()
    page.reload()
    spoken = page.locator("#time-left")
    assert spoken.get_attribute("role") == "status"
    assert spoken.inner_text() == ""
    left = float(spoken.get_attribute("data-seconds") or "nan")
    assert 60 < left <= DEADLINES["stage1_deadline_seconds"]
    page.clock.run_for(round(1000 * (left - 29)))
    assert spoken.inner_text() == "30 seconds left."
    assert subject.complaints == []


def test_the_time_that_is_left_is_seen_and_the_page_goes_on_when_it_is_over(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1, stage1_deadline_seconds=FEW_SECONDS)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    walk([subject], last="FirstOffer", visit=passes_by)
    minutes, seconds = map(int, subject.page.locator(".otree-timer__time-left").inner_text().split(":"))
    assert 0 <= 60 * minutes + seconds <= FEW_SECONDS
    subject.page.wait_for_url(lambda url: "/FirstOffer/" not in url)
    assert subject.complaints == []


def test_wait_pages_are_announced_and_named(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    walk([subject], last="DrawGate", visit=passes_by)
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
    walk([subject], last="FirstOffer", visit=passes_by)
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
    subject.is_told()
    subject.checks_page()
    PLAYS["FirstOffer"](subject)
