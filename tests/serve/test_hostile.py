"""Ten thousand hostile requests, and the server has not noticed: no error, nothing stored that is not allowed, and the game goes on."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from experiment.config import read_settings
from serve.answers import no_answers, right_answers
from tests.serve.hostile import ATTRIBUTE, EVALUATED, MARK, Enemy
from tests.serve.sockets import attack
from tests.serve.victims import Victim
from tests.serve.wire import LOST, Answer, Line, Request
from tests.server import Serving, serving

pytestmark = [pytest.mark.server, pytest.mark.slow]

SEED = 2012
REQUESTS = 10_000
THREADS = 4
MESSAGES = 900
SPOILT_ANSWERS = 14
LABELS = ("5f3a_b-1", "second", "third", "fourth")
PARAMETERS = (
    "participant_label",
    "hash",
    "welcome_page_ok",
    "check",
    "away",
    "leave",
    "assignmentId",
    "workerId",
    "next",
    "session_code",
    "app",
)
ADDRESSES = (
    "/InitializeParticipant/*",
    "/InitializeParticipant/PERSON",
    "/join/*",
    "/join/JOIN",
    "/room/*",
    "/room/online",
    "/room/online",
    "/room/lab",
    "/p/*/market/FirstOffer/1",
    "/p/PERSON/market/FirstOffer/*",
    "/p/PERSON/market/SecondOffer/9",
    "/p/PERSON/payment/Payment/99",
    "/p/PERSON/*/*/*",
    "/p/PERSON/welcome/Consent/1",
    "/instructions/*",
    "/instructions/SESSION",
    "/OutOfRangeNotification/*",
    "/OutOfRangeNotification/PERSON",
    "/MTurkStart/*",
    "/MTurkStart/SESSION",
    "/MTurkLandingPage/SESSION",
    "/GBATInactive",
    "/browser_bot_start",
    "/login",
    "/logout",
    "/SaveDB",
    "/static/*",
    "/static/../settings.py",
    "/*",
    "/",
    "/favicon.ico",
    "/demo",
    "/demo/*",
    "/sessions",
    "/SessionMonitor/SESSION",
    "/SessionData/SESSION",
    "/session_data/SESSION",
    "/AdvanceSession/SESSION",
    "/ExportWide",
    "/ExportPageTimes",
    "/room_with_session/online",
    "/CloseRoom/online",
    "/create_session",
    "/server_check",
    "/api/sessions",
    "/api/get_session/SESSION",
    "/api/participant_vars/PERSON",
    "/api/export_app_custom",
    "/api/export_wide",
    "/api/*",
    "/wait_page",
    "/export",
)


@dataclass
class Tally:
    """Every answer there was, and every one that ought not to have been."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def judge(self, request: Request, answer: Answer) -> None:
        with self._lock:
            self.statuses[answer.status] += 1
            if answer.status >= 500:
                self.wrong.append(f"{answer.status}: {request.written()[:600]!r}")
            self.wrong += [f"{what} in the answer to {request.written()[:600]!r}" for what in shows(answer.text)]

    @property
    def requests(self) -> int:
        return sum(self.statuses.values())


@dataclass
class Battle:
    """The server after the attack, and what was seen on the way."""

    server: Serving
    sessions: list[str]
    spare: str
    tally: Tally
    pages: set[str]
    heard: list[tuple[str, str]]


def shows(text: str) -> list[str]:
    """What an answer must not hold: markup or a template of the enemy's at work, or the inside of the server."""
    return [what for what in (MARK, ATTRIBUTE, EVALUATED, "Traceback (most", 'File "/') if what in text]


@pytest.fixture(scope="module")
def battle() -> Iterator[Battle]:
    with serving() as server:
        try:
            yield fight(server)
        finally:
            Path("/tmp/w/hostile.log").write_text(server.log)


def fight(server: Serving) -> Battle:
    tally = Tally()
    fields = {"quiz_attempts": 100, "instructions": True, "practice_rounds": 1, "rounds": 2, "beliefs": True, "seed": "7"}
    first, people = server.create_session("small_market", 8, **fields)
    limits = {"lobby_seconds": 600, "min_market_size": 4, "stage1_seconds": 60, "stage2_seconds": 60, "result_seconds": 60}
    payload = {"instructions": False, "quiz_attempts": 0, "practice_rounds": 0, "rounds": 2, "beliefs": True, **limits}
    body = {"session_config_name": "small_market", "num_participants": 4, "room_name": "online", "modified_session_config_fields": payload}
    online = server.rest("/api/sessions", body)["code"]
    spare, spare_people = server.create_session("small_market", 12, rounds=1)
    told = server.rest(f"/api/get_session/{first}", {})
    settings = read_settings(told["config"])
    answers = [right_answers(settings, settings.seed or 0, place) for place in range(1, 9)]
    starts = [(f"/InitializeParticipant/{code}", knows) for code, knows in zip(people, answers, strict=True)]
    starts += [(f"/room/online?participant_label={label}&welcome_page_ok=1", no_answers) for label in LABELS]
    victims = [Victim(start, knows, Enemy(f"{SEED} {place}"), SPOILT_ANSWERS, tally.judge) for place, (start, knows) in enumerate(starts)]
    true = {
        "session_code": first, "participant_code": spare_people[0], "page_name": "FirstOffer", "session_pk": "1", "page_index": "3",
        "participant_id": "3", "player_id": "3", "group_id": "1", "app_name": "parimutuel_twostage", "room_name": "online",
        "participant_label": "x", "tab_unique_id": "1", "channel": "1",
    }  # fmt: skip
    join = server.rest(f"/api/get_session/{spare}", {})["session_wide_url"].rpartition("/")[2]
    names = {"PERSON": spare_people[0], "SESSION": spare, "JOIN": join}
    with ThreadPoolExecutor(THREADS + 1) as pool:
        talk = pool.submit(lambda: asyncio.run(attack(server.port, Enemy(f"{SEED} sockets"), MESSAGES, true)))
        play = [pool.submit(lead, server.port, victims[thread::THREADS]) for thread in range(THREADS)]
        for done in play:
            done.result()
        rest = (REQUESTS - MESSAGES - tally.requests) // THREADS + 1
        visits = [pool.submit(wander, server.port, Enemy(f"{SEED} visitor {thread}"), rest, tally, names) for thread in range(THREADS)]
        for done in visits:
            done.result()
        heard = talk.result()
    return Battle(server, [first, online], spare, tally, set.union(*(victim.pages for victim in victims)), heard)


def lead(port: int, victims: Sequence[Victim]) -> None:
    """All of them to the end, one request each in turn, so that nobody is waited for by who cannot come."""
    line = Line(port)
    while not all(victim.done for victim in victims):
        for victim in victims:
            if victim.waits and victim._spoilt >= SPOILT_ANSWERS // 5:
                victim.wait(line)
            elif not victim.done:
                victim.step(line)
    line.close()


def wander(port: int, enemy: Enemy, requests: int, tally: Tally, names: dict[str, str]) -> None:
    line = Line(port)
    for _ in range(requests):
        address = enemy.choice(ADDRESSES)
        for name, code in names.items():
            address = address.replace(name, code)
        request = enemy.visit(address, PARAMETERS)
        tally.judge(request, line.ask(request))
    line.close()


def test_no_request_is_answered_with_an_error_a_traceback_or_its_own_markup(battle: Battle) -> None:
    print(battle.tally.statuses, sorted(battle.pages), Counter(channel for channel, _ in battle.heard))
    assert battle.tally.requests + MESSAGES >= REQUESTS
    assert battle.tally.wrong == []
    assert battle.tally.statuses[LOST] < battle.tally.requests / 20
