"""A request that stops half way delays nobody else."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest

from tests.server import Serving

pytestmark = pytest.mark.server

SECONDS = 120.0
"""Far beyond what a busy machine needs."""


def test_others_are_answered_while_a_request_is_half_sent_and_it_is_given_up(server: Serving) -> None:
    _, people = server.create_session("small_market", 4)
    with socket.create_connection(("127.0.0.1", server.port)) as broken:
        broken.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 40\r\n\r\nhalf")
        with urllib.request.urlopen(server.start_link(people[0]), timeout=SECONDS) as answer:
            assert answer.status == 200
        broken.setblocking(False)
        with pytest.raises(BlockingIOError):
            broken.recv(200)  # it has not been given up yet: nobody waited for that
        broken.settimeout(SECONDS)
        assert b" 408 " in broken.recv(200)


def test_a_request_of_many_megabytes_is_refused(server: Serving) -> None:
    with pytest.raises((urllib.error.HTTPError, urllib.error.URLError)) as refused:
        urllib.request.urlopen(f"{server.base_url}/login", data=b"x" * 5_000_000, timeout=SECONDS)
    assert not isinstance(refused.value, urllib.error.HTTPError) or refused.value.code == 413
