"""Bots that play a whole session over HTTP on the real server, one thread each, as subjects in browsers would."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from tqdm import tqdm

from experiment.beliefs import Belief
from experiment.offers import GOOD_Q, GOOD_R, NOTHING, Offer
from experiment.typed_numbers import unmistakable
from serve.answers import Answers, no_answers
from serve.problem import ServeProblem
from serve.strategies import Situation, Strategy

POLL_SECONDS = 0.5
STUCK_SECONDS = 120.0
REQUEST_SECONDS = 60.0
OFFER_PAGES = {"FirstOffer": 1, "SecondOffer": 2}
BELIEF_PAGE = "Beliefs"
LAST_PAGE = "Payment"
ROUND_ENDS = "Result"
_SCRIPT = re.compile(r"<script>var js_vars = (\{.*?\});</script>", re.DOTALL)
_PLACE = re.compile(r"/p/(?P<participant>\w+)/(?P<app>\w+)/(?P<page>\w+)/(?P<index>\d+)$")


@dataclass(frozen=True)
class Visit:
    """One page of one bot: when it was shown and when it was answered, in seconds of time.monotonic; and the offer made."""

    participant: str
    app: str
    page: str
    shown: float
    answered: float
    known: Mapping[str, Any]
    offer: Offer | None


@dataclass(frozen=True)
class _Page:
    """A page that the server returned: its address and its text."""

    url: str
    app: str
    name: str
    waits: bool
    refused: bool
    text: str

    @property
    def known(self) -> Mapping[str, Any]:
        found = _SCRIPT.search(self.text)
        return {} if found is None else dict(json.loads(found.group(1)))


class Bot:
    """Plays for one subject. ``play`` goes from the start link to the payment page and returns all visits."""

    def __init__(
        self, url: str, participant: str, strategy: Strategy, stuck_seconds: float = STUCK_SECONDS, answers: Answers = no_answers
    ) -> None:
        self.participant = participant
        self._answers = answers
        self.visits: list[Visit] = []
        self._url, self._strategy, self._stuck_seconds = url, strategy, stuck_seconds
        self._http = requests.Session()
        self._http.trust_env = False

    def play(self, called_off: threading.Event, round_done: Callable[[], object] = lambda: None) -> list[Visit]:
        """Play to the end. Raises ServeProblem when stuck; stops early once ``called_off`` is set."""
        page = self._ask("GET", f"{self._url}/InitializeParticipant/{self.participant}")
        while page.name != LAST_PAGE and not called_off.is_set():
            shown = time.monotonic()
            if page.waits:
                page = self._wait(page, shown, called_off)
                continue
            data, known, offer = self._answer(page)
            answered = time.monotonic()
            following = self._ask("POST", page.url, data)
            if following.refused:
                raise ServeProblem(f"Bot {self.participant}'s answer {data} on {page.name} was refused.")
            self.visits.append(Visit(self.participant, page.app, page.name, shown, answered, known, offer))
            if page.name == ROUND_ENDS:
                round_done()
            page = following
        self.visits.append(Visit(self.participant, page.app, page.name, time.monotonic(), float("nan"), {}, None))
        return self.visits

    def _answer(self, page: _Page) -> tuple[dict[str, str], Mapping[str, Any], Offer | None]:
        known = page.known
        if page.name == BELIEF_PAGE:
            return {"belief": Belief.even(len(known["states"])).answer}, known, None
        stage = OFFER_PAGES.get(page.name)
        if stage is None:
            return dict(self._answers(page.name)), known, None
        offer = self._strategy(Situation(stage, known))
        return offer_fields(stage, offer), known, offer

    def _wait(self, page: _Page, since: float, called_off: threading.Event) -> _Page:
        """Ask again until the wait is over: a browser is notified by the server, a bot has to poll."""
        here = page.url
        while page.waits and page.url == here:
            if time.monotonic() - since > self._stuck_seconds:
                raise ServeProblem(f"Bot {self.participant} has waited for more than {self._stuck_seconds:.0f} s on {urlsplit(here).path}.")
            if called_off.wait(POLL_SECONDS):
                return page
            page = self._ask("GET", here)
        return page

    def _ask(self, method: str, url: str, data: Mapping[str, str] | None = None) -> _Page:
        try:
            answer = self._http.request(method, url, data=data, timeout=REQUEST_SECONDS)
        except requests.RequestException as error:
            raise ServeProblem(f"Bot {self.participant} got no answer from {url}: {type(error).__name__}.") from error
        place = _PLACE.search(urlsplit(answer.url).path)
        if answer.status_code != 200 or place is None:
            raise ServeProblem(f"Bot {self.participant} asked for {url} and got {answer.status_code} from {answer.url}.")
        headers = answer.headers
        waits, refused = "oTree-Wait-Page" in headers, "oTree-Redisplay-With-Errors" in headers
        return _Page(answer.url, place["app"], place["page"], waits, refused, answer.text)


def offer_fields(stage: int, offer: Offer) -> dict[str, str]:
    """An offer as its page's form posts it."""
    good, amount = (GOOD_Q, offer.q) if offer.q > 0 else (GOOD_R, offer.r) if offer.r > 0 else (NOTHING, 0.0)
    return {f"stage{stage}_good": good, f"stage{stage}_amount": unmistakable(amount) if good != NOTHING else ""}


def play_session(
    url: str,
    participants: Sequence[str],
    strategies: Sequence[Strategy],
    rounds: int,
    stuck_seconds: float = STUCK_SECONDS,
    show_progress: bool = True,
    called_off: threading.Event | None = None,
    answers: Sequence[Answers] | None = None,
) -> list[list[Visit]]:
    """Let one bot per participant play the session to its end, and return each bot's visits.

    ``answers`` are each bot's answers to the quiz; None if the session has no quiz.

    The first bot that fails stops the others, and its problem is raised. Setting ``called_off`` stops all of them.
    """
    off = called_off or threading.Event()
    bots = [
        Bot(url, participant, strategy, stuck_seconds, knows)
        for participant, strategy, knows in zip(participants, strategies, answers or [no_answers] * len(participants), strict=True)
    ]
    with (
        tqdm(total=rounds * len(bots), unit="round", desc=f"{len(bots)} bots", disable=not show_progress) as progress,
        ThreadPoolExecutor(len(bots)) as pool,
    ):
        futures = [pool.submit(bot.play, off, progress.update) for bot in bots]
        _, playing = wait(futures, return_when=FIRST_EXCEPTION)
        if playing:
            off.set()
    if off.is_set():
        raise next((error for future in futures if (error := future.exception())), ServeProblem("The bots were stopped."))
    return [future.result() for future in futures]


def seconds_to_leave(visits: Sequence[Sequence[Visit]], market_app: str) -> float:
    """From the last submission of an offer in the session to the moment the last bot was shown a page after the market."""
    last_offer = max(visit.answered for bot in visits for visit in bot if visit.offer is not None)
    left = [next(visit.shown for visit in bot[_last_in(bot, market_app) + 1 :]) for bot in visits]
    return max(left) - last_offer


def _last_in(bot: Sequence[Visit], app: str) -> int:
    return max(place for place, visit in enumerate(bot) if visit.app == app)
