"""Somebody without a login at the real server: asks for addresses, listens to websockets, logs in with a password."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
import websockets

SECONDS = 120.0
"""Far beyond what a busy machine needs."""
POLL_SECONDS = 0.1


def is_shut(answer: requests.Response) -> bool:
    """Whether nothing was shown: it ended at the login, or was refused or not found."""
    return urlsplit(answer.url).path == "/login" or answer.status_code in (401, 403, 404, 405)


@dataclass
class Listener:
    """Somebody at a websocket, who sends this as soon as it is open and listens until it is closed, or they have had enough."""

    url: str
    sent: tuple[str, ...] = ()
    heard: list[str] = field(default_factory=list)
    code: int | None = None
    """The code with which it was closed, or the status with which it was refused; None where it stayed open."""
    opened: threading.Event = field(default_factory=threading.Event)
    enough: threading.Event = field(default_factory=threading.Event)

    def listen(self, seconds: float = SECONDS) -> Listener:
        try:
            asyncio.run(self._listen(time.monotonic() + seconds))
        except websockets.ConnectionClosed as closed:  # type: ignore[attr-defined]
            self.code = closed.code
        except websockets.InvalidStatusCode as refused:  # type: ignore[attr-defined]
            self.code = refused.status_code
        finally:
            self.opened.set()
        return self

    async def _listen(self, end: float) -> None:
        async with websockets.connect(self.url.replace("http://", "ws://"), open_timeout=SECONDS) as socket:  # type: ignore[attr-defined]
            for message in self.sent:
                await socket.send(message)
            self.opened.set()
            while not self.enough.is_set() and time.monotonic() < end:
                with suppress(TimeoutError):
                    self.heard.append(str(await asyncio.wait_for(socket.recv(), POLL_SECONDS)))


def log_in(base_url: str, password: str) -> requests.Session:
    """The experimenter's browser."""
    browser = requests.Session()
    page = browser.get(f"{base_url}/login", timeout=SECONDS).text
    fields: dict[str, Any] = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', page))
    browser.post(f"{base_url}/login", data=fields | {"username": "admin", "password": password}, timeout=SECONDS)
    return browser
