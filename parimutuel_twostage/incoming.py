"""Requests before oTree reads them: whole, of a size and kind that it can read, and noted by when they came in. With ``gate``, the only
module that touches oTree's private interface.
"""

from __future__ import annotations

import asyncio
import re
from contextvars import ContextVar
from functools import partial
from time import time
from typing import Any

from otree.middleware import CommitTransactionMiddleware
from starlette.responses import PlainTextResponse

from parimutuel_twostage.listeners import talk


def arrived() -> float:
    """When the request that is being answered had come in (epoch seconds): a server that is busy may answer it much later.

    Never later than now: a clock that was set back since would make an answer late that came in time.
    """
    now, moment = time(), _arrived.get()
    return now if moment is None else min(moment, now)


def _once_it_is_here(one_by_one: Any) -> Any:
    """Wait for the whole of a request before oTree takes its lock, and not for ever.

    oTree answers one request at a time, and takes its turn before the body has arrived: one subject whose connection
    breaks in the middle of an answer would stop the server for everybody.
    """

    async def call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await talk(partial(one_by_one, self), scope, receive, send)
            return
        if scope["type"] != "http":
            await one_by_one(self, scope, receive, send)
            return
        if not _can_be_read(scope):
            await PlainTextResponse("The request cannot be read.", 400)(scope, receive, send)
            return
        try:
            messages = await asyncio.wait_for(_whole_request(receive), LONGEST_ARRIVAL)
        except TimeoutError:
            await PlainTextResponse("The request did not arrive in time.", 408)(scope, receive, send)
            return
        if sum(len(message.get("body", b"")) for message in messages) > LARGEST_REQUEST:
            await PlainTextResponse("The request is too large.", 413)(scope, receive, send)
        elif messages[-1]["type"] != "http.disconnect":

            async def replay() -> Any:
                return messages.pop(0) if messages else await receive()

            _arrived.set(time())
            await one_by_one(self, scope, replay, send)

    return call


def _can_be_read(scope: Any) -> bool:
    """Whether oTree can read a request: no NUL in its address, which the database refuses, no name in it that is too long for a
    file, and a body of a kind that pages send.

    A form in parts is none of these. The parser for it that oTree brings ends in an error where a part is broken, and takes for
    ever over a header of a hundred backslashes; it reads the header of every form, so anything but a plain one is refused.
    """
    address = scope["path"] + scope["query_string"].decode("latin-1")
    kinds = [value.decode("latin-1") for name, value in scope["headers"] if name == b"content-type"]
    readable = not re.search("\0|%00", address) and all(len(name.encode()) <= LONGEST_NAME for name in scope["path"].split("/"))
    return readable and len(kinds) < 2 and all(map(_PLAIN_KIND.fullmatch, kinds))


async def _whole_request(receive: Any) -> list[Any]:
    messages, size = [], 0
    while True:
        messages.append(await receive())
        size += len(messages[-1].get("body", b""))
        if not messages[-1].get("more_body") or size > LARGEST_REQUEST:
            return messages


LONGEST_ARRIVAL = 10.0
"""Seconds."""
LARGEST_REQUEST = 1_000_000
"""Bytes."""
LONGEST_NAME = 200
"""Bytes of a part of an address."""
_PLAIN_KIND = re.compile(r"(?!multipart/)[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}(; ?charset=[a-z0-9_-]{1,40})?|", re.IGNORECASE | re.ASCII)
_arrived: ContextVar[float | None] = ContextVar("arrived", default=None)

CommitTransactionMiddleware.__call__ = _once_it_is_here(CommitTransactionMiddleware.__call__)
