"""A recruiter may show a study in a frame; nobody else's page may show the administrator's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

from tests.browser.play import click
from tests.server import Serving

pytestmark = [pytest.mark.server, pytest.mark.browser]


@contextmanager
def another_site(html: str) -> Iterator[str]:
    """The address of a page of another origin: another name of this machine, another port."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *about: object) -> None:
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=site.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{site.server_address[1]}/"
    finally:
        site.shutdown()
        thread.join()
        site.server_close()


def test_another_site_frames_a_subjects_page_and_not_the_administrators(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4)
    shown = {"subject": server.start_link(people[0]), "admin": f"{server.base_url}/login"}
    frames = "".join(f'<iframe name="{name}" src="{address}"></iframe>' for name, address in shown.items())
    with another_site(frames) as address:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(address)
        page.frame_locator("[name=subject]").locator("#form button:visible").first.wait_for()
        assert page.frame_locator("[name=admin]").locator("input").count() == 0
        assert [text for text in said if "frame-ancestors" in text], said


def test_the_administrators_pages_work_under_the_policy(server: Serving, browser: Browser) -> None:
    """The login redirects after a form; the split screen has frames of its own; a form is sent."""
    session, _ = server.create_session("small_market", 4)
    page = browser.new_page()
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text) if "Security Policy" in message.text else None)
    page.goto(f"{server.base_url}/login")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", server.admin_password)
    click(page.locator("[type=submit]"))
    page.wait_for_url("**/demo")
    for address in (f"/SessionMonitor/{session}", f"/AdminReport/{session}", f"/SessionSplitScreen/{session}", "/create_session"):
        page.goto(server.base_url + address)
    page.goto(f"{server.base_url}/SessionEditProperties/{session}")
    page.fill("[name=comment]", "a comment")
    with page.expect_navigation():
        click(page.locator("form button").first)
    page.goto(f"{server.base_url}/SessionEditProperties/{session}")
    assert page.input_value("[name=comment]") == "a comment"
    assert blocked == []
