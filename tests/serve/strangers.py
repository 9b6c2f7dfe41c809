"""Somebody without a login at the real server: asks for addresses, listens to websockets, logs in with a password."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import urlsplit

import requests
import websockets


def is_shut(answer: requests.Response) -> bool:
    """Whether nothing was shown: it ended at the login, or was refused or not found."""
    return urlsplit(answer.url).path == "/login" or answer.status_code in (401, 403, 404, 405)


def hear(url: str, sent: tuple[str, ...] = (), seconds: float = 1.0) -> tuple[list[str], int | None]:
    """What a websocket says within so many seconds to somebody who sends this at once; and its closing code, None if it stays open."""
    return asyncio.run(_hear(url.replace("http://", "ws://"), sent, seconds))


async def _hear(url: str, sent: tuple[str, ...], seconds: float) -> tuple[list[str], int | None]:
    heard: list[str] = []
    try:
        async with websockets.connect(url) as socket:  # type: ignore[attr-defined]
            for message in sent:
                await socket.send(message)
            try:
                async with asyncio.timeout(seconds):
                    while True:
                        heard.append(str(await socket.recv()))
            except TimeoutError:
                return heard, None
    except websockets.ConnectionClosed as closed:  # type: ignore[attr-defined]
        return heard, closed.code
    except websockets.InvalidStatusCode as refused:  # type: ignore[attr-defined]
        return heard, refused.status_code


def log_in(base_url: str, password: str) -> requests.Session:
    """The experimenter's browser."""
    browser = requests.Session()
    page = browser.get(f"{base_url}/login", timeout=30).text
    fields: dict[str, Any] = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', page))
    browser.post(f"{base_url}/login", data=fields | {"username": "admin", "password": password}, timeout=30)
    return browser
