"""The countdown if one of its two clocks is wrong: the computer's, which somebody sets, or the browser's, which sleeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.browser.play import Subject
from tests.server import Serving

pytestmark = [pytest.mark.browser, pytest.mark.server]

SCRIPT = Path(__file__).parents[2] / "_static" / "parimutuel" / "countdown.js"
HOUR = 3600
STAGE_SECONDS, PATIENCE_SECONDS = 40, 60
PAGE = """
    <div class="otree-timer"><strong class="otree-timer__time-left"></strong></div>
    <p id="time-left" data-seconds="100" data-at60="one minute" data-at30="30 seconds" data-at10="10 seconds"></p>
    <form id="form"></form>
"""
FAKES = """() => {
    window.loading = 0;                                        // s
    window.at = { wall: 1e12, steady: 5000 };                  // ms
    Date.now = () => at.wall;
    performance.now = () => at.steady;
    performance.getEntriesByType = () => [{ responseStart: 5000 - 1000 * window.loading }];
    window.setInterval = (look) => { window.look = look; };
    window.asked = 0;
    window.sent = 0;
    window.left = 0;
    window.parimutuelConnection = {
        ask: () => { window.asked += 1; return new Promise((tell, fail) => Object.assign(window, { tell, fail })); },
        close: () => { window.sent += 1; },
        goOn: () => { window.left += 1; },
    };
    window.pass = (wall, steady) => {
        at.wall += 1000 * wall; at.steady += 1000 * steady; look();
        return document.querySelector('.otree-timer__time-left').textContent;
    };
    window.answers = (text) => { tell({ ok: true, text: () => Promise.resolve(text) }); };
}"""
UNKNOWN = "–:––"
JUMP = "(seconds) => { const now = Date.now; Date.now = () => now() + 1000 * seconds; }"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with the countdown at 100 s, both clocks and the server in the test's hand."""
    page = browser.new_page()
    page.set_content(PAGE)
    page.evaluate(FAKES)
    page.add_script_tag(path=SCRIPT)
    yield page
    page.close()


def test_with_both_clocks_right_it_counts_down_says_the_marks_and_sends_once_and_asks_nobody(page: Page) -> None:
    said = []
    for _ in range(99):
        _passes(page, 1, 1)
        said.append(page.locator("#time-left").text_content())
    assert [word for word in dict.fromkeys(said) if word] == ["one minute", "30 seconds", "10 seconds"]
    assert _state(page) == (0, 0)
    assert _passes(page, 1, 1) == "0:00"
    assert _state(page) == (0, 1)


@pytest.mark.parametrize("jump", [-HOUR, -400 * 24 * HOUR, -3, HOUR, 50])
def test_a_clock_that_is_set_lengthens_nothing_and_the_server_says_what_is_left(page: Page, jump: int) -> None:
    assert _passes(page, 10, 10) == "1:30"
    _passes(page, 1 + jump, 1)
    assert _passes(page, 0, 0) == UNKNOWN, "nothing is shown that may be wrong"
    assert _state(page) == (1, 0), "nothing is sent before the server has answered"
    _shows_seconds(page, 88.5)
    assert _passes(page, 1, 1) == "1:28"
    assert _passes(page, 1, 1) == "1:27"
    assert _passes(page, 86, 86) == "0:01"
    assert _passes(page, 1, 1) == "0:00"
    assert _state(page) == (1, 1)


def test_time_asleep_that_only_the_computers_clock_counts_is_over(page: Page) -> None:
    _passes(page, 80, 0)
    assert _passes(page, 0, 0) == UNKNOWN
    assert _state(page) == (1, 0)
    page.evaluate("fail(new TypeError())")
    assert _passes(page, 1, 1) == "0:19"
    _passes(page, 20, 0)
    assert _state(page) == (2, 0)
    page.evaluate("fail(new TypeError())")
    _passes(page, 0, 0)
    assert _state(page) == (2, 1), "where the server cannot be asked, the smaller of the two counts"


def test_the_time_that_a_page_took_to_load_is_over(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(PAGE)
    page.evaluate(FAKES)
    page.evaluate("window.loading = 7")
    page.add_script_tag(path=SCRIPT)
    assert _passes(page, 0, 0) == "1:33"


def test_no_mark_is_said_too_early(page: Page) -> None:
    _passes(page, 75, 1)
    assert page.locator("#time-left").text_content() == ""
    assert not page.locator(".otree-timer").evaluate("(timer) => timer.classList.contains('soon')")
    _shows_seconds(page, 98)
    _passes(page, 1, 1)
    assert page.locator("#time-left").text_content() == ""
    assert not page.locator(".otree-timer").evaluate("(timer) => timer.classList.contains('soon')")


def test_pages_whose_computers_clock_is_set_keep_their_time_and_close_when_the_stage_is_over(server: Serving, browser: Browser) -> None:
    seated = [_sits_down_and_sets_the_clock(server, browser, jump) for jump in (-HOUR, HOUR)]
    for subject, posts in seated:
        subject.page.wait_for_url(lambda url: "/FirstOffer/" not in url, timeout=1000 * (STAGE_SECONDS + PATIENCE_SECONDS))
        assert len(posts) <= 1, "the page was closed before its time, and shown again"
        assert subject.complaints == []


def _sits_down_and_sets_the_clock(server: Serving, browser: Browser, jump: int) -> tuple[Subject, list[Any]]:
    """Alone in a market, at the first offer; and what the page sends from then on."""
    _, people = server.create_session(
        "small_market", 4, rounds=1, stage1_deadline_seconds=STAGE_SECONDS, stage2_deadline_seconds=60, result_deadline_seconds=5
    )
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    subject.arrives_at("Welcome")
    subject.goes_on()
    subject.arrives_at("Your type and your first offer")
    posts = _posts(subject.page)
    with subject.page.expect_response(lambda answer: "/FirstOffer/" in answer.url and answer.request.resource_type == "fetch"):
        subject.page.evaluate(JUMP, jump)
    subject.page.wait_for_function(f"document.querySelector('.otree-timer__time-left').textContent !== '{UNKNOWN}'")
    minutes, seconds = map(int, subject.page.locator(".otree-timer__time-left").inner_text().split(":"))
    assert 60 * minutes + seconds <= STAGE_SECONDS
    return subject, posts


def _passes(page: Page, wall: float, steady: float) -> str:
    """Let the two clocks go on, by seconds; what the page then shows."""
    shown: str = page.evaluate("([wall, steady]) => pass(wall, steady)", [wall, steady])
    return shown


def _state(page: Page) -> tuple[int, int]:
    """How often the server was asked, and the form was sent."""
    asked, sent = page.evaluate("[asked, sent]")
    return asked, sent


def _shows_seconds(page: Page, seconds: float) -> None:
    page.evaluate("(text) => answers(text)", PAGE.replace('"100"', f'"{seconds}"'))


def _posts(page: Page) -> list[Any]:
    posts: list[Request] = []
    page.on("request", lambda request: posts.append(request) if request.method == "POST" else None)
    return posts
