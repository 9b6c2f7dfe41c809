"""uvicorn's connections with time limits: for a whole header, for the rest of a body, and for a
page that the client does not receive.

uvicorn 0.13.4 waits for ever for each of these, so a few lines of code can fill a server with
silent connections.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from experiment.network.connections import Connections
from otree_host.limited_connection import SHUTDOWN_SECONDS, LimitedConnection

HEADER_SECONDS = 10.0
"""From the first moment of a connection, or the first byte of a later request, to the end of its header."""
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n\r\nToo many connections."
)


class HttpConnection(LimitedConnection, H11Protocol):
    """A connection of the web server: counted, and ended if its next header does not arrive in
    time.
    """

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
        self._header_is_here()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._note_what_is_here()

    def handle_upgrade(self, event: Any) -> None:
        """Pass the connection on to a websocket, unless the upgrade is to something else."""
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

    def shutdown(self) -> None:
        super().shutdown()
        if self.transport.is_closing():
            self.loop.call_later(SHUTDOWN_SECONDS, self.hang_up)

    def _note_what_is_here(self) -> None:
        """Note how much of the next request has arrived: none or a part of its header, a part of
        its body, or all.
        """
        if not self._waits():
            self._header_is_here()
        elif self._header is None:
            self._await_header()
        if self._waits() or self.conn.their_state is h11.SEND_BODY:
            self._all.begins(self)
        else:
            self._all.heard(self)

    def _waits(self) -> bool:
        """Whether the connection awaits a header, or the rest of a body whose request was already
        answered.
        """
        theirs = self.conn.their_state
        return theirs is h11.IDLE or (theirs is h11.SEND_BODY and self.cycle is not None and self.cycle.response_complete)

    def _await_header(self) -> None:
        self._header = self.loop.call_later(HEADER_SECONDS, self.hang_up)

    def _header_is_here(self) -> None:
        if self._header is not None:
            self._header.cancel()
            self._header = None
