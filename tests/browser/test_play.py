"""A click comes through although Chromium draws no frames, and only then by the keyboard."""

from __future__ import annotations

import psutil
import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as Late

from tests.browser.play import PLAYWRIGHT_SWITCHES_OFF, SWITCHED_OFF, click, click_twice, tick

pytestmark = pytest.mark.browser

BUTTON = """<button onclick="document.title = event.detail ? 'clicked' : 'pressed'" {state}>Go on</button>{over}"""
COUNTER = """<button onclick="n = (window.n || 0) + 1; document.title = n + (event.detail ? ' clicked' : ' pressed')">Go on</button>"""
CHOICE = """<label><input type="radio" name="good" value="q">Good q</label>"""
CURTAIN = """<div style="position: fixed; inset: 0"></div>"""
MOVES = """<style>button { animation: move 1s linear infinite } @keyframes move { to { margin-left: 20em } }</style>"""
LATE = """<script>setTimeout(() => { document.querySelector('button').disabled = false; }, 2000)</script>"""


def test_a_click_needs_no_frame(browser: Browser) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(10_000)
    _shows(page, BUTTON.format(state="", over=""))
    click(page.locator("button"))
    assert page.title() == "clicked"
    _shows(page, BUTTON.format(state="disabled", over=LATE))
    click(page.locator("button"), seconds_for_frames=1)
    assert page.title() == "clicked"

    page.set_default_timeout(4_000)
    for state, over in (("disabled", ""), ("hidden", ""), ("", CURTAIN), ("", MOVES)):
        _shows(page, BUTTON.format(state=state, over=over))
        with pytest.raises(Late):
            click(page.locator("button"), seconds_for_frames=4)
        assert page.title() == "", (state, over)

    _shows(page, BUTTON.format(state="", over=""))
    _stops_drawing(page)
    with pytest.warns(UserWarning, match="drew no frame"):
        click(page.locator("button"), seconds_for_frames=1)
    assert page.title() == "pressed"
    _shows(page, CHOICE)
    _stops_drawing(page)
    with pytest.warns(UserWarning, match="drew no frame"):
        tick(page.get_by_label("Good q"), seconds_for_frames=1)
    for state in ("disabled", "hidden"):
        _shows(page, BUTTON.format(state=state, over=""))
        _stops_drawing(page)
        with pytest.raises(Late):
            click(page.locator("button"), seconds_for_frames=1)
        assert page.title() == "", state


def test_what_playwright_switches_off_stays_off(browser: Browser) -> None:
    """Chromium's command line has its list of features and ours, of which only ours, the later, counts."""
    assert browser.is_connected()
    lists = [argument for process in psutil.Process().children(recursive=True) for argument in _arguments(process)]
    features = [set(argument.partition("=")[2].split(",")) for argument in lists if argument.startswith("--disable-features=")]
    assert set(PLAYWRIGHT_SWITCHES_OFF) in features
    assert set(SWITCHED_OFF) in features
    assert all(found <= set(SWITCHED_OFF) for found in features)


def test_a_double_click_needs_no_frame_either(browser: Browser) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(10_000)
    _shows(page, COUNTER)
    click_twice(page.locator("button"))
    assert page.title() == "2 clicked"
    _shows(page, COUNTER)
    _stops_drawing(page)
    with pytest.warns(UserWarning, match="drew no frame"):
        click_twice(page.locator("button"), seconds_for_frames=1)
    assert page.title() == "2 pressed"


def _arguments(process: psutil.Process) -> list[str]:
    """The words of a process's command line, none where it has ended."""
    try:
        return [word for argument in process.cmdline() for word in argument.split()] if "--type=" not in " ".join(process.cmdline()) else []
    except psutil.Error:
        return []


def _shows(page: Page, body: str) -> None:
    page.goto(f"data:text/html,<title></title>{body}")


def _stops_drawing(page: Page) -> None:
    """No frame is drawn before a transition knows what comes after it; Chromium ends it by force after four seconds."""
    page.evaluate("new Promise((begun) => { document.startViewTransition(() => { begun(); return new Promise(() => {}); }); })")
