"""Scenes of a server whose clock is set back or forward while a session runs; run by ``played.py``."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from scenes import Q, R, skip_time  # starts oTree, so it comes first

# isort: split

from otree import middleware
from otree.database import session_scope
from otree.models import Session
from scenes_absence import _plays, _scheduler, groups, market, one, pass_time, scheduler
from scenes_lobby import lobby, recheck
from scenes_quiz import Taker

import parimutuel_intro
from otree_host import clock_set_back, incoming_requests
from otree_host.scheduler import Scheduler
from parimutuel_twostage import Group, Player, pausing, server_scheduler


def _left(played: Any, round_number: int, stage: str) -> float:
    """Seconds until the deadline of a stage."""
    return groups(played, f"{stage}_deadline")[round_number - 1][0] - time.time()


def _set_clock(seconds: float, clock: Scheduler = _scheduler) -> None:
    skip_time(seconds)
    clock.tick(time.time())
    clock.tick(time.time())


def one_away(seconds: float) -> dict[str, Any]:
    """The clock is moved by this many seconds in the second round, from which one of four is away; the others answer after it."""
    played = market(rounds=3, misses_allowed=0).consent()
    here, began = played.subjects[:3], time.time()
    for stage in (1, 2):
        _plays(played, played.subjects, stage)
    for subject in here:
        subject.send()
    pass_time(15)
    before = _left(played, 2, "stage1")
    _set_clock(seconds)
    after = _left(played, 2, "stage1")
    pass_time(5)
    waited = [_plays(played, here, stage) for stage in (1, 2)]
    for subject in here:
        subject.send()
    third = _left(played, 3, "stage1")
    waited += [_plays(played, here, stage) for stage in (1, 2)]
    return {
        "left": [before, after],
        "waited": waited,
        "third": third,
        "seconds": one(played, 2, "stage1_source", "stage1_seconds"),
        "took": time.time() - began,
        "decisions": played.export("custom_export"),
        "sessions": played.export("custom_export_sessions"),
    }


def restarted(seconds: float) -> dict[str, Any]:
    """The server is down, and its clock is another when it is back."""
    played = market(rounds=1).consent()
    pass_time(20)
    before = _left(played, 1, "stage1")
    _set_clock(seconds, scheduler())
    return {"left": [before, _left(played, 1, "stage1")]}


def between_ticks(seconds: float) -> dict[str, Any]:
    """The last of four offers comes after the clock was set, and before the server's next look at it."""
    played = market(rounds=1).consent()
    skip_time(5)
    server_scheduler.tick(time.time())
    for subject in played.subjects[:3]:
        subject.offer(1, Q)
    skip_time(seconds)
    played.subjects[3].offer(1, R)
    server_scheduler.tick(time.time())
    played.reload()
    return {"rows": one(played, 1, "stage1_source", "stage1_seconds"), "second": _left(played, 1, "stage2"), "pages": played.pages}


def busy(seconds: float) -> dict[str, Any]:
    """The server is busy for so long that its look waits for a request which was there before, and which finds that time is missing."""
    played = market(rounds=1).consent()
    pass_time(5)
    server_scheduler.tick(time.time())
    before = _left(played, 1, "stage1")

    async def waits() -> None:
        async with middleware.lock2:
            look = asyncio.create_task(server_scheduler._look())
            await asyncio.sleep(0)
            skip_time(seconds)
            server_scheduler.before_request(time.time())
        await look

    asyncio.run(waits())
    return {"left": [before, _left(played, 1, "stage1")]}


def in_the_queue(seconds: float) -> dict[str, float]:
    """The clock is changed while an answer that has come in waits for the lock: how far ahead of now it is said to have come in."""
    incoming_requests._arrived.set(time.time())
    skip_time(seconds)
    return {"ahead": incoming_requests.arrived() - time.time()}


def in_a_pause(seconds: float) -> dict[str, Any]:
    played = market(rounds=1).consent()
    pass_time(20)
    before = _left(played, 1, "stage1")
    with session_scope():
        pausing.pause(Session.objects_get(code=played.code), time.time())
    pass_time(20)
    _set_clock(seconds)
    pass_time(20)
    with session_scope():
        pausing.resume(Session.objects_get(code=played.code), time.time())
    return {"left": [before, _left(played, 1, "stage1")]}


def in_the_lobby(seconds: float) -> dict[str, Any]:
    """Eight are wanted, or seven after a minute. One of seven closes the tab; the clock is set; the other six wait on, for nothing."""
    played = lobby(9, lobby_leave_seconds=0)
    gone, *here = played.subjects[:7]
    for subject in (gone, *here):
        subject.come().send()
    _scheduler.tick(time.time())
    began = time.time()
    _set_clock(seconds)
    began += seconds
    waits = []
    for _ in range(30):
        recheck(here, 3)
        _scheduler.tick(time.time())
        waits.append([round(time.time() - began), [subject.page for subject in here]])
    return {"waits": waits, "gone": gone.page}


def in_the_quiz(seconds: float) -> list[float]:
    """How long the answers of an attempt took during which the clock was set."""
    taker = Taker(market(rounds=1, quiz_attempts=2))
    pass_time(20)
    _set_clock(seconds)
    pass_time(10)
    taker.send(taker.answers())
    return [row[-1] for row in taker.log()]


def finished(seconds: float) -> dict[str, Any]:
    """The values in the rows of a session that is over, before and after the clock is set."""
    played = market(rounds=1).consent()
    for stage in (1, 2):
        _plays(played, played.subjects, stage)
    pass_time(60)
    columns = ("over", "stage1_opened", "result_deadline")
    before = groups(played, *columns)
    _set_clock(seconds)
    return {"before": before, "after": groups(played, *columns)}


def moments() -> dict[str, list[str]]:
    """The decimal numbers that the apps keep with markets and subjects: those that a clock set back moves, and the others."""
    models = (Group, Player, parimutuel_intro.Player)
    floats = [(model, column.name) for model in models for column in model.__table__.columns if type(column.type).__name__ == "Float"]
    moved = {(model, name) for model, names in clock_set_back._MOMENTS for name in names}
    return {
        "moved": sorted({name for model, name in floats if (model, name) in moved}),
        "kept": sorted({name for model, name in floats if (model, name) not in moved}),
    }
