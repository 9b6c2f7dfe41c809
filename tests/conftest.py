"""What all tests share: their size, the real server, and the rule that a browser test is skipped only outside CI."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from tests.prepared import run_folder
from tests.server import Serving, serving
from tests.sizes import LONGEST, SIZES, VARIABLE, size

# A small run, and every run in CI, draws the same examples each time; a full run elsewhere looks at new ones.
hypothesis.settings.register_profile("small", derandomize=True, max_examples=20, deadline=None)
hypothesis.settings.register_profile("full", derandomize=bool(os.environ.get("CI")), deadline=None)

# A shell has what it starts in the background ignore interrupts, and every program that a test starts would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--size", choices=SIZES, default=None, help="how much the tests do: small (the default) or full; see tests/sizes.py")


def pytest_configure(config: pytest.Config) -> None:
    """The workers of pytest-xdist and the programs that tests start read size and shared folder from the environment."""
    if config.getoption("--size") is not None:
        os.environ[VARIABLE] = config.getoption("--size")
    hypothesis.settings.load_profile(size())
    until_the_end = ExitStack()
    until_the_end.enter_context(run_folder())
    config.add_cleanup(until_the_end.close)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest files first, and leave the cases of a full run out of a small one."""
    rank = {TESTS / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))
    if size() == "full":
        return
    left_out = [item for item in items if item.get_closest_marker("full")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("full")]


def pytest_collection_finish() -> None:
    """Exempt what is imported by now from garbage collection: statsmodels asks for a full one in every correction of p-values."""
    gc.freeze()


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
