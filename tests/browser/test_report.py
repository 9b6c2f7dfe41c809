"""The experimenter's report in a browser, on the real server: it refreshes itself and keeps what was open, its buttons work, and it says
when the server is gone."""

from __future__ import annotations

import re
from contextlib import nullcontext

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.play import LAPTOP, SECONDS_AT_MOST, TELEPHONE, Subject, click
from tests.server import Serving, serving
from tests.sizes import sized

pytestmark = [pytest.mark.browser, pytest.mark.server]

HIDE = "Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });"
SHOW = "delete document.hidden; document.dispatchEvent(new Event('visibilitychange'));"
OTREES_OWN = {"html-has-lang", "image-alt", "list"}
"""What axe-core objects to in the frame that oTree puts around the report."""
THREE_REFRESHES = 16_000
"""Milliseconds of the page's own time."""


def report(browser: Browser, server: Serving, code: str) -> Page:
    """The report as the administrator sees it, logged in as anybody would."""
    page = browser.new_context(viewport=LAPTOP).new_page()
    page.set_default_timeout(1000 * SECONDS_AT_MOST)
    page.goto(f"{server.base_url}/login")
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill(server.admin_password)
    click(page.locator("button[type=submit], input[type=submit]").first)
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto(f"{server.base_url}/AdminReport/{code}")
    return page


def reaches_first_offer(browser: Browser, link: str) -> Subject:
    subject = Subject.sits_down(browser, link)
    subject.goes_on()
    subject.arrives_at("Your type and your first offer")
    return subject


def test_the_report_refreshes_itself_and_keeps_what_was_open_focused_and_scrolled(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1, stage1_deadline_seconds=300)
    page = report(browser, server, code)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1000, "height": 300})
    click(page.locator("#report-payments summary"))
    page.locator("#report-pause").focus()
    page.evaluate("window.scrollTo(0, 180)")
    place = page.evaluate("window.scrollY")
    assert place > 0
    reaches_first_offer(browser, server.start_link(people[0]))
    expect(page.locator("#market-report")).to_contain_text("Round 1, market 1: first offers")
    expect(page.locator("[data-show=changes]")).to_contain_text("Round 1, market 1: first offers.")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", page.locator("[data-show=updated]").inner_text())
    assert page.locator("#report-payments").get_attribute("open") is not None
    assert page.evaluate("document.activeElement.id") == "report-pause"
    assert page.evaluate("window.scrollY") == place
    assert complaints == []


def test_the_report_asks_nothing_while_it_is_not_in_front(server: Serving, browser: Browser) -> None:
    code, _ = server.create_session("small_market", 4, rounds=1)
    page = report(browser, server, code)
    page.clock.install()
    page.reload()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(HIDE)
    page.clock.run_for(THREE_REFRESHES)
    with page.expect_request("**/robots.txt"):
        page.evaluate("() => { fetch('/robots.txt'); }")
    assert [url for url in asked if "robots.txt" not in url] == []
    with page.expect_request(f"**/AdminReport/{code}"):
        page.evaluate(SHOW)


def test_pausing_stops_the_subjects_time_and_extending_gives_them_more(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1, stage1_deadline_seconds=300)
    subject = reaches_first_offer(browser, server.start_link(people[0]))
    subject.chooses("q", "2")
    page = report(browser, server, code)
    click(page.get_by_role("button", name="120 s"))
    expect(page.locator("#market-report")).to_contain_text("120 seconds more")
    expect(page.locator("[data-show=changes]")).to_contain_text("120 seconds more")
    expect(subject.page.locator(".otree-timer__time-left")).to_contain_text("6:")
    assert page.url.endswith(f"/AdminReport/{code}")
    click(page.get_by_role("button", name="Pause the session"))
    expect(subject.page.locator("main")).to_contain_text("The experimenter has paused the experiment.")
    expect(subject.page.locator(".otree-timer")).to_have_count(0)
    expect(subject.page.locator("#amount")).to_have_value("2")
    click(page.get_by_role("button", name="Resume the session"))
    expect(subject.page.locator("main")).not_to_contain_text("The experimenter has paused the experiment.")
    expect(subject.page.locator(".otree-timer")).to_have_count(1)
    expect(subject.page.locator("#amount")).to_have_value("2")


def test_the_buttons_work_without_javascript(server: Serving, browser: Browser) -> None:
    code, _ = server.create_session("small_market", 4, rounds=1)
    kept = report(browser, server, code).context.storage_state()
    page = browser.new_context(viewport=TELEPHONE, java_script_enabled=False, storage_state=kept).new_page()
    page.goto(f"{server.base_url}/AdminReport/{code}")
    click(page.get_by_role("button", name="Pause the session"))
    expect(page.get_by_role("button", name="Resume the session")).to_be_visible()
    expect(page.locator(".alert-success")).to_contain_text("The session was paused.")


def test_nothing_but_wide_tables_is_wider_than_a_telephone(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1, stage1_deadline_seconds=300)
    reaches_first_offer(browser, server.start_link(people[0]))
    page = report(browser, server, code)
    page.set_viewport_size(TELEPHONE)
    page.evaluate("document.querySelectorAll('#market-report details').forEach((panel) => { panel.open = true; })")
    edges = page.evaluate(
        "[...document.querySelectorAll('#market-report *')].filter((one) => !one.closest('.report-wide'))"
        ".map((one) => one.getBoundingClientRect().right)"
    )
    assert max(edges) <= TELEPHONE["width"]


def test_axe_finds_nothing_that_is_not_in_every_page_of_the_administrator(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1, stage1_deadline_seconds=300)
    reaches_first_offer(browser, server.start_link(people[0]))
    page = report(browser, server, code)
    page.evaluate("document.querySelectorAll('#market-report details').forEach((panel) => { panel.open = true; })")
    assert {found.split(": ")[1].split(" at ")[0] for found in violations(page)} <= OTREES_OWN


def test_a_server_that_is_gone_is_said_to_be_gone(server: Serving, browser: Browser) -> None:
    """In a full run a server of the test's own is stopped; in a small one the browser is cut off."""
    with sized(small=nullcontext(server), full=serving()) as own:
        code, _ = own.create_session("small_market", 4, rounds=1)
        page = report(browser, own, code)
        expect(page.locator("[data-show=trouble]")).to_be_hidden()
        sized(small=lambda: page.context.set_offline(True), full=own.stop)()
        expect(page.locator("[data-show=trouble]")).to_contain_text("The server does not answer.")
        before = page.locator("[data-show=updated]").inner_text()
        assert page.locator("#market-report").is_visible()
        sized(small=lambda: page.context.set_offline(False), full=own.restart)()
        expect(page.locator("[data-show=trouble]")).to_be_hidden()
        expect(page.locator("[data-show=updated]")).not_to_have_text(before)
