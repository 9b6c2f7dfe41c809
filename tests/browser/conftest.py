"""One Chromium for each file of browser tests; each test leaves it without windows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.play import SECONDS_AT_MOST, chromium

expect.set_options(timeout=1000 * SECONDS_AT_MOST)


@pytest.fixture(scope="module")
def chromium_of_file(chromium_path: str) -> Iterator[Browser]:
    """For a file whose tests all use one page; other tests take `browser`."""
    with chromium(chromium_path) as running:
        yield running


@pytest.fixture
def browser(chromium_of_file: Browser) -> Iterator[Browser]:
    """A browser without windows. What a test has opened is closed after it, so that no page goes on asking the server."""
    yield chromium_of_file
    for context in chromium_of_file.contexts:
        context.close()
