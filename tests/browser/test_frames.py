"""A recruiter may show a study in a frame; nobody else's page may show the administrator's."""

from __future__ import annotations

import pytest

from tests.browser.play import chromium
from tests.server import Serving

pytestmark = [pytest.mark.server, pytest.mark.browser]

RECRUITER = "http://recruiter.example/"


def test_another_site_frames_a_subjects_page_and_not_the_administrators(server: Serving, chromium_path: str) -> None:
    _, people = server.create_session("small_market", 4)
    frames = (
        f'<iframe name="subject" src="{server.start_link(people[0])}"></iframe><iframe name="admin" src="{server.base_url}/login"></iframe>'
    )
    with chromium(chromium_path) as browser:
        page = browser.new_page()
        refusals: list[str] = []
        page.on("console", lambda message: refusals.append(message.text))
        page.route(RECRUITER, lambda route: route.fulfill(body=frames, content_type="text/html"))
        page.goto(RECRUITER)
        page.frame_locator("[name=subject]").locator("form button").first.wait_for()
        assert page.frame_locator("[name=admin]").locator("input[name=password]").count() == 0
        assert [text for text in refusals if "frame-ancestors" in text], refusals


def test_the_administrator_logs_in_and_out_under_the_policy(server: Serving, chromium_path: str) -> None:
    session, _ = server.create_session("small_market", 4)
    with chromium(chromium_path) as browser:
        page = browser.new_page()
        blocked: list[str] = []
        page.on("console", lambda message: blocked.append(message.text) if "Content Security Policy" in message.text else None)
        page.goto(f"{server.base_url}/login")
        page.fill("[name=username]", "admin")
        page.fill("[name=password]", server.admin_password)
        page.click("[type=submit]")
        page.wait_for_url("**/demo")
        for address in (f"/SessionMonitor/{session}", f"/AdminReport/{session}", f"/SessionSplitScreen/{session}", "/create_session"):
            page.goto(server.base_url + address)
            page.wait_for_load_state()
        page.goto(f"{server.base_url}/SessionEditProperties/{session}")
        page.fill("[name=comment]", "a comment")
        page.click("form [type=submit]")
        page.wait_for_function("() => !location.pathname.includes('SessionEditProperties') || document.body.innerText.includes('updated')")
        page.goto(f"{server.base_url}/SessionEditProperties/{session}")
        assert page.input_value("[name=comment]") == "a comment"
        assert blocked == []
