"""Who may listen on a websocket: pages of this server, a participant's latest, a few strangers, and the experimenter."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import websockets
from websockets.exceptions import ConnectionClosed, InvalidStatusCode

from tests.browser.play import chromium
from tests.serve.floods import NOBODY, TEXT, Held, frame, handshake, holding, is_ended
from tests.serve.strangers import log_in
from tests.server import Serving

pytestmark = pytest.mark.server

SECONDS = 60.0
ENDED_SECONDS = 30.0
"""Less than the 40 after which any websocket is ended that answers no ping."""
OF_A_PERSON, OF_STRANGERS = 8, 20


def answer(server: Serving, address: str = NOBODY, *said: str, **headers: str) -> int:
    """The status of the answer to a websocket's handshake, with these headers."""
    fields = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    fields += "".join(f"{line}\r\n" for line in said)
    with holding(server.port) as held:
        line = held.connect()
        line.sendall(handshake(server.port, address, fields))
        return int(line.recv(400).split()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "192.168.0.7", "lab.example"])
def test_a_page_of_this_server_opens_a_websocket_under_whatever_name_it_was_reached(server: Serving, host: str) -> None:
    with holding(server.port) as held:
        line = held.connect()
        written = handshake(server.port, NOBODY, f"Origin: http://{host}:{server.port}\r\n")
        line.sendall(written.replace(b"Host: 127.0.0.1:", f"Host: {host}:".encode()))
        assert line.recv(400).split()[1] == b"101"


@pytest.mark.parametrize("origin", ["http://127.0.0.1:9444", "http://localhost:PORT", "https://evil.example", "null", "http://127.0.0.1"])
def test_a_page_of_another_server_opens_none(server: Serving, origin: str) -> None:
    assert answer(server, Origin=origin.replace("PORT", str(server.port))) == 403
    assert answer(server, "/export", Origin=origin) == 403


def test_a_second_origin_is_refused(server: Serving) -> None:
    own = f"Origin: http://127.0.0.1:{server.port}"
    assert (answer(server, NOBODY, own), answer(server, NOBODY, own, own) in (400, 403)) == (101, True)


def test_behind_a_proxy_on_this_machine_the_name_that_it_passes_on_counts(server: Serving) -> None:
    assert answer(server, Origin="https://study.example", X_Forwarded_Host="study.example", X_Forwarded_Proto="https") == 101
    assert answer(server, Origin="http://study.example", X_Forwarded_Host="study.example", X_Forwarded_Proto="https") == 403
    assert answer(server, Origin="https://evil.example", X_Forwarded_Host="study.example", X_Forwarded_Proto="https") == 403


def open_ended(held: Held, number_ended: int) -> list[bool]:
    """Whether each socket was closed: the first ones are waited for, the others checked once."""
    return [is_ended(line, ENDED_SECONDS if place < number_ended else 0.01) for place, line in enumerate(held.sockets)]


def test_of_one_participant_the_newest_websockets_are_kept(server: Serving) -> None:
    _, people = server.create_session("small_market", 4)
    address = f"/auto_advance?participant_code={people[0]}&page_index=1"
    with holding(server.port) as held, holding(server.port) as other:
        other.open_websocket(f"/auto_advance?participant_code={people[1]}&page_index=1")
        for _ in range(OF_A_PERSON + 3):
            held.open_websocket(address)
        assert open_ended(held, 3) == [True] * 3 + [False] * OF_A_PERSON
        assert open_ended(other, 0) == [False]


def test_who_knows_a_participants_number_only_ends_none_of_theirs(server: Serving) -> None:
    """Numbers can be guessed, codes cannot."""
    session, people = server.create_session("small_market", 4)
    told = server.rest(f"/api/get_session/{session}", {})["participants"]
    with holding(server.port) as own, holding(server.port) as stranger:
        own.open_websocket(f"/auto_advance?participant_code={people[0]}&page_index=1")
        for _ in range(OF_A_PERSON + 1):
            stranger.open_websocket(f"/wait_page?session_pk=1&page_index=1&participant_id={told[0]['id_in_session']}&group_id=1")
        assert is_ended(stranger.sockets[0], ENDED_SECONDS)
        assert open_ended(own, 0) == [False]


def test_of_websockets_that_name_nobody_a_few_are_kept(server: Serving) -> None:
    with holding(server.port) as held:
        for _ in range(OF_STRANGERS + 5):
            held.open_websocket()
        assert all(open_ended(held, 5)[:5])
        assert not is_ended(held.sockets[-1], 0.01)


@pytest.mark.parametrize("repeated", range(5))
def test_what_comes_right_behind_the_handshake_of_who_is_not_logged_in_deletes_nothing(server: Serving, repeated: int) -> None:
    code, _ = server.create_session("small_market", 4)
    with holding(server.port) as held:
        lines = [held.connect() for _ in range(20)]
        for line in lines:
            line.sendall(handshake(server.port, "/delete_sessions"))
            line.sendall(frame(TEXT, json.dumps([code]).encode()) * 2)
        assert all(is_ended(line, SECONDS) for line in lines)
    assert code in {session["code"] for session in server.rest("/api/sessions")}


def experimenter(server: Serving) -> dict[str, str]:
    """The header by which the logged-in experimenter's browser is known."""
    cookies = log_in(server.base_url, server.admin_password).cookies
    return {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)}


async def send(server: Serving, address: str, message: str, headers: dict[str, str]) -> str:
    client: Any = websockets.connect(f"ws://127.0.0.1:{server.port}{address}", extra_headers=headers)  # type: ignore[attr-defined]
    async with client as socket:
        await socket.send(message)
        return str(await asyncio.wait_for(socket.recv(), SECONDS))


def test_the_experimenter_may_send_long_messages(server: Serving) -> None:
    """A thousand sessions to be deleted, a config with all its fields."""
    long = json.dumps([f"code{number:04}" for number in range(1000)])
    assert len(long) > 10_000
    assert asyncio.run(send(server, "/delete_sessions", long, experimenter(server))) == '"ok"'


def test_nobody_else_may(server: Serving) -> None:
    room = "/wait_for_session_in_room?room_name=lab&participant_label=&tab_unique_id=1"
    with pytest.raises((ConnectionClosed, InvalidStatusCode)):
        asyncio.run(send(server, room, '"' + "x" * 10_000 + '"', {}))


@pytest.mark.browser
def test_in_a_browser_own_pages_listen_and_others_do_not(server: Serving, chromium_path: str) -> None:
    _, people = server.create_session("small_market", 4)
    opened = """address => new Promise(done => {
        const socket = new WebSocket(address); socket.onopen = () => done(true); socket.onclose = () => done(false); })"""
    with chromium(chromium_path) as browser:
        page = browser.new_page()
        for host, other in (("127.0.0.1", "localhost"), ("localhost", "127.0.0.1")):
            with page.expect_websocket() as listening:
                page.goto(server.start_link(people[0]).replace("127.0.0.1", host))
            assert f"ws://{host}:{server.port}/" in listening.value.url
            assert page.evaluate(opened, f"ws://{host}:{server.port}{NOBODY}") is True
            assert page.evaluate(opened, f"ws://{other}:{server.port}{NOBODY}") is False
            assert not listening.value.is_closed()
