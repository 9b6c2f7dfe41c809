"""How long Chromium takes to first paint a decision page, compared with an empty oTree page from
the same server.

The peer is a page of an app that has nothing but oTree's own frame, a sentence and the next button,
added to a temporary copy of this project. Every measurement begins with the request, so that the
server's time counts too. For both pages it is the fastest of three loads, because other programs
only ever make a load slower. Every load has its own window with an empty cache.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser

from tests.app.played import copy_project
from tests.browser.play import LAPTOP, Subject, chromium
from tests.browser.walk import PLAYS, walk
from tests.conftest import BROWSERS
from tests.server import Serving, public_folder, serving

PAIRS = 5
LOADS = 3
BAR = 1.5
DECISIONS = ("FirstOffer", "SecondOffer")
SETTINGS = """
SESSION_CONFIGS.append({"name": "empty", "app_sequence": ["empty"], "num_demo_participants": 1})
"""
APP = """
from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, Page


class C(BaseConstants):
    NAME_IN_URL = "empty"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = 1


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    pass


class Player(BasePlayer):
    pass


class Empty(Page):
    pass


page_sequence = [Empty]
"""
PAGE = (
    "{% extends 'otree/Page.html' %}{% block title %}Empty{% endblock %}{% block content %}<p>Nothing.</p>{% next_button %}{% endblock %}"
)


@dataclass(frozen=True)
class Row:
    """Milliseconds to the first paint, of a decision page and of the empty page; the median of the pairs' ratios."""

    page: str
    ours: float
    empty: float
    ratio: float


def table() -> str:
    """The table that ``make bench`` prints."""
    path = next((found for found in map(shutil.which, BROWSERS) if found), None)
    if path is None:
        return "Pages: Chromium is not installed, so first paints are not measured"
    lines = [
        "Pages: milliseconds from the request to the first paint, empty cache; peer: an empty oTree page;"
        f" median of {PAIRS} alternating pairs",
        "",
        f"{'page':18}{'ours':>8}{'empty':>8}{'ratio':>8}{'bar':>9}",
    ]
    with _serving_with_empty_page() as server, chromium(path) as browser:
        lines += [
            f"{row.page:18}{row.ours:8.0f}{row.empty:8.0f}{row.ratio:8.2f}{'<= ' + format(BAR, '.1f'):>9}" for row in rows(server, browser)
        ]
    return "\n".join(lines)


def rows(server: Serving, browser: Browser) -> Iterator[Row]:
    """One row per decision page."""
    _, people = server.create_session("empty", 1)
    empty = Subject.sits_down(browser, server.start_link(people[0])).page.url
    for name, address in _decision_pages(server, browser).items():
        _first_paint(browser, empty), _first_paint(browser, address)  # the server reads its templates once
        pairs = [_pair(browser, address, empty, turned=bool(number % 2)) for number in range(PAIRS)]
        ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        yield Row(name, ours, theirs, statistics.median(mine / peer for mine, peer in pairs))


@contextmanager
def _serving_with_empty_page() -> Iterator[Serving]:
    folder = public_folder()
    try:
        project = copy_project(folder, SETTINGS)
        (project / "empty").mkdir()
        (project / "empty" / "__init__.py").write_text(APP)
        (project / "empty" / "Empty.html").write_text(PAGE)
        with serving(project) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _decision_pages(server: Serving, browser: Browser) -> dict[str, str]:
    """Addresses of decision pages that somebody is being shown, from two sessions, so that the
    first session stays where it is.
    """
    addresses = {}
    for last in DECISIONS:
        _, people = server.create_session("small_market", 4, rounds=1)
        subjects = [Subject.sits_down(browser, server.start_link(person)) for person in people]
        walk(subjects, visit=lambda *_: None, last="FirstOffer")
        if last == "SecondOffer":
            for subject in subjects:
                PLAYS["FirstOffer"](subject)
            for subject in subjects:
                subject.page.wait_for_url("**/*SecondOffer/*")
        addresses[last] = next(subject.page.url for subject in subjects if f"/{last}/" in subject.page.url)
        for subject in subjects:
            subject.page.context.close()
    return addresses


def _pair(browser: Browser, address: str, empty: str, turned: bool) -> tuple[float, float]:
    """Ours and the peer's, measuring the peer first if ``turned``."""
    if turned:
        theirs = _fastest(browser, empty)
        return _fastest(browser, address), theirs
    return _fastest(browser, address), _fastest(browser, empty)


def _fastest(browser: Browser, address: str) -> float:
    return min(_first_paint(browser, address) for _ in range(LOADS))


def _first_paint(browser: Browser, address: str) -> float:
    context = browser.new_context(viewport=LAPTOP)
    page = context.new_page()
    page.goto(address)
    painted = "() => (performance.getEntriesByName('first-paint')[0] || {}).startTime"
    milliseconds = float(page.wait_for_function(painted).json_value())
    context.close()
    return milliseconds


if __name__ == "__main__":
    print(table())
