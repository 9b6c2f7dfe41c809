"""Subjects' browsers as a server sees them: all in one process, each with a persistent connection
and its page's websocket.

Nothing is rendered and no script is run, so that two hundred of them leave the processor to the
server. What a browser caches (style sheets, scripts) is not requested.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

HOST = "127.0.0.1"
PATIENCE = 120.0
"""Seconds after which a waiting subject counts as stuck."""
KEPT_SECONDS = 4.0
"""The server closes a connection that nobody has used for 5 s."""
RECHECK_SECONDS = 10.0
"""As in ``gate.js``."""
_SOCKET = re.compile(r'(?:makeReconnectingWebSocket\("|data-socket-url=")(/[^"]+)"')
_UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_ELSEWHERE = (302, 307)
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Trouble(Exception):
    """The server answered with something that no subject should see, or not at all."""


@dataclass(frozen=True)
class Shown:
    """A page as it arrived."""

    path: str
    text: str
    waits: bool

    @property
    def name(self) -> str:
        """The page's name in its address, /p/participant/app/name/index."""
        return self.path.split("/")[4]


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Browser:
    """One subject's tab. ``shown`` is the page it shows; ``asks_again`` says whether its wait pages
    poll every ten seconds.
    """

    port: int
    asks_again: bool
    _kept: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    _used: float = 0.0
    _socket: _Socket | None = None
    _shown: Shown | None = None

    @property
    def shown(self) -> Shown:
        assert self._shown is not None
        return self._shown

    async def open(self, path: str) -> None:
        """Request a page and follow the server's redirects."""
        await self._follow(await self._ask("GET", path), path)

    async def submit(self, fields: Mapping[str, str]) -> None:
        """Post the form of the page."""
        answer = await self._ask("POST", self.shown.path, urlencode(fields))
        if answer.status not in _ELSEWHERE:
            raise Trouble(f"{self.shown.path} answered {answer.status} to an offer")
        await self._follow(answer, self.shown.path)

    async def wait(self) -> None:
        """Stay on a wait page until the server lets us go on."""
        until = time.monotonic() + PATIENCE
        while self.shown.waits:
            assert self._socket is not None
            if await self._socket.rings(RECHECK_SECONDS if self.asks_again else PATIENCE) or await self._moved_on():
                await self.open(self.shown.path)
            elif time.monotonic() > until:
                raise Trouble(f"{self.shown.path} kept a subject waiting for more than {PATIENCE:.0f} s")

    async def close(self) -> None:
        if self._kept:
            self._kept[1].close()
        if self._socket:
            await self._socket.close()

    async def _moved_on(self) -> bool:
        return self.asks_again and (await self._ask("GET", self.shown.path)).status in _ELSEWHERE

    async def _follow(self, answer: _Answer, path: str) -> None:
        while answer.status in _ELSEWHERE:
            path = answer.headers["location"]
            answer = await self._ask("GET", path)
        if answer.status != 200 or "otree-redisplay-with-errors" in answer.headers:
            raise Trouble(f"{path} answered {answer.status}")
        self._shown = Shown(path, answer.body.decode(), "otree-wait-page" in answer.headers)
        if self._socket:
            await self._socket.close()
        address = _SOCKET.search(self.shown.text)
        self._socket = await _Socket.connect(self.port, address.group(1)) if address else None

    async def _ask(self, method: str, path: str, body: str = "") -> _Answer:
        reader, writer = await self._connection()
        head = [f"{method} {path} HTTP/1.1", f"Host: {HOST}:{self.port}", "Accept: text/html"]
        if method == "POST":
            head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        writer.write(("\r\n".join(head) + "\r\n\r\n" + body).encode())
        try:
            answer = await asyncio.wait_for(_read_answer(reader), PATIENCE)
        except (OSError, EOFError, TimeoutError) as error:
            raise Trouble(f"{path} got no answer: {error!r}") from error
        self._used = time.monotonic()
        return answer

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._kept is None or time.monotonic() - self._used > KEPT_SECONDS:
            if self._kept:
                self._kept[1].close()
            self._kept = await asyncio.open_connection(HOST, self.port)
        return self._kept


async def _read_answer(reader: asyncio.StreamReader) -> _Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.split(":", 1) for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    chunked = "chunked" in headers.get("transfer-encoding", "")
    body = await _chunks(reader) if chunked else await reader.readexactly(int(headers.get("content-length", "0")))
    return _Answer(int(head[0].split()[1]), headers, body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while length := int(await reader.readline(), 16):
        body += await reader.readexactly(length)
        await reader.readline()
    await reader.readline()
    return body


@dataclass
class _Socket:
    """The websocket of a page: any message from the server is a reason to reload the page."""

    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _rung: asyncio.Event = field(default_factory=asyncio.Event)
    _listening: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, port: int, path: str) -> _Socket:
        socket = cls(*await asyncio.open_connection(HOST, port))
        socket._writer.write(_UPGRADE.format(path=path, host=f"{HOST}:{port}").encode())
        socket._listening = asyncio.create_task(socket._listen())
        return socket

    async def rings(self, seconds: float) -> bool:
        """Whether the server sends a message within this many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), seconds)
        return self._rung.is_set()

    async def close(self) -> None:
        if self._listening:
            self._listening.cancel()
        with suppress(OSError):
            self._send(_CLOSE, struct.pack("!H", 1001))
            self._writer.close()

    async def _listen(self) -> None:
        with suppress(OSError, EOFError):
            await self._reader.readuntil(b"\r\n\r\n")
            while True:
                first, length = await self._reader.readexactly(2)
                if length == 126:
                    (length,) = struct.unpack("!H", await self._reader.readexactly(2))
                said = await self._reader.readexactly(length)
                kind = first & 15
                if kind == _TEXT:
                    self._rung.set()
                elif kind == _PING:
                    self._send(_PONG, said)
                elif kind == _CLOSE:
                    return

    def _send(self, kind: int, payload: bytes) -> None:
        mask = secrets.token_bytes(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self._writer.write(bytes([128 | kind, 128 | len(payload)]) + mask + masked)
