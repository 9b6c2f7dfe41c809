"""Ten thousand hostile requests, and the server has not noticed: no error, nothing stored that is not allowed, and the game goes on.

At small size it is a thousand.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from experiment.config import read_settings
from experiment.labels import is_label
from experiment.questionnaire import GENDERS, RISKS
from serve.answers import no_answers, right_answers
from serve.bots import play_session
from serve.rest import Rest
from serve.strategies import Equilibrium
from tests.browser.play import chromium
from tests.serve.hostile import ATTRIBUTE, EVALUATED, MARK, Enemy
from tests.serve.sockets import BEHIND_A_LOGIN, attack
from tests.serve.victims import Victim
from tests.serve.wire import LOST, Answer, Line, Request
from tests.server import Serving, serving
from tests.sizes import sized

pytestmark = pytest.mark.server

SEED = 2012
REQUESTS = sized(small=1000, full=10_000)
THREADS = 4
MESSAGES = sized(small=150, full=900)
SPOILT_ANSWERS = sized(small=1, full=14)
SPOILT_AT_A_GATE = sized(small=1, full=2)
REFUSED_BY_UVICORN = "Invalid HTTP request received."
LABELS = ("5f3a_b-1", "second", "third", "fourth")
OPINIONS = (
    "<fuzz onload=alert(1)>",
    "=1+1",
    "＝1+1",
    "\ufeff=1+1",
    "-2+3",
    "@SUM(1+1)",
    "+1",
    "{{ 7*191 }}fuzz",
    "\u200b \u00a0=1+1",
    "\"'><fuzz><script src=//evil></script>",
    '1"fuzzed="1',
    "'; DROP TABLE otree_session; --",
)
"""What stands in the questionnaires in the end."""
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
    "/static/..%2f_static_root/*",
    "/static/..%5c*",
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
            if answer.status != LOST and answer.headers.get("x-content-type-options") != "nosniff" and answer.text != REFUSED_BY_UVICORN:
                self.wrong.append(f"no header for security: {request.written()[:600]!r}")
            html = "text/html" in answer.headers.get("content-type", "")
            self.wrong += [f"{what} in the answer to {request.written()[:600]!r}" for what in shows(answer.text, html)]

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


def shows(text: str, html: bool = True) -> list[str]:
    """What an answer must not hold: markup of the enemy's (where it is HTML), a template of theirs at work, the inside of the server."""
    return [what for what in ((MARK, ATTRIBUTE) if html else ()) + (EVALUATED, "Traceback (most", 'File "/') if what in text]


def errors(log: str) -> list[str]:
    """The tracebacks of a log, each to its last line."""
    return re.findall(r"^Traceback .*\n(?:[ \n].*\n|\n)*.*", log, re.MULTILINE)


@pytest.fixture(scope="module")
def battle() -> Iterator[Battle]:
    with serving() as server:
        yield fight(server)


def fight(server: Serving) -> Battle:
    tally = Tally()
    fields = {"quiz_attempts": 100, "instructions": True, "practice_rounds": 1, "rounds": 2, "beliefs": True, "seed": "7"}
    first, people = server.create_session("small_market", 8, **fields)
    limits = {
        "lobby_seconds": 600,
        "min_market_size": 4,
        "stage1_deadline_seconds": 60,
        "stage2_deadline_seconds": 60,
        "result_deadline_seconds": 60,
    }
    payload = {"instructions": False, "quiz_attempts": 0, "practice_rounds": 0, "rounds": 2, "beliefs": True, **limits}
    body = {"session_config_name": "small_market", "num_participants": 4, "room_name": "online", "modified_session_config_fields": payload}
    online = server.rest("/api/sessions", body)["code"]
    spare, spare_people = server.create_session("small_market", 12, rounds=1)
    told = server.rest(f"/api/get_session/{first}", {})
    settings = read_settings(told["config"])
    answers = [right_answers(settings, settings.seed or 0, place) for place in range(1, 9)]
    starts = [(f"/InitializeParticipant/{code}", knows) for code, knows in zip(people, answers, strict=True)]
    starts += [(f"/room/online?participant_label={label}&welcome_page_ok=1", no_answers) for label in LABELS]
    victims = [
        Victim(start, knows, Enemy(f"{SEED} {place}"), SPOILT_ANSWERS, tally.judge, OPINIONS[place])
        for place, (start, knows) in enumerate(starts)
    ]
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
    """All of them to the end, one request each in turn, so that nobody waits for a subject who cannot come."""
    line = Line(port)
    while not all(victim.done for victim in victims):
        for victim in victims:
            if victim.waits and victim._spoilt >= SPOILT_AT_A_GATE:
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


def test_the_enemy_has_been_on_every_page(battle: Battle) -> None:
    instructions = {f"Instructions{number}" for number in range(1, 8)}
    quiz = {"QuizStates", "QuizDraw", "QuizSecondOffer", "QuizPayment"}
    market = {"Lobby", "StartGate", "Market", "FirstOffer", "DrawGate", "NoSecondOffer", "Beliefs", "SecondOffer", "MarketGate", "Result"}
    assert {"Consent", "Questionnaire", "Payment"} | instructions | quiz | market <= battle.pages


def test_no_channel_behind_the_login_says_anything_or_does_what_it_is_told(battle: Battle) -> None:
    assert [said for said in battle.heard if said[0].startswith(BEHIND_A_LOGIN)] == []
    assert [said for said in battle.heard if any(shows(said[1])) or "500" in said[1]] == []
    kept = {session["code"] for session in battle.server.rest("/api/sessions")}
    assert kept == {*battle.sessions, battle.spare}


def test_the_log_has_no_error_but_those_of_the_server_below(battle: Battle) -> None:
    """A malformed header ends in uvicorn before anything of ours sees it."""
    assert not re.search("^(Set-Cookie: x=1|=1\\+1)", battle.server.log, re.MULTILINE), "nobody writes a line of the log"
    assert errors(battle.server.log) == []


def test_what_the_export_holds_obeys_the_rules_and_recomputes(battle: Battle, tmp_path: Path) -> None:
    rest = Rest(battle.server.base_url, battle.server.rest_key)
    for code in battle.sessions:
        folder = tmp_path / code
        folder.mkdir()
        for function in ("custom_export", "custom_export_sessions", "custom_export_payments"):
            (folder / f"{function}.csv").write_text(rest.export("parimutuel_twostage", function, code), encoding="utf-8", newline="")
        export = read_export(folder)
        assert export.unfinished == ()
        assert [str(wrong) for wrong in check_export(export, market_rounds(export)).contradictions] == []
        people = [
            (row.decision.participant_code, row.decision.round_number) for row in export.rows if row.decision.stage1_source != "robot"
        ]
        assert len(people) == len(set(people)) == (8 * 3 if code == battle.sessions[0] else 4 * 2)


def test_beliefs_answers_and_labels_are_what_may_be_stored(battle: Battle) -> None:
    rest = Rest(battle.server.base_url, battle.server.rest_key)
    for code in battle.sessions:
        beliefs: dict[tuple[str, str], list[int]] = {}
        for row in cells(rest.export("parimutuel_twostage", "custom_export_beliefs", code)):
            if row["belief"]:
                beliefs.setdefault((row["round_number"], row["participant_code"]), []).append(int(row["belief"]))
        assert {sum(percents) for percents in beliefs.values()} == {100}
        for row in cells(rest.export("parimutuel_outro", "custom_export_questionnaire", code)):
            item, answer = row["item"], row["answer"]
            assert answer == "" or (
                answer in GENDERS if item == "gender" else answer in RISKS if item == "risk" else item != "age" or 16 <= int(answer) <= 120
            )
    for code in (*battle.sessions, battle.spare):
        labels = [person["label"] for person in battle.server.rest(f"/api/get_session/{code}", {})["participants"]]
        assert [label for label in labels if label and not is_label(label)] == []
        assert len(set(filter(None, labels))) == len(list(filter(None, labels)))
    assert set(LABELS) <= {person["label"] for person in battle.server.rest(f"/api/get_session/{battle.sessions[1]}", {})["participants"]}


EXPORTS = {
    "parimutuel_intro": ("custom_export_quiz",),
    "parimutuel_twostage": tuple(f"custom_export{which}" for which in ("", "_sessions", "_payments", "_beliefs", "_events")),
    "parimutuel_outro": ("custom_export_questionnaire",),
}


def test_no_cell_of_any_export_is_a_formula(battle: Battle) -> None:
    rest = Rest(battle.server.base_url, battle.server.rest_key)
    texts = [rest.export(app, function, code) for app, names in EXPORTS.items() for function in names for code in battle.sessions]
    for address in ("/api/export_wide", *(f"/api/export_app?app={app}" for app in EXPORTS), "/api/export_page_times"):
        texts.append(battle.server.rest(address))
    found = [cell for text in texts for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) for cell in row if is_formula(cell)]
    assert found == []
    assert sum(map(len, texts)) > 100_000


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would evaluate the cell; a negative number is not a formula."""
    return cell.lstrip(" \ufeff\u200b\u00a0").startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")) and not re.fullmatch(
        r"-(\d+[.,]?\d*|[.,]\d+)(e-?\d+)?", cell
    )


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def admin_pages(battle: Battle) -> list[str]:
    of_a_session = (
        "SessionMonitor",
        "SessionData",
        "session_data",
        "SessionPayments",
        "AdminReport",
        "SessionStartLinks",
        "SessionDescription",
    )
    return [
        *(f"/{page}/{code}" for page in of_a_session for code in (*battle.sessions, battle.spare)),
        *("/sessions", "/rooms", "/room_with_session/online", "/room_without_session/lab", "/server_check", "/ExportIndex", "/demo"),
    ]


def test_no_admin_page_has_anything_of_the_enemys(battle: Battle) -> None:
    with requests.Session() as admin:
        admin.trust_env = False
        token = re.search(r'name="([^"]+)" value="(\d+)"', admin.get(f"{battle.server.base_url}/login", timeout=300).text)
        assert token
        form = {"username": "admin", "password": battle.server.admin_password, token[1]: token[2]}
        assert admin.post(f"{battle.server.base_url}/login", data=form, timeout=300).status_code == 200
        comments = set()
        for page in admin_pages(battle):
            answer = admin.get(battle.server.base_url + page, timeout=300)
            assert (page, answer.status_code, answer.url.endswith("/login")) == (page, 200, False)
            assert (page, shows(answer.text)) == (page, [])
            if page.startswith("/session_data/") and "&lt;fuzz" in json.dumps(answer.json()):
                comments.add(page.rpartition("/")[2])
    assert set() < comments <= set(battle.sessions), "the enemy's comment is there, as text, in the sessions that they came to"


@pytest.mark.browser
def test_in_the_experimenters_browser_nothing_of_it_becomes_an_element(battle: Battle, chromium_path: str) -> None:
    with chromium(chromium_path) as browser:
        page = browser.new_page()
        page.goto(f"{battle.server.base_url}/login")
        page.fill("[name=username]", "admin")
        page.fill("[name=password]", battle.server.admin_password)
        page.click("[type=submit]")
        for code in battle.sessions:
            for address in (f"/SessionData/{code}", f"/SessionMonitor/{code}"):
                page.goto(battle.server.base_url + address)
                page.wait_for_selector("tbody tr td")
                assert page.locator("fuzz, [fuzzed], script[src*=evil]").count() == 0


def test_bots_play_a_session_to_its_end_on_the_same_server(battle: Battle) -> None:
    server = battle.server
    session = Rest(server.base_url, server.rest_key).create_session(
        "small_market", 4, {"instructions": False, "quiz_attempts": 0, "practice_rounds": 0, "rounds": 2}
    )
    strategies = [Equilibrium(read_settings(session.config))] * 4
    visits = play_session(server.base_url, session.participants, strategies, 2, show_progress=False)
    assert [one[-1].page for one in visits] == ["Payment"] * 4
