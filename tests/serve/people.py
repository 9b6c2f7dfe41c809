"""People for the tests of the real server: they think, close tabs, come back, lose answers, and retry while it is down."""

from __future__ import annotations

import json
import math
import random
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import requests

from experiment.beliefs import Belief
from experiment.offers import GOOD_Q, GOOD_R, NOTHING, plain
from serve.answers import Answers, no_answers
from serve.bots import BELIEF_PAGE, LAST_PAGE, OFFER_PAGES

MARKET = "market"
ROUND_PAGES = ("Lobby", "StartGate", "Market", "FirstOffer", "DrawGate", "NoSecondOffer", "Beliefs", "SecondOffer", "MarketGate", "Result")
ASK_AGAIN_SECONDS = 1.0
GATE_SECONDS = 2.0
"""How often a wait page is asked whether it is over; a browser is notified, and asks less often."""
REQUEST_SECONDS = 60.0
STUCK_SECONDS = 400.0
_SCRIPT = re.compile(r"<script>var js_vars = (\{.*?\});</script>", re.DOTALL)
_TIME_LEFT = re.compile(r'id="time-left" data-seconds="([0-9.]+)"')
_PLACE = re.compile(r"/p/\w+/(?P<app>\w+)/(?P<page>\w+)/\d+$")


@dataclass(frozen=True)
class Leave:
    """Where a subject closes the tab: a page by name, of a round counted with the practice rounds, 0 outside the market.

    Where the round does not show them that page, since they are inactive or need not wait, it is the next one that they see.
    ``posts``: they answer it, and are gone before they see where that leads. They open the start link again ``after`` so many seconds,
    or as soon as somebody is shown the first offer of round ``until``; with neither, they never come back.
    """

    page: str
    round: int = 0
    posts: bool = False
    after: float | None = None
    until: int | None = None

    @property
    def for_good(self) -> bool:
        return self.after is None and self.until is None

    def is_at(self, page: _Page) -> bool:
        if not self.round:
            return page.name == self.page
        return page.app == MARKET and (page.round, ROUND_PAGES.index(page.name)) >= (self.round, ROUND_PAGES.index(self.page))


@dataclass(frozen=True)
class Answered:
    """An answer whose receipt the server acknowledged, ``seconds_left`` before the deadline that its page gave, if it gave one."""

    round: int
    page: str
    fields: Mapping[str, str]
    seconds_left: float = math.inf

    @property
    def in_time(self) -> bool:
        return self.seconds_left > 0


@dataclass(frozen=True)
class Wait:
    """A wait on a wait page, in seconds of time.monotonic; ``deadline`` is the stage's deadline by the page before, or None."""

    round: int
    gate: str
    began: float
    ended: float
    deadline: float | None


class Company:
    """What the participants share: how far anybody has come, the number of answers, and whether the session is called off."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._furthest = self._answers = 0
        self.off = threading.Event()

    def begins(self, round_number: int) -> None:
        """Somebody is shown the first offer of a round."""
        with self._changed:
            self._furthest = max(self._furthest, round_number)
            self._changed.notify_all()

    def has_answered(self) -> None:
        """One more answer was acknowledged."""
        with self._changed:
            self._answers += 1
            self._changed.notify_all()

    def wait_for_round(self, round_number: int) -> None:
        self._wait(lambda: self._furthest >= round_number)

    def wait_for_answers(self, count: int) -> None:
        self._wait(lambda: self._answers >= count)

    def call_off(self) -> None:
        self.off.set()
        with self._changed:
            self._changed.notify_all()

    def _wait(self, holds: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.off.is_set() or holds(), STUCK_SECONDS), "nobody went on"


@dataclass(frozen=True)
class _Page:
    url: str
    app: str
    name: str
    waits: bool
    round: int
    deadline: float | None


@dataclass
class Person:
    """A subject by seat (1, 2, ...); ``seed`` decides what they offer and how long they think, so that they can repeat it exactly."""

    start_link: str
    code: str
    seat: int
    company: Company
    seed: int = 1
    leaves: tuple[Leave, ...] = ()
    answers: Answers = no_answers
    longest_thought: float = 1.0
    bears_failures: bool = False
    """Whether they try again for as long as there is no server; otherwise a missing answer fails the test."""

    acknowledged: list[Answered] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    failures: int = 0
    """How often a request got no answer, or one that says that the server failed."""
    left: list[str] = field(default_factory=list)
    """The pages on which the tab was closed."""
    last: str = ""
    """The page on which they ended, or the tab was closed."""

    def __post_init__(self) -> None:
        self._http = requests.Session()
        self._http.trust_env = False
        self._round = 0
        self._deadline: float | None = None

    @property
    def is_done(self) -> bool:
        return self.last == LAST_PAGE

    def live(self) -> None:
        """Take part, to the payment page or until the tab is closed for good."""
        page, coming = self._open(self.start_link), list(self.leaves)
        while not self.company.off.is_set():
            self.last = page.name
            leave = next((leave for leave in coming if leave.is_at(page)), None)
            if leave is not None:
                coming.remove(leave)
                self.left.append(page.name)
                if leave.posts:
                    self._answer(page)
                if leave.for_good:
                    return
                self._stay_away(leave)
                page = self._open(self.start_link)
            elif page.name == LAST_PAGE:
                return
            elif page.waits:
                page = self._wait(page)
            else:
                page = self._open(self._answer(page))

    def _stay_away(self, leave: Leave) -> None:
        self._http.close()
        if leave.until is not None:
            self.company.wait_for_round(leave.until)
        self.company.off.wait(leave.after or 0.0)

    def _answer(self, page: _Page) -> str:
        """Answer the page after some thought; where the server sends its reader next."""
        self.company.off.wait(self._random(page, "thought").uniform(0.1, self.longest_thought))
        fields = self._fields(page)
        answer = self._ask("POST", page.url, fields)
        assert 300 <= answer.status_code < 400, f"{self.code}'s answer {fields} on {page.url} got {answer.status_code}"
        left = math.inf if page.deadline is None else page.deadline - time.monotonic()
        self.acknowledged.append(Answered(page.round, page.name, fields, left))
        self.company.has_answered()
        return urljoin(page.url, answer.headers["location"])

    def _fields(self, page: _Page) -> dict[str, str]:
        if page.name == BELIEF_PAGE:
            return {"belief": Belief.even(2).answer}
        stage = OFFER_PAGES.get(page.name)
        if stage is None:
            return dict(self.answers(page.name))
        draw = self._random(page, "offer")
        good = draw.choice([GOOD_Q, GOOD_R, GOOD_Q, GOOD_R, NOTHING])
        return {f"stage{stage}_good": good, f"stage{stage}_amount": "" if good == NOTHING else plain(draw.randint(1, 100) / 10)}

    def _wait(self, page: _Page) -> _Page:
        """Ask until the wait is over, as the wait page does."""
        began, gate = time.monotonic(), page
        while page.waits and page.url == gate.url:
            assert time.monotonic() - began < STUCK_SECONDS, f"{self.code} waits on {gate.url} since {STUCK_SECONDS:.0f} s"
            if self.company.off.wait(GATE_SECONDS):
                return page
            page = self._open(gate.url)
        self.waits.append(Wait(gate.round, gate.name, began, time.monotonic(), gate.deadline))
        return page

    def _open(self, url: str) -> _Page:
        answer = self._ask("GET", url)
        place = _PLACE.search(urlsplit(answer.url).path)
        assert place is not None, f"{self.code} asked for {url} and got to {answer.url}"
        script, left = _SCRIPT.search(answer.text), _TIME_LEFT.search(answer.text)
        waits = "oTree-Wait-Page" in answer.headers
        if not waits:
            self._deadline = None if left is None else time.monotonic() + float(left.group(1))
        if script is not None:
            self._round = int(json.loads(script.group(1)).get("round", self._round))
        if place["page"] == "FirstOffer":
            self.company.begins(self._round)
        return _Page(answer.url, place["app"], place["page"], waits, self._round, self._deadline)

    def _ask(self, method: str, url: str, data: Mapping[str, str] | None = None) -> requests.Response:
        """One request, again and again while the server is down; redirects are followed where nothing is posted."""
        while True:
            try:
                answer = self._http.request(method, url, data=data, timeout=REQUEST_SECONDS, allow_redirects=method == "GET")
                if answer.status_code < 500:
                    assert answer.status_code < 400, f"{self.code} asked for {method} {url} and got {answer.status_code}"
                    return answer
                problem = f"{answer.status_code}"
            except requests.RequestException as error:
                problem = type(error).__name__
            self.failures += 1
            assert self.bears_failures, f"{self.code} asked for {method} {url} and got {problem}"
            assert not self.company.off.wait(ASK_AGAIN_SECONDS), "called off"

    def _random(self, page: _Page, what: str) -> random.Random:
        return random.Random(f"{self.seed}/{self.seat}/{page.round}/{page.name}/{what}")


def together(people: Sequence[Person], meanwhile: Callable[[], object] = lambda: None) -> None:
    """Run all at once, while something else happens; the first problem stops them and is raised."""
    company = people[0].company
    with ThreadPoolExecutor(len(people) + 1) as pool:
        futures = [pool.submit(person.live) for person in people] + [pool.submit(meanwhile)]
        wait(futures, return_when=FIRST_EXCEPTION)
        if any(future.done() and future.exception() for future in futures):
            company.call_off()
    for future in futures:
        future.result()


def offers(people: Iterable[Person], only_in_time: bool = False) -> dict[tuple[str, int, int], tuple[float, float]]:
    """The acknowledged offers (q, r), by participant, round and stage."""
    found = {}
    for person in people:
        for answer in person.acknowledged:
            stage = OFFER_PAGES.get(answer.page)
            if stage is not None and (answer.in_time or not only_in_time):
                good, amount = answer.fields[f"stage{stage}_good"], answer.fields[f"stage{stage}_amount"]
                offered = float(amount or 0)
                found[person.code, answer.round, stage] = (offered if good == GOOD_Q else 0.0, offered if good == GOOD_R else 0.0)
    return found


def typed(rows: Iterable[dict[str, str]]) -> dict[tuple[str, int, int], tuple[float, float]]:
    """The typed offers (q, r) of an export, by participant, round and stage."""
    return {
        (row["participant_code"], int(row["round_number"]), stage): (float(row[f"stage{stage}_q"]), float(row[f"stage{stage}_r"]))
        for row in rows
        for stage in (1, 2)
        if row[f"stage{stage}_source"] == "typed"
    }
