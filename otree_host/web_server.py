"""The web server under oTree, with limits: it may open more files, and it counts, times and ends
connections.

oTree starts uvicorn without a way to choose its protocols, so they are set during startup, after
uvicorn has read its configuration and before it listens.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from experiment.network import descriptors
from experiment.network.connections import Connections, limits
from otree_host.http_protocol import HttpConnection
from otree_host.websocket_protocol import WebSocketConnection

ACCEPTED_AT_ONCE = 25
"""How many new connections asyncio accepts before it serves those it has; uvicorn's 2,048 can use
up all open files at once.
"""
FILES_FOR_ACCEPTED = 1 / 16
"""The share of all files reserved for newly accepted connections if files are few, since some
batches of these are always on their way.
"""
WAITING_CONNECTIONS = 2048
"""How many connections may wait to be accepted, if the system allows as many."""
REPORT_SECONDS = 60.0
_log = logging.getLogger(__name__)


def with_limits(startup: Any) -> Any:
    """``Server.startup`` of uvicorn, with our protocols."""

    @wraps(startup)
    async def started(self: Any, sockets: Any = None) -> None:
        files = descriptors.raise_limit()
        connections = Connections(limits(os.environ, files), seldom(_log.warning))
        self.config.http_protocol_class = partial(HttpConnection, connections=connections)
        self.config.ws_protocol_class = partial(WebSocketConnection, connections=connections)
        self.config.backlog = ACCEPTED_AT_ONCE if files is None else max(1, min(ACCEPTED_AT_ONCE, int(files * FILES_FOR_ACCEPTED)))
        await startup(self, sockets)
        if os.name != "nt":
            for listener in [sock for server in getattr(self, "servers", []) for sock in server.sockets or ()]:
                with listener.dup() as same:
                    same.listen(WAITING_CONNECTIONS)

    return started


def seldom(write: Callable[..., None]) -> Callable[[str], None]:
    """Write each reason at most once a minute, with how often it was reported since, so that a
    flood cannot fill the log.
    """
    last: dict[str, tuple[float, int]] = {}

    def report(reason: str) -> None:
        now, (at, unwritten) = time.monotonic(), last.get(reason, (-REPORT_SECONDS, 0))
        if now - at >= REPORT_SECONDS:
            write("connections were ended: %s (%d times)", reason, unwritten + 1)
            last[reason] = now, 0
        else:
            last[reason] = at, unwritten + 1

    return report
