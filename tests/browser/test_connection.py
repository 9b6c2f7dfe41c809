"""Pages whose network goes away, whose computer sleeps or whose clock is set: what they say, what is sent, and where they end up."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Request

from tests.browser.play import Subject, click
from tests.server import Serving
from tests.sizes import sized

pytestmark = [pytest.mark.browser, pytest.mark.server]

HOUR = 3600
STAGE_SECONDS = 15
BACK_WITHIN = 15.0
"""Seconds from the moment the network is back until the page is the right one."""
FIRST = "Your type and your first offer"
LOST = "The connection is lost."
NO_NETWORK = ("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_IO_SUSPENDED")
"""What Chromium itself says about requests without a network: no complaint."""
WATCH = """() => {
    const clock = document.querySelector('.otree-timer__time-left'), began = performance.now();
    window.shown = [];
    const note = () => {
        const [minutes, seconds] = clock.textContent.split(':').map(Number);
        if (!Number.isNaN(minutes + seconds)) window.shown.push([60 * minutes + seconds, (performance.now() - began) / 1000]);
    };
    new MutationObserver(note).observe(clock, { childList: true, characterData: true, subtree: true });
    note();
}"""
JUMP = "(seconds) => { const now = Date.now; Date.now = () => now() + 1000 * seconds; }"


class Desk:
    """One subject of a market of four, alone at the first offer, and what their page posts."""

    def __init__(self, server: Serving, browser: Browser, **fields: Any) -> None:
        self.server = server
        self.code, self.people = server.create_session("small_market", 4, **({"rounds": 1, "seed": "5"} | fields))
        self.subject = sits_down(server, browser, self.people[0])
        self.page, self.posts = self.subject.page, posts_of(self.subject)

    def offline(self, away: bool) -> None:
        self.page.context.set_offline(away)

    def says_lost(self) -> None:
        self.page.locator("#connection", has_text=LOST).wait_for()

    def clock(self) -> str:
        return self.page.locator(".otree-timer__time-left").inner_text()

    def waits_for_the_deadline(self) -> None:
        self.page.wait_for_function("document.querySelector('.otree-timer__time-left').textContent === '0:00'")

    def leaves(self) -> float:
        """Until the page of the first offer is left; seconds."""
        began = time.monotonic()
        self.page.wait_for_url(lambda url: "/FirstOffer/" not in url)
        return time.monotonic() - began

    def offer(self) -> dict[str, str]:
        """What the export has of the first offer, once the market has closed the stage."""
        until(lambda: bool(exported(self.server, self.code, self.people[0])["stage1_source"]))
        return exported(self.server, self.code, self.people[0])

    def complaints(self) -> list[str]:
        return [words for words in self.subject.complaints if not any(known in words for known in NO_NETWORK)]


def sits_down(server: Serving, browser: Browser, person: str) -> Subject:
    subject = Subject.sits_down(browser, server.start_link(person))
    subject.arrives_at("Welcome")
    subject.goes_on()
    subject.arrives_at(FIRST)
    return subject


def posts_of(subject: Subject) -> list[Request]:
    posts: list[Request] = []
    subject.page.on("request", lambda request: posts.append(request) if request.method == "POST" else None)
    return posts


def exported(server: Serving, code: str, person: str) -> dict[str, str]:
    text = server.rest(f"/api/export_app_custom?app=parimutuel_twostage&function_name=custom_export&session_code={code}")
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    return next((row for row in rows if row["participant_code"] == person), {"stage1_source": ""})


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it never happens"
        time.sleep(0.3)


def test_offline_over_a_deadline_the_page_stays_and_then_goes_where_its_subject_is(server: Serving, browser: Browser) -> None:
    desk = Desk(server, browser, stage1_deadline_seconds=STAGE_SECONDS, stage2_deadline_seconds=60, result_deadline_seconds=60)
    desk.subject.chooses("q", "2.5")
    desk.offline(True)
    desk.says_lost()
    desk.waits_for_the_deadline()
    desk.page.locator(".otree-btn-next").click(force=True)
    desk.says_lost()
    assert "/FirstOffer/" in desk.page.url
    assert desk.subject.heading == FIRST
    assert desk.page.locator("#amount").input_value() == "2.5"
    until(lambda: exported(server, desk.code, desk.people[0])["stage1_source"] == "absent")
    desk.offline(False)
    assert desk.leaves() < BACK_WITHIN
    desk.page.locator("h1", has_text="second offer").or_(desk.page.locator("h1", has_text="inactive")).wait_for()
    offer = desk.offer()
    assert (offer["stage1_source"], offer["stage1_q"]) == ("absent", ""), "what was not submitted does not count"
    assert desk.complaints() == []


def test_back_just_after_the_deadline_nothing_that_was_only_typed_counts(server: Serving, browser: Browser) -> None:
    desk = Desk(server, browser, stage1_deadline_seconds=STAGE_SECONDS, stage2_deadline_seconds=60, result_deadline_seconds=60)
    desk.subject.chooses("q", "2.5")
    desk.offline(True)
    click(desk.page.locator(".otree-btn-next"))
    desk.says_lost()
    desk.waits_for_the_deadline()
    desk.offline(False)
    assert desk.leaves() < BACK_WITHIN
    assert desk.offer()["stage1_source"] == "absent", "it never arrived before the deadline"
    assert all("timeout_happened" in (post.post_data or "") for post in desk.posts)
    assert desk.complaints() == []


def test_an_offer_that_is_submitted_offline_is_sent_once_when_the_network_is_back(server: Serving, browser: Browser) -> None:
    desk = Desk(server, browser)
    desk.subject.chooses("r", "1.5")
    desk.offline(True)
    for _ in range(3):
        desk.page.locator(".otree-btn-next").evaluate("(button) => { button.disabled = false; }")
        click(desk.page.locator(".otree-btn-next"))
        desk.says_lost()
    assert desk.posts == []
    desk.offline(False)
    assert desk.leaves() < BACK_WITHIN
    assert len(desk.posts) == 1
    assert desk.page.locator(".made").inner_text() == "Your first offer: 1.50 of good r"
    offer = desk.offer()
    assert (offer["stage1_source"], offer["stage1_r"]) == ("typed", "1.5")
    assert desk.complaints() == []


def test_an_offer_that_is_changed_while_the_connection_is_lost_is_not_submitted(server: Serving, browser: Browser) -> None:
    desk = Desk(server, browser)
    desk.subject.chooses("q", "2")
    desk.offline(True)
    desk.subject.goes_on()
    desk.says_lost()
    desk.page.locator("#amount").fill("3")
    desk.offline(False)
    desk.page.locator("#connection", has_text="You have changed your answer").wait_for()
    assert desk.posts == []
    desk.page.locator(".otree-btn-next").evaluate("(button) => { button.disabled = false; }")  # which oTree does after 5 s
    desk.subject.goes_on()
    desk.leaves()
    assert desk.offer()["stage1_q"] == "3.0"
    assert len(desk.posts) == 1
    assert desk.complaints() == []


def test_a_server_that_is_being_started_again_loses_no_answer_and_leaves_no_error_page(server: Serving, browser: Browser) -> None:
    desk = Desk(server, browser)
    desk.subject.chooses("q", "2.5")
    away = desk.page.context
    away.route("**/alive", lambda route: route.fulfill(status=502, body="bad gateway"))
    desk.subject.goes_on()
    desk.says_lost()
    assert desk.posts == []
    away.unroute("**/alive")
    assert desk.leaves() < BACK_WITHIN
    assert desk.offer()["stage1_q"] == "2.5"


@pytest.mark.parametrize("still_away", sized(small=[True], full=[False, True]))
def test_asleep_over_a_deadline_it_wakes_up_where_its_subject_is(server: Serving, browser: Browser, still_away: bool) -> None:
    desk = Desk(server, browser, stage1_deadline_seconds=STAGE_SECONDS, stage2_deadline_seconds=60, result_deadline_seconds=60)
    desk.subject.chooses("q", "2.5")
    protocol = desk.page.context.new_cdp_session(desk.page)
    protocol.send("Page.setWebLifecycleState", {"state": "frozen"})
    until(lambda: exported(server, desk.code, desk.people[0])["stage1_source"] == "absent")
    assert desk.clock() != "0:00", "it sleeps"
    if still_away:
        desk.page.context.route("**/*", lambda route: route.abort("internetdisconnected"))  # no browser notices when this is over
    protocol.send("Page.setWebLifecycleState", {"state": "active"})
    if still_away:
        desk.waits_for_the_deadline()
        desk.says_lost()
        desk.page.context.unroute("**/*")
    assert desk.leaves() < BACK_WITHIN
    assert desk.offer()["stage1_source"] == "absent"
    assert desk.complaints() == []


@pytest.mark.parametrize("offline", sized(small=[True], full=[False, True]))
@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_with_a_clock_that_is_set_no_countdown_is_above_the_deadline(server: Serving, browser: Browser, jump: int, offline: bool) -> None:
    desk = Desk(server, browser, stage1_deadline_seconds=STAGE_SECONDS, stage2_deadline_seconds=60, result_deadline_seconds=60)
    minutes, seconds = map(int, desk.clock().split(":"))
    at_first = 60 * minutes + seconds
    desk.page.evaluate(WATCH)
    desk.offline(offline)
    desk.page.evaluate(JUMP, jump)
    if offline:
        desk.says_lost()
        desk.waits_for_the_deadline()
        shown = desk.page.evaluate("shown")
        desk.offline(False)
        until(lambda: desk.page.locator("#connection", has_text=LOST).count() == 0)
    else:
        desk.page.wait_for_function("shown.length > 5 || shown.some(([left]) => left === 0)")
        shown = desk.page.evaluate("shown")
    assert len(shown) > 1
    assert all(left <= at_first - since + 1 for left, since in shown), shown
    assert desk.leaves() < BACK_WITHIN + STAGE_SECONDS
    assert desk.complaints() == []


def test_a_wait_page_says_that_the_connection_is_lost_and_goes_on_when_it_is_back(server: Serving, browser: Browser) -> None:
    desk = Desk(server, browser)
    others = [sits_down(server, browser, person) for person in desk.people[1:]]
    desk.subject.chooses("q", "2")
    desk.subject.goes_on()
    desk.page.locator(".otree-wait-page").wait_for()
    desk.offline(True)
    desk.says_lost()
    for subject in others:
        subject.chooses("r", "1")
        subject.goes_on()
    gone = others[-1].page
    gone.locator("h1", has_text="second offer").or_(gone.locator("h1", has_text="inactive")).wait_for()
    assert desk.page.locator(".otree-wait-page").count() == 1
    desk.offline(False)
    began = time.monotonic()
    desk.page.locator("h1", has_text="second offer").or_(desk.page.locator("h1", has_text="inactive")).wait_for()
    assert time.monotonic() - began < BACK_WITHIN
    assert desk.complaints() == []


def test_a_deadline_that_was_moved_while_the_network_was_away_is_shown_when_it_is_back(server: Serving, browser: Browser) -> None:
    desk = Desk(server, browser, stage1_deadline_seconds=600, stage2_deadline_seconds=60, result_deadline_seconds=60)
    desk.subject.chooses("q", "2.5")
    desk.page.route(
        "**/FirstOffer/*",
        lambda route: route.fulfill(
            body=re.sub(r'data-seconds="[0-9.]+"', 'data-seconds="3000.5"', route.fetch().text()), content_type="text/html"
        ),
    )
    desk.offline(True)
    desk.says_lost()
    assert int(desk.clock().split(":")[0]) <= 10
    desk.offline(False)
    desk.page.wait_for_function("document.querySelector('.otree-timer__time-left').textContent.startsWith('49:')")
    assert desk.page.locator("#connection").inner_text() == ""
    assert desk.page.locator("#amount").input_value() == "2.5"
    assert desk.posts == []
    assert desk.complaints() == []


def test_a_page_that_missed_the_end_of_a_pause_learns_of_it_when_the_network_is_back(server: Serving, browser: Browser) -> None:
    desk = Desk(server, browser)
    desk.subject.chooses("q", "2.5")
    desk.page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<p id=paused>paused</p>')")
    desk.offline(True)
    desk.says_lost()
    assert desk.page.locator("#paused").count() == 1
    desk.offline(False)
    desk.page.locator("#paused").wait_for(state="detached")
    desk.page.locator("#amount").wait_for()
    assert desk.page.locator("#amount").input_value() == "2.5"
    assert desk.posts == []
