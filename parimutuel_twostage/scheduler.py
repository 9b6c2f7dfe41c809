"""The server's own clock: every second it brings every market as far as it can go, whether or not anybody asks. With ``gate``, the only
module that touches oTree's private interface.

So no market waits for a page that nobody opens, for a message that got lost, or for oTree's timeout worker, which forgets what fell
due while the server was down. Each second the keeper writes down that time goes on. Where it finds that time has stood still, since
the server was down, the machine asleep, or its clock set forward, it moves whatever was running on by as much; where the clock was
set back, it moves everything back. It looks before each request too, so that nothing is decided by a clock that has just jumped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from time import time
from typing import Any

from otree import middleware
from otree.database import db, session_scope
from otree.models import Session
from sqlalchemy import and_, or_

from experiment.deadlines import CLOSING_SECONDS
from experiment.locales import speaking_in
from experiment.pauses import is_paused
from experiment.session import is_stored, locale_of
from otree_host import clock_set_back, wait_pages
from parimutuel_twostage import pausing, progress

TICK_SECONDS = 1.0
LONGEST_SILENCE = 10.0
"""A server that is only busy misses fewer seconds; time that is missing beyond has stood still."""
SMALLEST_SETBACK = 2.0
"""A clock that is only being adjusted goes back by less."""
_log = logging.getLogger(__name__)


class Keeper:
    """Looks after the markets that are kept in rows of ``group_class``; ``pulse_class`` has the row for the time."""

    def __init__(self, group_class: Any, pulse_class: Any) -> None:
        self._group, self._pulse = group_class, pulse_class
        self._first = True
        self._noted: float | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look once, before anybody is served, and then every second."""
        if self._task is None:
            await self._look()
            self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def meet_request(self, now: float) -> None:
        """Look at the clock before a request is answered; nothing happens before the first tick."""
        if self._noted is None or not _has_jumped(self._noted, now, LONGEST_SILENCE):
            return
        try:
            with session_scope():
                self._note_time(now, LONGEST_SILENCE)
        except Exception:
            _log.exception("the clock has jumped, and the markets could not be given the time that was lost")
        db.new_session()  # for the request

    def tick(self, now: float, since: float | None = None) -> None:
        """Look after every market that is under way, each in a transaction of its own.

        Where the server was busy ``since`` a moment, no stage ends that was not over then. The clock is read by ``now``, for a request
        that was answered meanwhile may have read it too: an older moment would look like a clock that was set back.
        """
        longest, self._first = (0.0 if self._first else LONGEST_SILENCE), False
        with session_scope():
            self._note_time(now, longest)
            now = now if since is None else min(now, since)
            keys = [group.id for group in self._due(now)]
        for key in keys:
            try:
                with session_scope():
                    group = db.query(self._group).get(key)
                    if group is not None:
                        self._advance(group, now)
            except Exception:
                _log.exception("a market could not go on by itself")

    def _advance(self, group: Any, now: float) -> None:
        """Whatever is written or sent on the way is in the language of the session, as where somebody asks."""
        with speaking_in(locale_of(group.session)):
            if progress.advance(group, now):
                wait_pages.release(group)

    def _due(self, now: float) -> Sequence[Any]:
        """The rounds of markets whose stage is over by the clock; every other step is taken when somebody asks."""
        group, limit = self._group, now - CLOSING_SECONDS
        unopened = group.stage1_opened == None  # noqa: E711
        stages = (
            and_(unopened, or_(group.start_deadline <= limit, group.market_deadline <= limit)),
            and_(group.drawn == False, group.stage1_deadline <= limit),  # noqa: E712
            and_(group.drawn == True, group.cleared == False, group.stage2_deadline <= limit),  # noqa: E712
            and_(group.cleared == True, group.over == False, group.result_deadline <= limit),  # noqa: E712
        )
        return list(db.query(group.id).filter(or_(*stages)))

    def _note_time(self, now: float, longest: float) -> None:
        """Write down that time goes on; make up for a time in which it has not, and for a clock that was set back."""
        pulse = db.query(self._pulse).first()
        if pulse is None:
            self._pulse.objects_create(at=now)
        else:
            if _has_jumped(pulse.at, now, longest):
                self._make_up(pulse.at, now)
            pulse.at = now
        self._noted = now

    def _make_up(self, before: float, now: float) -> None:
        for session in db.query(Session).filter(Session.archived == False).all():  # noqa: E712
            try:
                if is_stored(session):
                    _give_back(session, before, now)
            except Exception:
                _log.exception("session %s could not be given the time that was lost", session.code)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self._look()

    async def _look(self) -> None:
        since = time()  # what came in before is answered before
        async with middleware.lock2:
            try:
                self.tick(time(), since)
            except Exception:
                _log.exception("the markets could not be looked after")


def _has_jumped(before: float, now: float, longest: float) -> bool:
    """Whether more time is missing between two looks at the clock than a busy server misses, or the clock was set back."""
    return now - before > longest or now < before - SMALLEST_SETBACK


def _give_back(session: Any, before: float, now: float) -> None:
    """Have everything of a session that ran as far away as it was. A pause moves on by itself when it ends."""
    if now < before:
        clock_set_back.set_back(session, before - now)
    elif not is_paused(session):
        pausing.stand_still(session, before, now)


def keep_with_server(keeper: Keeper) -> None:
    """Start the keeper with the server, before it answers anybody, and stop it with it; let it look before each answer."""
    serve, dispatch = middleware.CommitTransactionMiddleware.__call__, middleware.CommitTransactionMiddleware.dispatch

    async def dispatched(self: Any, request: Any, answer: Any) -> Any:
        async def in_turn(request: Any) -> Any:
            keeper.meet_request(time())
            return await answer(request)

        return await dispatch(self, request, in_turn)

    async def call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await serve(self, scope, receive, send)
            return

        async def told(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete":
                await keeper.start()
            elif message["type"] == "lifespan.shutdown.complete":
                await keeper.stop()
            await send(message)

        await serve(self, scope, receive, told)

    middleware.CommitTransactionMiddleware.__call__ = call
    middleware.CommitTransactionMiddleware.dispatch = dispatched
