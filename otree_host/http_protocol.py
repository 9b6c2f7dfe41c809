"""uvicorn's connections with time limits: for a whole header, for the rest of a body, for a page that is not taken.

uvicorn 0.13.4 waits for ever for each of them, so that a few lines of any language fill a server with connections that say nothing.
Written for the version named in ``serving``.
"""

from __future__ import annotations

import asyncio
import select
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from experiment.network.connections import Connections

HEADER_SECONDS = 10.0
"""From the first moment of a connection, or the first byte of a later request, to the end of its header."""
TAKING_SECONDS = 30.0
"""Without any of what is to be sent being taken."""
SHUTDOWN_SECONDS = 1.0
"""How long a connection may take to end when the server is stopped."""
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n\r\nToo many connections."
)


class Limited:
    """What connections of both protocols have: an address, and an end to waiting for the other side to take what is sent."""

    transport: Any
    client: Any
    loop: Any
    taking_seconds = TAKING_SECONDS
    _taking: asyncio.TimerHandle | None = None
    _has_taken = False
    _left_before = 0

    @property
    def address(self) -> str:
        """Of whoever is at the other end of the line, which may be a proxy."""
        return str(self.client[0]) if self.client else ""

    def has_unread(self) -> bool:
        return is_readable(self.transport.get_extra_info("socket"))

    def hang_up(self) -> None:
        """End the connection at once, whatever was still to be sent."""
        self.transport.abort()

    def watch_taking(self) -> None:
        """Hang up unless some of what is to be sent is taken in time, again and again until there is nothing left."""
        if self._taking is None:
            self._has_taken, self._left_before = False, self.transport.get_write_buffer_size()
            self._taking = self.loop.call_later(self.taking_seconds, self._look_at_taking)

    def has_taken_some(self) -> None:
        self._has_taken = True

    def stop_watching(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _look_at_taking(self) -> None:
        self._taking = None
        left = self.transport.get_write_buffer_size()
        if left and not self._has_taken and left >= self._left_before:
            self.hang_up()
        elif left:
            self.watch_taking()


class HttpConnection(Limited, H11Protocol):
    """A connection of the web server: counted, and ended where its next header does not come in time."""

    def __init__(self, config: Any, server_state: Any, _loop: Any = None, *, connections: Connections) -> None:
        super().__init__(config, server_state, _loop)
        self._all = connections
        self._header: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self._all.opened(self):
            self._await_header()
        else:
            transport.write(REFUSAL)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.closed(self)
        self._header_is_here()
        self.stop_watching()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._note_what_is_here()

    def handle_upgrade(self, event: Any) -> None:
        """From here on a websocket has the connection, unless something else was asked for."""
        self._header_is_here()
        super().handle_upgrade(event)
        if self.transport.get_protocol() is not self:
            self._all.replaced(self, self.transport.get_protocol())
            self.stop_watching()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self.watch_taking()
        if self.transport.is_closing():
            return
        if self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
            self._all.rests(self)
        else:
            self._note_what_is_here()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.watch_taking()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.has_taken_some()

    def shutdown(self) -> None:
        super().shutdown()
        if self.transport.is_closing():
            self.loop.call_later(SHUTDOWN_SECONDS, self.hang_up)

    def _note_what_is_here(self) -> None:
        """Of the next request: nothing or a part of its header, a part of its body, or all."""
        if not self._waits():
            self._header_is_here()
        elif self._header is None:
            self._await_header()
        if self._waits() or self.conn.their_state is h11.SEND_BODY:
            self._all.begins(self)
        else:
            self._all.heard(self)

    def _waits(self) -> bool:
        """Whether a header is awaited, or the rest of a body that was answered without it."""
        theirs = self.conn.their_state
        return theirs is h11.IDLE or (theirs is h11.SEND_BODY and self.cycle is not None and self.cycle.response_complete)

    def _await_header(self) -> None:
        self._header = self.loop.call_later(HEADER_SECONDS, self.hang_up)

    def _header_is_here(self) -> None:
        if self._header is not None:
            self._header.cancel()
            self._header = None


def is_readable(sock: Any) -> bool:
    """Whether something has arrived on a socket that nobody has read."""
    if sock is None or sock.fileno() < 0:
        return False
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock.fileno()], [], [], 0)[0])
