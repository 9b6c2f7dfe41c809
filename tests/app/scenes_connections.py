"""Scenes at the web server below oTree, with small applications in its place: see ``played.py``.

Each scene is a server with our limits, some of them shortened, and clients
on sockets of their own.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import scenes  # noqa: F401  (it starts oTree)

# isort: split
import websockets
from otree.middleware import lock2
from uvicorn import Config, Server

from otree_host import http_protocol
from otree_host.limited_connection import LimitedConnection
from otree_host.websocket_protocol import EXTENSION, WebSocketConnection

PATIENCE = 60.0
"""Seconds until a scene says that what it waits for does not happen."""
HALF = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
)
App = Callable[[Any, Any, Any], Any]


async def page(scope: Any, receive: Any, send: Any) -> None:
    """A small page, whatever is asked."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


class Running:
    """A server of this process and its connections."""

    def __init__(self, server: Server) -> None:
        self.server, self.port = server, server.servers[0].sockets[0].getsockname()[1]
        self.connections = server.config.http_protocol_class.keywords["connections"]
        self.clients: list[asyncio.StreamWriter] = []
        """Held until the end: asyncio closes a connection that nothing refers to."""

    async def open(self, sent: bytes = b"", receive_buffer: int = 0) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        line = socket.socket()
        if receive_buffer:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", self.port))
        reader, writer = await asyncio.open_connection(sock=line, limit=1024 if receive_buffer else 2**16)
        writer.write(sent)
        self.clients.append(writer)
        return reader, writer

    async def until(self, holds: Callable[[], bool]) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def serving(app: App, **limits: int) -> AsyncIterator[Running]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = Config(app, port=port, ws="websockets", http="h11", lifespan="off", log_config=None, log_level="critical")
    server = Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    running = Running(server)
    running.connections.limits = replace(running.connections.limits, **limits)
    ticking = asyncio.create_task(server.main_loop())
    try:
        yield running
    finally:
        server.should_exit = True
        await ticking
        await asyncio.wait_for(server.shutdown(), PATIENCE)


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the server ends this connection."""
    try:
        async with asyncio.timeout(PATIENCE):
            while await reader.read(65536):
                pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


async def half_a_header(sent: str) -> bool:
    """Whether a connection that sends no whole header is ended: nothing, a part of one, a part of a second, or half a body."""
    http_protocol.HEADER_SECONDS = 0.2
    beginnings = {"nothing": b"", "a part": HALF, "a second part": WHOLE + HALF, "a late second part": WHOLE, "half a body": b""}
    beginnings["half a body"] = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
    async with serving(page) as running:
        reader, writer = await running.open(beginnings[sent])
        if sent == "a late second part":
            await reader.readuntil(b"ok")
            writer.write(HALF)
        over = await ended(reader)
        return over and await running.until(lambda: len(running.connections) == 0)


async def a_long_answer_to_a_whole_header() -> bool:
    """Whether somebody gets their page, though it takes longer than a header may."""
    http_protocol.HEADER_SECONDS = 0.1

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.5)
        await page(scope, receive, send)

    async with serving(slow) as running:
        reader, _ = await running.open(WHOLE)
        return (await asyncio.wait_for(reader.read(65536), PATIENCE)).endswith(b"ok")


async def too_many_without_a_header() -> list[Any]:
    """How many of 12 such connections are ended where 5 may be; what then somebody gets who asks; how many connections are left."""
    async with serving(page, half_open_per_address=5) as running:
        silent = [await running.open(HALF) for _ in range(12)]
        await running.until(lambda: len(running.connections) == 5)
        over = [await ended(reader) for reader, _ in silent[:7]]
        reader, writer = await running.open(WHOLE)
        answer = await asyncio.wait_for(reader.readuntil(b"ok"), PATIENCE)
        for _, other in (*silent, (reader, writer)):
            other.close()
        await running.until(lambda: len(running.connections) == 0)
        return [sum(over), answer.decode().partition("\r\n")[0], len(running.connections)]


async def too_many_without_a_body(first: str) -> list[Any]:
    """The same of connections that have sent a header and a part of a body, perhaps behind a whole request."""

    async def patient(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await page(scope, receive, send)

    async with serving(patient, half_open_per_address=5) as running:
        slow = [await running.open(first.encode() + b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf") for _ in range(12)]
        over = await asyncio.gather(*(ended(reader) for reader, _ in slow[:7]))
        reader, writer = await running.open(WHOLE)
        answer = await asyncio.wait_for(reader.readuntil(b"ok"), PATIENCE)
        for _, other in (*slow, (reader, writer)):
            other.close()
        await running.until(lambda: len(running.connections) == 0)
        return [sum(over), answer.decode().partition("\r\n")[0], len(running.connections)]


async def a_crowd_at_once(number: int) -> list[int]:
    """How many clients that come at the same moment are answered, to a server that may keep a few without a header; how many are left."""
    async with serving(page, half_open_per_address=3, half_open=3) as running:
        lines = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(number)]  # the server, of the same thread, waits
        for line in lines:
            line.sendall(WHOLE)
            line.setblocking(False)
        loop, answered = asyncio.get_running_loop(), 0
        for line in lines:
            answered += (await asyncio.wait_for(loop.sock_recv(line, 65536), PATIENCE)).startswith(b"HTTP/1.1 200")
            line.close()
        await running.until(lambda: len(running.connections) == 0)
        return [answered, len(running.connections)]


async def more_than_an_address_may_keep() -> list[str]:
    """What the fourth gets where three may be, all of them busy; what somebody gets once one has gone."""
    over = asyncio.Event()

    async def busy(scope: Any, receive: Any, send: Any) -> None:
        await over.wait()
        await page(scope, receive, send)

    async with serving(busy, per_address=3) as running:
        lines = [await running.open(WHOLE) for _ in range(3)]
        await running.until(lambda: len(running.server.server_state.tasks) == 3)
        refused = await asyncio.wait_for((await running.open())[0].read(), PATIENCE)
        lines[0][1].close()
        await running.until(lambda: len(running.connections) == 2)
        over.set()
        reader, _ = await running.open(WHOLE)
        answered = await asyncio.wait_for(reader.readuntil(b"ok"), PATIENCE)
        return [text.decode().partition("\r\n")[0] for text in (refused, answered)]


async def a_page_that_nobody_reads() -> bool:
    """Whether the connection of somebody who asked for many megabytes and takes none is ended."""
    LimitedConnection.taking_seconds = 0.2

    async def large(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"30000000")]})
        await send({"type": "http.response.body", "body": bytes(30_000_000)})

    async with serving(large) as running:
        await running.open(WHOLE, 4096)
        await running.until(lambda: len(running.connections) == 1)
        return await running.until(lambda: len(running.connections) == 0)


async def a_websocket_that_reads_nothing(messages: int, size: int) -> list[Any]:
    """Whether the lock is free again after this many messages of this size were sent under it; whether the websocket is then ended."""
    WebSocketConnection.taking_seconds = 0.2
    sent = asyncio.Event()

    async def tell(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        async with lock2:
            for _ in range(messages):
                await send({"type": "websocket.send", "text": "x" * size})
        sent.set()
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async with serving(tell) as running:
        await running.open(HANDSHAKE + b"\r\n", 4096)
        await asyncio.wait_for(sent.wait(), PATIENCE)
        return [lock2.locked(), await running.until(lambda: len(running.connections) == 0)]


async def messages_and_a_goodbye(messages: int) -> list[Any]:
    """What a client gets when this many messages and a close are sent at once: the messages, and the code."""

    async def tell(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        for number in range(messages):
            await send({"type": "websocket.send", "text": str(number)})
        await send({"type": "websocket.close", "code": 4321})

    heard: list[str] = []
    async with serving(tell) as running:
        client = await websockets.connect(f"ws://127.0.0.1:{running.port}/")
        try:
            while True:
                heard.append(str(await asyncio.wait_for(client.recv(), PATIENCE)))
        except websockets.ConnectionClosed as closed:
            return [heard, closed.code]


async def messages_of_somebody_who_was_refused() -> list[str]:
    """What an application receives after it has closed a websocket whose messages have arrived already."""
    received: list[str] = []
    over = asyncio.Event()

    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        connection = scope["extensions"][EXTENSION]
        while not connection.messages:
            await asyncio.sleep(0.01)
        await send({"type": "websocket.close", "code": 1008})
        received.append((await receive())["type"])
        over.set()

    async with serving(refuse) as running:
        client = await websockets.connect(f"ws://127.0.0.1:{running.port}/")
        await client.send('["session"]')
        await client.send('["session"]')
        await asyncio.wait_for(over.wait(), PATIENCE)
        return received


async def listen(scope: Any, receive: Any, send: Any) -> None:
    """An application that only listens."""
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})


async def what_is_sent(frames: str) -> list[Any]:
    """Whether the connection is ended by the server, for these bytes in hex after the handshake; and how many connections are left."""
    async with serving(listen) as running:
        reader, writer = await running.open(HANDSHAKE + b"\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(bytes.fromhex(frames))
        over = await ended(reader)
        return [over, await running.until(lambda: len(running.connections) == 0)]


async def an_offer_of_compression() -> str:
    """The answer to a handshake that offers it."""
    async with serving(listen) as running:
        reader, _ = await running.open(HANDSHAKE + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
        return (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)).decode().lower()


async def a_path_with_a_line_of_its_own() -> str:
    """The answer to a websocket whose address would write a line into the log."""
    async with serving(listen) as running:
        reader, _ = await running.open(HANDSHAKE.replace(b"GET / ", b"GET /x%0aINFO:forged ") + b"\r\n")
        return (await asyncio.wait_for(reader.readuntil(b"\r\n"), PATIENCE)).decode()


async def what_is_not_http() -> list[str]:
    """What the log says of it."""
    said: list[str] = []
    log, handler = logging.getLogger("uvicorn.error"), logging.Handler()
    handler.emit = lambda record: said.append(handler.format(record))  # type: ignore[method-assign]
    async with serving(page) as running:
        log.addHandler(handler)
        log.setLevel(logging.WARNING)
        reader, _ = await running.open(b"X\r\n\r\n")
        await ended(reader)
        log.removeHandler(handler)
    return said


async def somebody_who_sends_little() -> list[Any]:
    """Whether a websocket stays open over more messages than may come at once, sent slowly, by a clock that goes on for each."""
    async with serving(listen) as running:
        client = await websockets.connect(f"ws://127.0.0.1:{running.port}/")
        await running.until(lambda: len(running.server.server_state.connections) == 1)
        (connection,) = running.server.server_state.connections
        passed = iter(range(10**6))
        connection._allowance.takes = (lambda takes: lambda now: takes(float(next(passed))))(connection._allowance.takes)
        for _ in range(100):
            await client.send("{}")
        await asyncio.wait_for(await client.ping(), PATIENCE)
        return [client.open, len(running.connections)]


async def a_stop_with_an_unread_websocket() -> bool:
    """Whether the server ends, which waits for all connections, though one takes nothing."""

    async def tell(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "x" * 10_000_000})
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async with serving(tell) as running:
        await running.open(HANDSHAKE + b"\r\n", 4096)
        await running.until(lambda: any(one.transport.get_write_buffer_size() for one in running.server.server_state.connections))
    return True


async def each(plays: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    """The answers of several scenes, one after the other; of one that fails, how."""
    answers = []
    for name, arguments in plays:
        http_protocol.HEADER_SECONDS, LimitedConnection.taking_seconds, WebSocketConnection.taking_seconds = SECONDS
        try:
            answers.append(await globals()[name](**arguments))
        except Exception as error:
            answers.append(f"{name} failed: {error!r}")
    return answers


SECONDS = http_protocol.HEADER_SECONDS, LimitedConnection.taking_seconds, WebSocketConnection.taking_seconds
