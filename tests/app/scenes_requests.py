"""Scenes of raw requests, a login and a REST key, in this process: see ``played.py``."""

from __future__ import annotations

import asyncio
import json
import logging
import mimetypes
import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlencode

PASSWORD, REST_KEY = "quiet-harbour", "r" * 16
os.environ |= {"OTREE_AUTH_LEVEL": "STUDY", "OTREE_ADMIN_PASSWORD": PASSWORD, "OTREE_REST_KEY": REST_KEY}

mimetypes.add_type("text/plain", ".js")  # as the registry of some Windows machines says

import scenes  # noqa: E402, F401  (it starts oTree)

# isort: split
from otree.asgi import app  # noqa: E402
from otree.middleware import lock2  # noqa: E402
from otree.urls import routes  # noqa: E402
from otree.views.cbv import BaseRESTView  # noqa: E402
from starlette import requests as starlette_requests  # noqa: E402
from starlette.datastructures import Headers  # noqa: E402
from starlette.requests import Request  # noqa: E402

from experiment.network.login_limits import Delays, FailedAttempts  # noqa: E402
from otree_host import incoming_requests, login  # noqa: E402

RUNNER = asyncio.Runner()
"""One event loop for all, as the server's lock belongs to it."""
FORM = {"content-type": "application/x-www-form-urlencoded"}
CLIENT = "192.0.2.7"


class Answer:
    def __init__(self, messages: Sequence[Mapping[str, Any]]) -> None:
        self.status: int = messages[0]["status"]
        self.headers = [(name.decode(), value.decode()) for name, value in messages[0]["headers"]]
        self.text = b"".join(message.get("body", b"") for message in messages[1:]).decode("utf-8", "replace")

    def named(self) -> dict[str, str]:
        return dict(self.headers)


async def ask(
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    client: str = CLIENT,
    scheme: str = "http",
) -> Answer:
    """What oTree answers to a request as uvicorn would hand it on."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http", "method": method, "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in ({"host": "testserver"} | dict(headers or {})).items()],
        "client": (client, 1), "server": ("testserver", 80), "scheme": scheme, "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    pieces = [body[start : start + 10_000] for start in range(0, len(body), 10_000)] or [b""]
    parts = [{"type": "http.request", "body": piece, "more_body": number < len(pieces)} for number, piece in enumerate(pieces, 1)]
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return parts.pop(0) if parts else await asyncio.Future()

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    try:
        await app(scope, receive, send)
    except Exception:
        sent = sent or [{"status": 500, "headers": []}]  # as uvicorn answers
    return Answer(sent)


class Browser:
    """Somebody at the login: keeps the cookie."""

    def __init__(self, client: str = CLIENT) -> None:
        self.client, self.cookie = client, ""

    async def ask(self, method: str, target: str, fields: Mapping[str, str] | None = None) -> Answer:
        answer = await ask(method, target, urlencode(fields or {}).encode(), FORM | {"cookie": self.cookie}, self.client)
        self.cookie = next((value.partition(";")[0] for name, value in answer.headers if name == "set-cookie"), self.cookie)
        return answer

    async def log_in(self, password: str) -> Answer:
        page = await self.ask("GET", "/login")
        token = re.search(r'name="(\w+)" value="(\d+)"', page.text)
        assert token
        return await self.ask("POST", "/login", {token[1]: token[2], "username": "admin", "password": password})


class Log(logging.Handler):
    """The lines that a log has, and with them what they say."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += self.format(record).splitlines()


def statuses(requests: list[list[Any]]) -> list[list[Any]]:
    """Of each [method, target, [beginning, middle, times, end] of the body, headers]: the status, the text, and the header ``allow``."""

    async def all_of_them() -> list[list[Any]]:
        answers = [
            await ask(method, target, (begin + middle * times + end).encode(), headers)
            for method, target, (begin, middle, times, end), headers in requests
        ]
        return [[answer.status, answer.text, answer.named().get("allow")] for answer in answers]

    return RUNNER.run(all_of_them())


def forms_read(bodies: list[str]) -> list[list[list[str]]]:
    """The fields that oTree's pages get of each form."""

    async def read(body: bytes) -> list[list[str]]:
        parts = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            return parts.pop(0)

        scope = {"type": "http", "headers": Headers(FORM).raw}
        return [list(field) for field in (await Request(scope, receive).form()).multi_items()]

    return [RUNNER.run(read(body.encode())) for body in bodies]


def headers_of_all_addresses() -> dict[str, Any]:
    """For each address that oTree has, without a login: whether one is needed, the headers of the answer to GET, and the same for some."""
    found: dict[str, Any] = {}

    async def visit() -> None:
        for route in routes:
            endpoint = getattr(route, "endpoint", None)
            if not hasattr(endpoint, "url_pattern") or "websocket" in type(route).__name__.lower():
                continue
            shut = bool(getattr(endpoint, "_requires_login", False)) or (isinstance(endpoint, type) and issubclass(endpoint, BaseRESTView))
            answer = await ask("GET", re.sub(r"\{\w+\}", "none", route.path))
            found[route.path] = [shut, answer.named()]

    RUNNER.run(visit())
    return found


def headers_of(requests: list[list[str]], variables: dict[str, str] | None = None) -> list[dict[str, str]]:
    """Of each [method, target, scheme, host]: the headers of the answer, with these variables of the environment."""

    async def all_of_them() -> list[dict[str, str]]:
        return [(await ask(method, target, headers={"host": host}, scheme=scheme)).named() for method, target, scheme, host in requests]

    os.environ |= variables or {}
    try:
        return RUNNER.run(all_of_them())
    finally:
        for name in variables or {}:
            del os.environ[name]


def head_and_get() -> list[list[Any]]:
    """The statuses of HEAD and GET at a subject's page, at the login and at a file."""
    wish = {"session_config_name": "small_market", "num_participants": 4}

    async def both() -> list[list[Any]]:
        made = await ask("POST", "/api/sessions", json.dumps(wish).encode(), {"otree-rest-key": REST_KEY})
        told = await ask("POST", f"/api/get_session/{json.loads(made.text)['code']}", b"{}", {"otree-rest-key": REST_KEY})
        start = f"/InitializeParticipant/{json.loads(told.text)['participants'][0]['code']}"
        page = (await ask("GET", start)).named()["location"]
        targets = (page, start, "/login", "/room/lab", "/static/parimutuel/style.css", "/demo", "/nowhere")
        return [[target, *[(await ask(method, target)).status for method in ("HEAD", "GET")]] for target in targets]

    return RUNNER.run(both())


def delay_without_the_lock() -> dict[str, Any]:
    """A wrong password whose answer is held back for as long as this scene wants: whether anybody else is answered meanwhile."""

    async def play() -> dict[str, Any]:
        held, release = asyncio.Event(), asyncio.Event()

        async def hold_back() -> None:
            held.set()
            await release.wait()

        incoming_requests._delays.hold_back = hold_back
        attempt = asyncio.create_task(Browser().log_in("wrong"))
        await asyncio.wait([attempt, asyncio.create_task(held.wait())], return_when=asyncio.FIRST_COMPLETED)
        seen = {"locked": lock2.locked(), "others": (await ask("GET", "/login")).status, "answered": attempt.done()}
        release.set()
        return seen | {"at last": (await attempt).status}

    return RUNNER.run(play())


def alive_while_locked() -> dict[str, Any]:
    """Ask whether the server can be reached, by several methods, while somebody else holds the lock."""

    async def play() -> dict[str, Any]:
        async with lock2:
            waits = asyncio.create_task(ask("GET", "/login"))
            answers = [await ask(method, "/alive") for method in ("GET", "HEAD")]
            others = waits.done()
        await waits
        rest = [(await ask("POST", target, b"a=1", FORM)).status for target in ("/alive", "/nowhere")]
        return {"statuses": [answer.status for answer in answers], "others": others, "headers": answers[0].named(), "rest": rest}

    return RUNNER.run(play())


def attempts(tried: list[list[str]], seconds_later: float = 0.0) -> dict[str, Any]:
    """Each [client, password] at the login in turn; then the first once more, after this many seconds; no answer is held back."""
    log, later = Log(), [0.0]
    login.monotonic = lambda: time.monotonic() + later[0]
    incoming_requests._delays.seconds = 0.0

    async def play() -> list[Answer]:
        answers = [await Browser(client).log_in(password) for client, password in tried]
        later[0] = seconds_later
        return [*answers, await Browser(tried[0][0]).log_in(tried[0][1])]

    answers = RUNNER.run(play())
    return {
        "statuses": [answer.status for answer in answers],
        "texts": [answer.text for answer in answers],
        "retry": [answer.named().get("retry-after") for answer in answers],
        "log": log.lines,
    }


def attempts_at_once(count: int) -> list[int]:
    """The statuses of that many wrong passwords sent before the first is answered."""
    incoming_requests._delays.seconds = 0.0

    async def play() -> list[int]:
        return [answer.status for answer in await asyncio.gather(*(Browser().log_in(f"wrong{number}") for number in range(count)))]

    return RUNNER.run(play())


def known_browser(wrong: int) -> list[int]:
    """One browser logs in and out; somebody else at its address fails as often as given; then both give the right password."""
    incoming_requests._delays.seconds = 0.0

    async def play() -> list[int]:
        known, stranger = Browser(), Browser()
        first = await known.log_in(PASSWORD)
        await known.ask("GET", "/logout")
        for number in range(wrong):
            await stranger.log_in(f"wrong{number}")
        return [answer.status for answer in (first, await stranger.log_in(PASSWORD), await known.log_in(PASSWORD))]

    return RUNNER.run(play())


def rest_keys(keys: list[str]) -> dict[str, Any]:
    """The statuses with each REST key, which of the answers were held back, and the log."""
    log, held = Log(), [0]

    async def hold_back() -> None:
        held[0] += 1

    incoming_requests._delays.hold_back = hold_back

    async def play() -> list[list[int]]:
        seen = []
        for key in keys:
            before = held[0]
            answer = await ask("GET", "/api/sessions", headers={"otree-rest-key": key} if key else {})
            seen.append([answer.status, held[0] - before])
        return seen

    return {"seen": RUNNER.run(play()), "log": log.lines}


def logged(messages: list[list[Any]]) -> list[str]:
    """The lines that [message, arguments] and a header of a request make in the log."""
    log = Log()
    for message, arguments in messages:
        logging.getLogger("uvicorn").info(message, *arguments)
    RUNNER.run(ask("GET", "/login", headers={"x-request-id": "a\x85INFO: forged"}))
    return log.lines


def parser() -> str:
    return str(starlette_requests.FormParser.__module__)


def in_turn(calls: dict[str, list[Any]]) -> dict[str, Any]:
    """The answers of several scenes, each [scene, arguments], in one process; each starts without failed logins."""
    answers = {}
    for name, (scene, arguments) in calls.items():
        login._failed, login.monotonic, incoming_requests._delays = FailedAttempts(), time.monotonic, Delays()
        answers[name] = globals()[scene](**arguments)
        for listening in [handler for handler in logging.getLogger().handlers if isinstance(handler, Log)]:
            logging.getLogger().removeHandler(listening)
    return answers
