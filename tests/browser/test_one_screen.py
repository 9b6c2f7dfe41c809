"""A decision fits on one screen: on a laptop all that it needs is in the window before anybody scrolls; on a telephone the clock and the
button always are. What is folded, and the instructions, are a click away.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from experiment.config import read_settings
from experiment.language import ENGLISH, languages
from experiment.offers import Offer
from serve.bots import Bot
from serve.strategies import Situation
from tests.browser.axe import violations
from tests.browser.play import SECONDS_AT_MOST, SMALLEST, TELEPHONE, Subject, click
from tests.browser.walk import PLAYS, offers, page_name, passes_by, walk
from tests.server import Serving, serving
from tests.sizes import sized

pytestmark = [pytest.mark.browser, pytest.mark.server]

LABORATORY = {"width": 1280, "height": 720}
LARGE = {"width": 1920, "height": 1080}
LAPTOP_AT_200_PERCENT = {"width": 640, "height": 360}
GERMAN = "de"
ENVIRONMENTS = sorted(file.stem for file in (Path(__file__).parents[2] / "environments").glob("*.toml"))
DEADLINES = {"stage1_deadline_seconds": 600, "stage2_deadline_seconds": 600, "result_deadline_seconds": 600}
EVERY_AID = {"show_posterior": True, "beliefs": True}
FIRST_ROUND, LATER_ROUND = 1, 2
CASES = [
    *((environment, ENGLISH, FIRST_ROUND) for environment in ENVIRONMENTS),
    ("three_types", GERMAN, LATER_ROUND),
    *sized(small=(), full=tuple((environment, code, LATER_ROUND) for environment in ENVIRONMENTS for code in languages())),
]
"""Environment, language and round. In a later round there is a history, and the session has every aid."""
NEEDED = {"FirstOffer": ("#offer", ".chances", "#preview"), "SecondOffer": ("#offer", ".chances", "#announcement", "#calculator")}
ALWAYS = (".where", ".facts", ".otree-timer", ".otree-btn-next")
OFFERS = (Offer(3.0, 0.0), Offer(0.0, 4.5), Offer(0.0, 0.0), Offer(2.5, 0.0), Offer(0.0, 1.2), Offer(1.0, 0.0), Offer(0.0, 9.9))
"""Different enough for many bars."""
BOXES = """(selectors) => Object.fromEntries(selectors.map((selector) => {
    const found = Array.from(document.querySelectorAll(selector));
    if (found.length !== 1 || !found[0].checkVisibility()) return [selector, null];
    const box = found[0].getBoundingClientRect();
    return [selector, [box.left, box.top, box.right, box.bottom]];
}))"""
SCROLL_TO = "(share) => window.scrollTo({ top: share * document.documentElement.scrollHeight, behavior: 'instant' })"
UNDER_THE_BAR = """() => {
    const focused = document.activeElement, bar = document.querySelector('.actions');
    const box = focused.getBoundingClientRect(), cover = bar.getBoundingClientRect();
    const hidden = focused !== document.body && !bar.contains(focused) && box.bottom > cover.top + 1 && box.top < cover.bottom - 1;
    return hidden ? focused.outerHTML.slice(0, 100) + ` from ${box.top} to ${box.bottom}, bar from ${cover.top}` : null;
}"""


@dataclass
class Bots:
    """A market of bots that stay, in one round, at the first offer until somebody has looked at it, and at the second for good."""

    server: Serving
    people: Sequence[str]
    round: int
    at_first: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    at_second: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    looked: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def play(self, seat: int) -> None:
        Bot(self.server.base_url, self.people[seat], lambda situation: self._offer(seat, situation)).play(self.over)

    def _offer(self, seat: int, situation: Situation) -> Offer:
        if situation.known["round"] == self.round:
            arrived, until = (self.at_first, self.looked) if situation.stage == 1 else (self.at_second, self.over)
            arrived.put(self.people[seat])
            until.wait(SECONDS_AT_MOST)
        return OFFERS[(seat + situation.stage) % len(OFFERS)]


@contextmanager
def playing(server: Serving, environment: str, round_number: int, fields: Mapping[str, Any]) -> Iterator[Bots]:
    size = read_settings({"environment": environment, "participation_fee": 5, "real_world_currency_per_point": 0.1}).market_size
    _, people = server.create_session("small_market", size, environment=environment, rounds=2, **DEADLINES, **fields)
    bots = Bots(server, people, round_number)
    with ThreadPoolExecutor(size) as pool:
        played = [pool.submit(bots.play, seat) for seat in range(size)]
        try:
            yield bots
        finally:
            bots.over.set()
            bots.looked.set()
    for bot in played:
        bot.result()


@pytest.fixture(scope="module")
def servers(server: Serving) -> Iterator[dict[str, Serving]]:
    """A server for each language."""
    with serving(language=GERMAN) as german:
        yield {ENGLISH: server, GERMAN: german}


@pytest.mark.parametrize(("environment", "language", "round_number"), CASES)
def test_all_that_an_offer_needs_is_in_the_window(
    servers: dict[str, Serving], browser: Browser, environment: str, language: str, round_number: int
) -> None:
    later = round_number == LATER_ROUND
    with playing(servers[language], environment, round_number, EVERY_AID if later else {}) as bots:
        for name, arrived in (("FirstOffer", bots.at_first), ("SecondOffer", bots.at_second)):
            subject = _looks(browser, bots.server, arrived.get(timeout=SECONDS_AT_MOST), LABORATORY)
            assert page_name(subject) == name
            assert subject.page.locator("#posterior").count() == later
            assert subject.page.locator("#tools button").count() == 1 + later
            assert subject.page.locator("#payoff-table").evaluate("(examples) => examples.open") == (not later)
            for screen in (LABORATORY, LARGE):
                _fits(subject.page, screen, (*NEEDED[name], *ALWAYS))
            if name == "SecondOffer":
                _stand_side_by_side(subject.page, ("#offer", "#announcement", "#calculator"))
            _bar_stays(subject.page)
            bots.looked.set()
            assert subject.complaints == []


def test_in_practice_too_with_its_note_and_the_pages_between_offers(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("three_types", 12, practice_rounds=2, rounds=1, show_posterior=True)
    subject = _looks(browser, server, people[0], LABORATORY)
    subject.goes_on()
    seen = []
    while len(seen) < 6:
        subject.page.wait_for_load_state()
        seen.append(page_name(subject))
        needed = NEEDED.get(seen[-1], (".card.mine table", "#_otree-title"))
        _fits(subject.page, LABORATORY, (*needed, ".practice-note", ".where", ".otree-btn-next"))
        address = subject.page.url
        PLAYS.get(seen[-1], Subject.goes_on)(subject)
        subject.page.wait_for_url(lambda url, before=address: url != before)
    assert seen == ["FirstOffer", "NoSecondOffer", "Result", "FirstOffer", "SecondOffer", "Result"]
    assert subject.complaints == []


def test_aids_are_folded_on_a_telephone_and_open_on_a_laptop(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    for screen in (TELEPHONE, LABORATORY):
        subject = _at_first_offer(browser, server, people[0], screen)
        opened = subject.page.locator(".fold").evaluate_all("(aids) => aids.map((aid) => aid.open)")
        assert opened == [screen is LABORATORY] * 2
        subject.unfolds()
        assert subject.page.locator("#frequencies").is_visible()


@pytest.mark.parametrize("screen", [TELEPHONE, LABORATORY, LAPTOP_AT_200_PERCENT], ids=["telephone", "laptop", "zoomed"])
def test_what_is_wrong_is_said_at_the_field_and_the_bar_covers_nothing_that_has_the_focus(
    server: Serving, browser: Browser, screen: dict[str, int]
) -> None:
    _, people = server.create_session("small_market", 4, rounds=1, **DEADLINES)
    subject = _at_first_offer(browser, server, people[0], screen)
    offers("q", "3.14")(subject)
    page = subject.page
    page.locator("#offer #form-error").wait_for()
    page.wait_for_load_state()
    boxes = page.evaluate(BOXES, ["#form-error", ".actions"])
    assert 0 <= boxes["#form-error"][1] < boxes["#form-error"][3] <= boxes[".actions"][1] + 1
    subject.unfolds()
    for key in ("Tab", "Shift+Tab"):
        stops = set()
        while (stop := page.evaluate("document.activeElement.outerHTML")) not in stops:
            stops.add(stop)
            page.keyboard.press(key)
            assert page.evaluate(UNDER_THE_BAR) is None
        assert len(stops) > 8
    assert subject.complaints == []


@pytest.mark.parametrize("screen", [LABORATORY, SMALLEST], ids=["laptop", "telephone"])
def test_the_instructions_are_a_drawer_with_its_contents_over_the_page(server: Serving, browser: Browser, screen: dict[str, int]) -> None:
    _, people = server.create_session("small_market", 4, rounds=1, **DEADLINES)
    subject = _at_first_offer(browser, server, people[0], screen)
    page, drawer = subject.page, subject.page.locator("dialog")
    subject.chooses("q", "2.5")
    address, opens = page.url, page.locator("#tools button")
    assert page.locator("#rules-pay").is_hidden()
    click(opens)
    assert drawer.get_attribute("open") is not None
    assert drawer.evaluate("(drawer) => drawer.scrollWidth <= drawer.clientWidth && drawer.contains(document.activeElement)")
    assert violations(page) == []
    sections = page.locator(".instructions[data-section]").count()
    links = drawer.locator(".contents a")
    assert links.count() == sections >= 6
    click(links.last)
    heading = drawer.locator("[id^=rules-]").last.locator("h2").bounding_box()
    assert heading is not None
    assert 0 < heading["y"] < screen["height"]
    page.keyboard.press("Escape")
    assert drawer.get_attribute("open") is None
    assert opens.evaluate("(button) => button === document.activeElement")
    click(opens)
    click(drawer.locator(".drawer-head button"))
    assert drawer.get_attribute("open") is None
    assert (page.url, page.locator("#amount").input_value()) == (address, "2.5")
    assert subject.complaints == []


def test_without_scripts_all_of_it_is_on_the_page_with_one_button(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    page = Subject.sits_down(browser, server.start_link(people[0]), scripts=False, screen=TELEPHONE).page
    click(page.locator(".otree-btn-next"))
    page.locator("#offer").wait_for()
    assert page.locator("dialog, #tools button").count() == 0
    assert page.locator("button:visible").count() == 1
    assert page.locator("#frequencies").is_visible()
    click(page.locator("details.panel summary"))
    assert page.locator(".contents a").last.is_visible()
    assert page.locator("#rules-pay h2").is_visible()


def _looks(browser: Browser, server: Serving, person: str, screen: Mapping[str, int]) -> Subject:
    subject = Subject.sits_down(browser, server.start_link(person), screen=screen)
    subject.page.wait_for_load_state()
    return subject


def _at_first_offer(browser: Browser, server: Serving, person: str, screen: Mapping[str, int]) -> Subject:
    subject = _looks(browser, server, person, screen)
    walk([subject], last="FirstOffer", visit=passes_by)
    subject.page.wait_for_load_state()
    return subject


def _fits(page: Page, screen: Mapping[str, int], needed: Sequence[str]) -> None:
    """Each of these is there once, inside the window, and above the bar unless it stands in it."""
    page.set_viewport_size(dict(screen))
    page.evaluate(SCROLL_TO, 0)
    boxes = page.evaluate(BOXES, [*needed, ".actions"])
    foot = boxes[".actions"][1]
    outside = {}
    for selector, box in boxes.items():
        lowest = screen["height"] if selector in (".actions", ".otree-timer", ".otree-btn-next") else foot
        if box is None or min(box[:2]) < 0 or box[2] > screen["width"] or box[3] > lowest + 1:
            outside[selector] = box, lowest
    assert outside == {}, (page.url, screen)


def _stand_side_by_side(page: Page, columns: Sequence[str]) -> None:
    page.set_viewport_size(dict(LABORATORY))
    boxes = page.evaluate(BOXES, list(columns))
    for left, right in itertools.pairwise(columns):
        assert boxes[left][2] <= boxes[right][0]


def _bar_stays(page: Page) -> None:
    """On a telephone, clock and button are in the window wherever the page is scrolled to."""
    page.set_viewport_size(dict(TELEPHONE))
    places = set()
    for share in (0, 0.25, 0.5, 0.75, 1):
        page.evaluate(SCROLL_TO, share)
        places.add(page.evaluate("window.scrollY"))
        for selector, box in page.evaluate(BOXES, [".actions .otree-timer", ".actions .otree-btn-next"]).items():
            assert box is not None, selector
            assert 0 <= box[0] < box[2] <= TELEPHONE["width"], (selector, share)
            assert 0 <= box[1] < box[3] <= TELEPHONE["height"], (selector, share)
    assert len(places) > 2, "the page is long enough to be scrolled"
