"""Websockets opened by an attacker: every channel of oTree's, with real and invented parameters, and messages of any shape."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import websockets
from websockets.exceptions import WebSocketException

from tests.serve.hostile import Enemy

CHANNELS: Mapping[str, Sequence[str]] = {
    "/wait_page": ("session_pk", "page_index", "participant_id", "group_id"),
    "/subsession_wait_page": ("session_pk", "page_index", "participant_id"),
    "/group_by_arrival_time": ("session_pk", "page_index", "participant_id", "player_id", "app_name"),
    "/auto_advance": ("participant_code", "page_index"),
    "/create_session": (),
    "/create_demo_session": (),
    "/delete_sessions": (),
    "/wait_for_session_in_room": ("room_name", "participant_label", "tab_unique_id"),
    "/room_without_session/online": (),
    "/session_monitor/*": (),
    "/browser_bots_client/*": (),
    "/browser_bot_wait": (),
    "/live": ("session_code", "page_index", "participant_code", "page_name"),
    "/trial": ("page_index", "participant_code", "page_name"),
    "/chat": ("channel", "participant_id"),
    "/export": (),
}
BEHIND_A_LOGIN = ("/create_session", "/create_demo_session", "/delete_sessions", "/room_without_session", "/session_monitor", "/export")


async def attack(port: int, enemy: Enemy, messages: int, true: Mapping[str, str]) -> list[tuple[str, str]]:
    """Send at least this many messages; what the server answered, by channel. ``true`` are parameters that name existing things."""
    said: list[tuple[str, str]] = []
    sent = 0
    while sent < messages:
        channel = enemy.choice(list(CHANNELS))
        address = channel.replace("*", true["session_code"])
        names = [name for name in CHANNELS[channel] if enemy.choice("yyyyyyyyyn") == "y"]
        query = urlencode(
            {name: true[name] if enemy.choice("yyn") == "y" else enemy.text(500)[:500] for name in names}, errors="surrogatepass"
        )
        said += [(channel, text) for text in await _one(f"ws://127.0.0.1:{port}{address}?{query}", enemy, true)]
        sent += 3
    return said


async def _one(address: str, enemy: Enemy, true: Mapping[str, str]) -> list[str]:
    """Three messages on one connection, and what came back."""
    heard: list[str] = []
    try:
        async with websockets.connect(address, open_timeout=30, close_timeout=5) as socket:  # type: ignore[attr-defined]
            for message in _messages(enemy, true):
                await socket.send(message)
            while True:
                heard.append(str(await asyncio.wait_for(socket.recv(), 0.05)))
    except (TimeoutError, WebSocketException, OSError) as ended:
        heard += [f"{type(ended).__name__}: {ended}"] if "500" in str(ended) else []
    return heard


def _messages(enemy: Enemy, true: Mapping[str, str]) -> list[str | bytes]:
    target = f'["{true["session_code"]}"]'
    pages = '{"app_name": "parimutuel_twostage", "is_custom": true}'
    odd: list[str | bytes] = [
        target,
        pages,
        enemy.json(),
        enemy.text(5000).encode("utf-8", "replace").decode(),
        b"\0\xff" * 9,
        "{",
        "[" * 5000,
    ]
    return [enemy.json(), *(odd[int(enemy.choice("0123456"))] for _ in range(2))]
