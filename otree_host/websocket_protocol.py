"""uvicorn's websockets, changed so that none can hold up the server: each connection has its own
queue of messages to send.

oTree sends the first message of a websocket, and many others, while it holds the one lock of the
server. In uvicorn 0.13.4 and websockets 10.1 such a send waits for the client: for ever if the
client does not read, ten seconds if it broke the protocol. Here it only puts the message into a
queue, and a task of the connection sends it. The connection of a client that receives nothing,
breaks the protocol or floods the server is closed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from uvicorn.protocols.websockets.websockets_impl import WebSocketProtocol
from websockets.exceptions import ConnectionClosed, InvalidState, ProtocolError

from experiment.network.connections import Allowance, Connections
from otree_host.limited_connection import SHUTDOWN_SECONDS, LimitedConnection

LARGEST_MESSAGE = 4096
"""Bytes. The pages of subjects send a few dozen."""
LARGEST_FROM_ADMIN = 256 * 1024
"""Bytes: the form with which a session is created has every field of its config."""
UNREAD_MESSAGES = 2
UNSENT_MESSAGES = 64
"""How many messages may wait to be sent. A client that has more than that waiting has stopped reading."""
UNSENT_BYTES = 16 * 1024
"""With this much unsent, the next message waits."""
FRAMES_AT_ONCE, FRAMES_EACH_SECOND = 10, 1.0
"""How many frames a client may send, including pings and pieces of messages: a browser sends a pong
every 20 seconds and hardly anything else.
"""
CLOSING_SECONDS = 1.0
"""How long each step of an orderly close may take: the other side's close frame, the last bytes."""
TAKING_SECONDS = 10.0
EXTENSION = "parimutuel.connection"
"""The key in a websocket's scope under which its connection is stored."""


class WebSocketConnection(LimitedConnection, WebSocketProtocol):
    """A websocket. The functions in ``when_over`` are called once, when it has ended."""

    taking_seconds = TAKING_SECONDS

    def __init__(self, config: Any, server_state: Any, _loop: Any = None, *, connections: Connections) -> None:
        super().__init__(config, server_state, _loop)
        self._all = connections
        self.when_over: list[Callable[[], None]] = []
        self.available_extensions = (
            None  # no compression: a client could make the server unpack a message a thousand times larger than what it sent
        )
        self.max_size, self.max_queue, self.write_limit = LARGEST_MESSAGE, UNREAD_MESSAGES, UNSENT_BYTES
        self.close_timeout = CLOSING_SECONDS
        self._allowance = Allowance(FRAMES_AT_ONCE, FRAMES_EACH_SECOND)
        self._unsent: deque[Any] = deque()
        self._sender: asyncio.Task[None] | None = None
        self._ends = False
        self._answers = self.app
        self.app = self._answer

    @property
    def is_behind_trusted_proxy(self) -> bool:
        """Whether the peer may report the client's address; uvicorn decides in the same way whether to believe ``X-Forwarded-For``."""
        trusted = [name.strip() for name in str(self.config.forwarded_allow_ips).split(",")]
        return "*" in trusted or self.address in trusted

    @property
    def is_over(self) -> bool:
        return self._ends or self.connection_lost_waiter.done()

    def can_be_spared(self) -> None:
        """Mark it as one that may be ended first: its owner has proved nothing that others do not
        know.
        """
        self._all.can_be_spared(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unsent.clear()
        over, self.when_over = self.when_over, []
        for call in over:
            call()

    def hang_up(self) -> None:
        self._ends = True
        self._unsent.clear()
        super().hang_up()

    async def process_request(self, path: str, headers: Any) -> Any:
        """Refuse requests that uvicorn cannot read, and an address that would begin its own line in
        the log.
        """
        try:
            if unquote(path.partition("?")[0]).isprintable():
                return await super().process_request(path, headers)
        except UnicodeError:
            pass
        return HTTPStatus.BAD_REQUEST, [], b""

    async def run_asgi(self) -> None:
        self.scope["extensions"] = {EXTENSION: self}
        await super().run_asgi()

    async def asgi_send(self, message: Any) -> None:
        """Accept a message without waiting for the client."""
        if not self.handshake_started_event.is_set():
            await super().asgi_send(message)
        elif not self._ends:
            self._ends = message["type"] == "websocket.close"
            self._unsent.append(message)
            if len(self._unsent) > UNSENT_MESSAGES:
                self.hang_up()
            elif self._sender is None:
                self._sender = self.loop.create_task(self._send())

    async def asgi_receive(self) -> Any:
        """The next message; none once the connection is being closed, even if it was refused only
        now.
        """
        message = None if self._ends and self.connect_sent else await super().asgi_receive()
        if message is not None and not (self._ends and message["type"] == "websocket.receive"):
            return message
        await asyncio.shield(self.connection_lost_waiter)
        return {"type": "websocket.disconnect", "code": self.close_code or 1006}

    async def read_frame(self, max_size: int | None) -> Any:
        """The next frame; a client that sends too many is treated like one that breaks the
        protocol.
        """
        frame = await super().read_frame(max_size)
        if not self._allowance.takes(self.loop.time()):
            raise ProtocolError("too many frames")
        return frame

    def fail_connection(self, code: int = 1006, reason: str = "") -> None:
        """Send a close frame and hang up; the library would wait three times for the other side."""
        super().fail_connection(code, reason)
        self.hang_up()

    def shutdown(self) -> None:
        super().shutdown()
        self.loop.call_later(SHUTDOWN_SECONDS, self.hang_up)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the application, then send what it left unsent; after that, uvicorn ends the
        connection.
        """
        try:
            await self._answers(scope, receive, send)
        finally:
            while self._sender is not None:
                await asyncio.wait([self._sender])

    async def _send(self) -> None:
        try:
            await self.handshake_completed_event.wait()
            while self._unsent:
                message = self._unsent.popleft()
                if message["type"] == "websocket.close":
                    await self.close(message.get("code", 1000))
                    self.closed_event.set()
                else:
                    text = message.get("text")
                    await self.send(message.get("bytes") if text is None else text)
        except (ConnectionClosed, InvalidState):
            self._unsent.clear()
        finally:
            self._sender = None
