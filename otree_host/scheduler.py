"""The server's own clock: every second an app does what is due, whether or not a request comes in.

So nothing waits for a page that nobody opens, for a lost message, or for oTree's timeout worker,
which forgets what fell due while the server was down. Each second the scheduler notes the time in a
row called the heartbeat. If it finds that time stood still, because the server was down, the
machine asleep, or its clock set forward, or that the clock was set back, the app makes up for it in
every session. It also checks before each request, so that nothing is decided by a clock that has
just jumped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from time import time
from typing import Any

from otree import middleware
from otree.database import db, session_scope
from otree.models import Session

TICK_SECONDS = 1.0
LONGEST_SILENCE = 10.0
"""A server that is only busy misses fewer seconds; if more are missing, time stood still."""
SMALLEST_SETBACK = 2.0
"""A clock that is only adjusted goes back by less."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Duties:
    """What an app does by itself.

    ``due(now)`` returns the keys of what is due, ``carry_out(key, now)`` does one of them in its
    own transaction, and ``make_up(session, before, now)`` gives a session the time that is missing
    between two checks of the clock.
    """

    due: Callable[[float], Sequence[int]]
    carry_out: Callable[[int, float], None]
    make_up: Callable[[Any, float, float], None]


class Scheduler:
    """Carries out an app's duties; the heartbeat is the one row of ``heartbeat_class``, with a field ``at``."""

    def __init__(self, duties: Duties, heartbeat_class: Any) -> None:
        self._duties, self._heartbeat = duties, heartbeat_class
        self._first = True
        self._noted: float | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Check once before any request is served, and then every second."""
        if self._task is None:
            await self._look()
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def before_request(self, now: float) -> None:
        """Check the clock before a request is answered; nothing happens before the first tick."""
        if self._noted is None or not _has_jumped(self._noted, now, LONGEST_SILENCE):
            return
        try:
            with session_scope():
                self._note_time(now, LONGEST_SILENCE)
        except Exception:
            _log.exception("the clock has jumped, and the markets could not be given the time that was lost")
        db.new_session()  # for the request

    def tick(self, now: float, since: float | None = None) -> None:
        """Do everything that is due, each in its own transaction.

        If the server was busy ``since`` a moment, only what was due then is due. The clock is read
        when ``now`` is computed, because a request answered meanwhile may have read it too, and an
        earlier moment would look like a clock that was set back.
        """
        longest, self._first = (0.0 if self._first else LONGEST_SILENCE), False
        with session_scope():
            self._note_time(now, longest)
            now = now if since is None else min(now, since)
            keys = self._duties.due(now)
        for key in keys:
            try:
                with session_scope():
                    self._duties.carry_out(key, now)
            except Exception:
                _log.exception("a market could not go on by itself")

    def _note_time(self, now: float, longest: float) -> None:
        """Note the time; make up for a period in which time stood still, and for a clock that was
        set back.
        """
        heartbeat = db.query(self._heartbeat).first()
        if heartbeat is None:
            self._heartbeat.objects_create(at=now)
        else:
            if _has_jumped(heartbeat.at, now, longest):
                self._make_up(heartbeat.at, now)
            heartbeat.at = now
        self._noted = now

    def _make_up(self, before: float, now: float) -> None:
        for session in db.query(Session).filter(Session.archived == False).all():  # noqa: E712
            try:
                self._duties.make_up(session, before, now)
            except Exception:
                _log.exception("session %s could not be given the time that was lost", session.code)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self._look()

    async def _look(self) -> None:
        since = time()  # requests that came in before this moment are answered first
        async with middleware.lock2:
            try:
                self.tick(time(), since)
            except Exception:
                _log.exception("the scheduler could not check the markets")


def run_with_server(scheduler: Scheduler) -> None:
    """Make the server start this scheduler before it answers any request, and stop it when the
    server stops.
    """
    _running[:] = [scheduler]


def looks_before_answer(dispatch: Any) -> Any:
    """``CommitTransactionMiddleware.dispatch``: the scheduler checks the clock before each answer,
    under the database lock.
    """

    @wraps(dispatch)
    async def dispatched(self: Any, request: Any, call_next: Any) -> Any:
        async def answered(request: Any) -> Any:
            for scheduler in _running:
                scheduler.before_request(time())
            return await call_next(request)

        return await dispatch(self, request, answered)

    return dispatched


def starts_with_server(serve: Any) -> Any:
    """``CommitTransactionMiddleware.__call__``: the scheduler starts and stops with the server."""

    @wraps(serve)
    async def call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await serve(self, scope, receive, send)
            return

        async def sent(message: Any) -> None:
            for scheduler in _running:
                if message["type"] == "lifespan.startup.complete":
                    await scheduler.start()
                elif message["type"] == "lifespan.shutdown.complete":
                    await scheduler.stop()
            await send(message)

        await serve(self, scope, receive, sent)

    return call


_running: list[Scheduler] = []


def _has_jumped(before: float, now: float, longest: float) -> bool:
    """Whether more time is missing between two checks of the clock than a busy server misses, or
    the clock was set back.
    """
    return now - before > longest or now < before - SMALLEST_SETBACK
