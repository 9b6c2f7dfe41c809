"""Requests that oTree answers with an error, or never, are refused before they reach it; the fuzzer found each case."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import websockets
from websockets.exceptions import ConnectionClosed, InvalidStatusCode

from tests.serve.wire import FORM, Line, Request
from tests.server import Serving

pytestmark = pytest.mark.server

PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
SLOW = 'application/x-www-form-urlencoded; !="' + "\\" * 100
SECONDS = 120.0
"""Far beyond what a busy machine needs; a header of backslashes kept oTree's parser busy for years."""


def kind(value: str) -> tuple[str, str]:
    return ("Content-Type", value)


@pytest.mark.parametrize(
    ("refused", "status"),
    [
        (Request("GET", "/InitializeParticipant/a%00b"), 400),
        (Request("GET", "/room/online?participant_label=%00&welcome_page_ok=1"), 400),
        (Request("GET", f"/static/{'x' * 300}"), 400),
        (Request("POST", "/login", (kind("multipart/form-data; boundary=x"),), PART), 400),
        (Request("POST", "/login", (kind("multipart/form-data"),), PART), 400),
        (Request("POST", "/login", (kind("multipart/form-data; boundary=x"),), PART[:-20]), 400),
        (Request("POST", "/login", (kind(SLOW),), b"a=1"), 400),
        (Request("POST", "/login", (FORM, kind("text/plain")), b"a=1"), 400),
        (Request("POST", "/login", (kind("application/x-www-form-urlencoded; charset=UTF-8"),), b"a=1"), 403),
        (Request("POST", "/room/online", (kind("application/json"),), b"[1, 2]"), 400),
        (Request("POST", "/room/online", (kind("application/json"),), b'"text"'), 400),
        (Request("POST", "/api/sessions", (kind("application/json"),), b"no json"), 403),
        (Request("POST", "/api/sessions", (kind("application/json"),), b"[" * 5000), 403),
        (Request("GET", "/room/online", (("Cookie", "session=written-by-hand"),)), 200),
        (Request("GET", "/logout"), 302),
        (Request("POST", "/login", (FORM,), b"a;" * 500_000), 413),
        (Request("POST", "/login", (FORM,), b"a;" * 500_000, chunk=4000), 413),
        (Request("POST", "/login", (FORM,), b"a;" * 30_000), 403),
        (Request("POST", "/login", (FORM,), b"a&" * 30_000), 413),
        (Request("POST", "/p/nobody/market/FirstOffer/3", (FORM,), b"a=1&" * 10_000), 413),
        (Request("POST", "/api/sessions", (kind("application/json"),), b" " * 900_000), 413),
        (Request("SCOPE", "/room/lab"), 405),
        (Request("__INIT__", "/favicon.ico"), 405),
        (Request("get", "/login"), 405),
        (Request("GET", "/static/..%2f_static_secret/x.txt"), 400),
        (Request("GET", "/static/..%5c..%5csettings.py"), 400),
        (Request("GET", "/room/lab%0aINFO:%20forged"), 400),
        (Request("GET", "/MTurkStart/SESSION?assignmentId=1&workerId=1"), 404),
    ],
    ids=lambda value: str(value)[:70],
)
def test_it_is_refused_at_once(server: Serving, refused: Request, status: int) -> None:
    target = refused.target
    if "SESSION" in target:
        target = target.replace("SESSION", server.create_session("small_market", 4)[0])
    line = Line(server.port, SECONDS)
    errors = server.log.count("Traceback")
    answer = line.ask(replace(refused, target=target))
    assert (answer.status, answer.headers["x-content-type-options"]) == (status, "nosniff")
    assert server.log.count("Traceback") == errors
    line.close()


def test_json_that_cannot_be_read_is_refused_with_the_key_too(server: Serving) -> None:
    headers = (("otree-rest-key", server.rest_key), kind("application/json"))
    assert Line(server.port).ask(Request("POST", "/api/sessions", headers, b"no json")).status == 400


@pytest.mark.parametrize(
    "address",
    [
        "/wait_page?session_pk=1",
        "/auto_advance?participant_code=x&page_index=one",
        "/chat?channel=x&participant_id=1",
        "/live?participant_code=x",
        "/group_by_arrival_time?app_name=this&session_pk=1&participant_id=1&page_index=1&player_id=1",
    ],
)
def test_a_websocket_whose_parameters_are_wrong_is_not_opened(server: Serving, address: str) -> None:
    """The last one would have had the server import whatever Python module a stranger names."""

    async def knock() -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}{address}"):  # type: ignore[attr-defined]
            pass

    errors = server.log.count("Traceback")
    with pytest.raises(InvalidStatusCode) as refused:
        asyncio.run(knock())
    assert refused.value.status_code == 403
    assert (server.log.count("Traceback"), "import this" in server.log) == (errors, False)


def test_an_address_of_a_websocket_begins_no_line_of_the_log(server: Serving) -> None:
    async def knock() -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/session_monitor/x%0aINFO:%20forged%e2%80%a8INFO:%20forged") as socket:  # type: ignore[attr-defined]
            await socket.recv()

    with pytest.raises((InvalidStatusCode, ConnectionClosed)):
        asyncio.run(knock())
    assert [line for line in server.log.splitlines() if "forged" in line]
    assert not [line for line in server.log.splitlines() if line.startswith("INFO: forged")]


def test_a_cookie_is_for_https_only_behind_a_proxy_that_says_so(server: Serving) -> None:
    line = Line(server.port)
    cookies = [line.ask(Request("GET", "/login", headers)).headers["set-cookie"] for headers in ((("X-Forwarded-Proto", "https"),), ())]
    line.close()
    assert [("; secure" in cookie, "httponly; samesite=lax" in cookie) for cookie in cookies] == [(True, True), (False, True)]


def test_who_is_not_logged_in_deletes_no_session_over_a_websocket(server: Serving) -> None:
    code, _ = server.create_session("small_market", 4)

    async def delete() -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/delete_sessions") as socket:  # type: ignore[attr-defined]
            await socket.send(f'["{code}"]')
            await asyncio.wait_for(socket.recv(), SECONDS)

    with pytest.raises(ConnectionClosed):
        asyncio.run(delete())
    assert code in {session["code"] for session in server.rest("/api/sessions")}


def test_who_was_given_a_seat_and_has_not_begun_is_sent_to_the_beginning(server: Serving) -> None:
    session, _ = server.create_session("small_market", 4)
    line = Line(server.port)
    seat = line.ask(Request("GET", server.rest(f"/api/get_session/{session}", {})["session_wide_url"].removeprefix(server.base_url)))
    assert seat.leads_to is not None
    code = seat.leads_to.rpartition("/")[2].partition("?")[0]
    answer = line.ask(Request("GET", f"/p/{code}/welcome/Consent/1"))
    assert (answer.status, answer.leads_to) == (302, f"/InitializeParticipant/{code}")
