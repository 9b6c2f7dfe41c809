"""What HTTP and websocket connections have in common: they are counted, and closed if the client
receives nothing.
"""

from __future__ import annotations

import asyncio
import select
from typing import Any

from experiment.network.connections import Connections

TAKING_SECONDS = 30.0
"""The longest time in which the client receives nothing of what is to be sent."""
SHUTDOWN_SECONDS = 1.0
"""How long a connection may take to end when the server is stopped."""


class LimitedConnection(asyncio.Protocol):
    """A connection of either protocol: counted, with an address, and with a limit on how long it
    waits for the client to receive what is sent.
    """

    transport: Any
    client: Any
    loop: Any
    taking_seconds = TAKING_SECONDS
    _all: Connections
    _taking: asyncio.TimerHandle | None = None
    _has_taken = False
    _left_before = 0

    @property
    def address(self) -> str:
        """The address of the other side, which may be a proxy."""
        return str(self.client[0]) if self.client else ""

    def has_unread(self) -> bool:
        return is_readable(self.transport.get_extra_info("socket"))

    def hang_up(self) -> None:
        """End the connection at once, even if something was still to be sent."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.closed(self)
        self.stop_watching()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.watch_taking()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.has_taken_some()

    def watch_taking(self) -> None:
        """Hang up unless the client receives some of what is to be sent in time; repeat until
        nothing is left.
        """
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


def is_readable(sock: Any) -> bool:
    """Whether a socket has received something that nobody has read."""
    if sock is None or sock.fileno() < 0:
        return False
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock.fileno()], [], [], 0)[0])
