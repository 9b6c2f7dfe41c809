"""A click comes through although Chromium draws no frames, and only then by the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, TimeoutError

from tests.browser.play import chromium, click

pytestmark = pytest.mark.browser

BUTTON = """<button onclick="document.title = event.detail ? 'clicked' : 'pressed'" {state}>Go on</button>{over}"""
CHOICE = """<label><input type="radio" name="good" value="q">Good q</label>"""
CURTAIN = """<div style="position: fixed; inset: 0"></div>"""
SECONDS = 3


def test_a_click_needs_no_frame(chromium_path: str) -> None:
    with chromium(chromium_path) as browser:
        page = browser.new_context().new_page()
        _shows(page, BUTTON.format(state="", over=""))
        click(page.locator("button"), seconds=SECONDS)
        assert page.title() == "clicked"
        for state, over in (("disabled", ""), ("hidden", ""), ("", CURTAIN)):
            _shows(page, BUTTON.format(state=state, over=over))
            with pytest.raises(TimeoutError):
                click(page.locator("button"), seconds=SECONDS)
            assert page.title() == ""

        _shows(page, BUTTON.format(state="", over=""))
        _stops_drawing(page)
        click(page.locator("button"), seconds=SECONDS / 2)
        assert page.title() == "pressed"
        _shows(page, CHOICE)
        _stops_drawing(page)
        click(page.get_by_label("Good q"), "Space", seconds=SECONDS / 2)
        assert page.get_by_label("Good q").is_checked()


def _shows(page: Page, body: str) -> None:
    page.goto(f"data:text/html,<title></title>{body}")


def _stops_drawing(page: Page) -> None:
    """No frame is drawn before a transition knows what comes after it; Chromium ends it by force after four seconds."""
    page.evaluate("new Promise((begun) => { document.startViewTransition(() => { begun(); return new Promise(() => {}); }); })")
