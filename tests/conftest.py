"""What all tests share: the real server, and the rule that a browser test is skipped only outside CI."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator

import hypothesis
import pytest

from tests.server import Serving, serving

# In CI the drawn examples are the same every time; elsewhere each run looks at new ones.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

# A shell has what it starts in the background ignore interrupts, and every program that a test starts would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def server() -> Iterator[Serving]:
    """The experiment, served for all tests that only create sessions of their own; see tests/server.py."""
    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The machine's Chromium. Without one, a test is skipped; in CI it fails."""
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        message = "no Chromium here: on Debian, apt install chromium"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return found


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and not any(map(shutil.which, BROWSERS)) and not os.environ.get("CI"):
        pytest.skip("needs a browser: on Debian, apt install chromium")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """In CI, a browser test that is skipped, for whatever reason, has failed."""
    report = yield
    if report.skipped and item.get_closest_marker("browser") and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which CI does not allow a browser test: {call.excinfo and call.excinfo.value}"
    return report
