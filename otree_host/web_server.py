"""The web server below oTree, with limits: open files raised, connections counted, timed and hung up on.

oTree starts uvicorn and gives no way to choose its protocols, so they are put in place when it starts up, after it has read its
configuration and before it listens.
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
"""How many new connections asyncio takes before it looks at those it has; uvicorn's 2,048 can use up all open files at once."""
FILES_FOR_ACCEPTED = 1 / 16
"""Of all files, where these are few: some batches of new connections are on their way at any time."""
WAITING_CONNECTIONS = 2048
"""How many may wait to be taken, where the system allows as many."""
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
    """Write each reason at most once a minute, with how often it was reported since: a flood must not fill the log."""
    last: dict[str, tuple[float, int]] = {}

    def report(reason: str) -> None:
        now, (at, unwritten) = time.monotonic(), last.get(reason, (-REPORT_SECONDS, 0))
        if now - at >= REPORT_SECONDS:
            write("connections were ended: %s (%d times)", reason, unwritten + 1)
            last[reason] = now, 0
        else:
            last[reason] = at, unwritten + 1

    return report
