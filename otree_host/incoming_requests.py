"""Checks requests before oTree reads them: they are complete, of a size and kind that it can read,
and have the moment of their arrival. Adds headers to answers.
"""

from __future__ import annotations

import asyncio
import mimetypes
import os
from contextvars import ContextVar
from functools import partial
from time import time
from typing import Any

from otree import settings
from starlette.responses import PlainTextResponse, Response

from experiment.network.login_limits import Delays, same_secret
from experiment.network.request_limits import LARGEST_BODY, LARGEST_JSON, TOO_LARGE, TOO_SLOW, Refusal, refusal_of_body, refusal_of_head
from experiment.network.response_headers import secured
from otree_host.websocket_access import talk


def arrived() -> float:
    """When the request that is being answered arrived (epoch seconds), since a busy server may
    answer it much later.

    Never later than now: otherwise an answer that arrived in time would count as late if the clock
    was set back since.
    """
    now, moment = time(), _arrived.get()
    return now if moment is None else min(moment, now)


def answer_slowly(scope: Any) -> None:
    """Delay the answer to this request for a second, after the server's lock has been released."""
    scope[_SLOWLY] = True


def has_rest_key(scope: Any) -> bool:
    """Whether a request may use the REST interface, as oTree decides it: without an authentication
    level anybody may.
    """
    sent = _headers(scope, "otree-rest-key")
    return settings.AUTH_LEVEL not in ("DEMO", "STUDY") or same_secret(sent[0] if sent else None, os.environ.get("OTREE_REST_KEY"))


def read_first(one_by_one: Any) -> Any:
    """Wait for the whole of a request, but not for ever, before oTree takes its lock.

    oTree answers one request at a time, and takes its lock before the body has arrived: one subject
    whose connection breaks in the middle of an answer would stop the server for everybody.
    """

    async def call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await talk(partial(one_by_one, self), scope, receive, send)
            return
        if scope["type"] != "http":
            await one_by_one(self, scope, receive, send)
            return
        if os.environ.get(HTTPS, "") not in ("", "0"):
            scope["scheme"] = "https"
        answer = _on_its_way(scope, send)
        if scope["path"] == ALIVE and scope["method"] in ("GET", "HEAD"):
            await Response(status_code=204)(scope, receive, answer)
            return
        body = await _read(scope, receive)
        if isinstance(body, Refusal):
            await PlainTextResponse(body.sentence, body.status, dict(body.headers))(scope, receive, answer)
        elif body is not None:
            messages = [{"type": "http.request", "body": body, "more_body": False}]

            async def replay() -> Any:
                return messages.pop(0) if messages else await receive()

            _arrived.set(time())
            await one_by_one(self, scope, replay, answer)

    return call


def _on_its_way(scope: Any, send: Any) -> Any:
    """A function that sends the answer with its headers, delayed if it is to be slow. It does not
    hold the server's lock.

    The path is read now, because it is shortened later if it leads to a static file.
    """
    path, scheme, host = scope["path"], scope.get("scheme", "http"), _headers(scope, "host")

    async def answer(message: Any) -> None:
        if message["type"] == "http.response.start":
            if scope.get(_SLOWLY):
                await _delays.hold_back()
            message = message | {"headers": secured(message.get("headers", ()), path, scheme, host[0] if host else "")}
        await send(message)

    return answer


async def _read(scope: Any, receive: Any) -> bytes | Refusal | None:
    """The body of a request, or why it is refused; None if the client has gone."""
    head = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    refusal = refusal_of_head(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), head)
    if refusal is not None:
        return refusal
    try:
        body = await asyncio.wait_for(_whole_body(receive, _largest_body(scope)), LONGEST_ARRIVAL)
    except TimeoutError:
        return TOO_SLOW
    if body is None or isinstance(body, Refusal):
        return body
    return refusal_of_body(body, _headers(scope, "content-type")) or body


def _largest_body(scope: Any) -> int:
    return LARGEST_JSON if scope["path"].startswith("/api/") and has_rest_key(scope) else LARGEST_BODY


async def _whole_body(receive: Any, most: int) -> bytes | Refusal | None:
    """The body. One that is too large is read on for a while and discarded, since a client that is
    still sending when the connection closes sees no answer.
    """
    pieces, size, more = [], 0, True
    while more and size <= LARGEST_JSON:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        piece, more = message.get("body", b""), message.get("more_body", False)
        size += len(piece)
        if size <= most:
            pieces.append(piece)
    return TOO_LARGE if size > most else b"".join(pieces)


def _headers(scope: Any, wanted: str) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted.encode()]


ALIVE = "/alive"
"""Where a page asks whether the server can be reached, which is answered without the lock: an offer
must not be late because the server was busy when its page asked.
"""
HTTPS = "EXPERIMENT_HTTPS"
"""The variable that says that all requests come by HTTPS, for a proxy whose X-Forwarded-Proto
uvicorn does not trust.
"""
LONGEST_ARRIVAL = 10.0
"""Seconds."""
_SLOWLY = "parimutuel.answer_slowly"
_delays = Delays()
_arrived: ContextVar[float | None] = ContextVar("arrived", default=None)


def name_types_of_scripts() -> None:
    """Give scripts their type, since some Windows machines call them plain text, which no browser
    runs.
    """
    for ending, kind in ((".js", "text/javascript"), (".css", "text/css"), (".svg", "image/svg+xml")):
        mimetypes.add_type(kind, ending)
