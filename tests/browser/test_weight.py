"""Bytes that a page loads with an empty cache, beyond oTree's own files; and nothing comes from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.play import Subject
from tests.browser.walk import walk
from tests.server import Serving
from tests.sizes import size

pytestmark = [pytest.mark.browser, pytest.mark.server]

PAGE_AT_MOST = 150_000
SCRIPTS_AT_MOST = 35_000
OTREES_OWN = ("/static/otree/", "/static/bootstrap5/")


@dataclass
class Wire:
    """What a window has loaded: bytes on the wire by address, as Chromium counts them, headers included."""

    addresses: dict[str, str] = field(default_factory=dict)
    bytes_of: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, page: Page) -> Wire:
        wire = cls()
        protocol = page.context.new_cdp_session(page)
        protocol.send("Network.enable")
        protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})
        protocol.on("Network.requestWillBeSent", wire._asked)
        protocol.on("Network.webSocketCreated", wire._asked_for_socket)
        protocol.on("Network.loadingFinished", wire._loaded)
        return wire

    def forget(self) -> None:
        self.addresses.clear()
        self.bytes_of.clear()

    def hosts(self) -> set[str]:
        return {urlsplit(address).netloc for address in self.addresses.values() if not address.startswith("data:")}

    def own(self) -> dict[str, float]:
        """Bytes by path, without oTree's own files."""
        loaded = {urlsplit(self.addresses[number]).path: size for number, size in self.bytes_of.items() if number in self.addresses}
        return {path: size for path, size in loaded.items() if not path.startswith(OTREES_OWN)}

    def _asked(self, event: Any) -> None:
        if event.get("type") == "Document":
            self.forget()  # what an earlier page loaded is not part of this one
        self.addresses[event["requestId"]] = event["request"]["url"]

    def _asked_for_socket(self, event: Any) -> None:
        self.addresses[event["requestId"]] = event["url"]

    def _loaded(self, event: Any) -> None:
        self.bytes_of[event["requestId"]] = event["encodedDataLength"]


def test_every_page_is_light_and_loads_nothing_from_elsewhere(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1, seed="5")
    subjects = [Subject.sits_down(browser, server.start_link(person)) for person in people]
    wires = {id(subject): Wire.of(subject.page) for subject in subjects}
    weighed: dict[str, dict[str, float]] = {}

    def weigh(subject: Subject, name: str) -> None:
        wire = wires[id(subject)]
        if size() == "small" and name in weighed:
            return
        if not subject.page.locator(".otree-wait-page").count():
            wire.forget()
            subject.page.reload(wait_until="networkidle")
        assert wire.hosts() <= {urlsplit(server.base_url).netloc}
        weighed[name] = wire.own()

    walk(subjects, visit=weigh)
    assert set(weighed) >= {"Consent", "FirstOffer", "SecondOffer", "Result", "Payment"}
    for name, own in weighed.items():
        scripts = sum(size for path, size in own.items() if path.endswith(".js"))
        assert sum(own.values()) <= PAGE_AT_MOST, (name, own)
        assert scripts <= SCRIPTS_AT_MOST, (name, own)
        assert any(path.endswith(".css") for path in own), f"{name}: the style sheet was not weighed"
