"""Scenes of markets that go on without somebody: deadlines, dropouts, pauses, a server that was down; run by ``played.py``."""

from __future__ import annotations

import json
import time
from typing import Any

from scenes import Played, Q, R, skip_time  # starts oTree, so it comes first

# isort: split

from otree.database import session_scope
from otree.models import Participant, Session

from experiment.absence import missed, misses
from experiment.session import experiment_of
from otree_host.scheduler import Scheduler
from parimutuel_twostage import Group, Heartbeat, pausing
from parimutuel_twostage.due_markets import duties

TIMES = {"stage1_deadline_seconds": 40, "stage2_deadline_seconds": 30, "result_deadline_seconds": 20}
KEPT = {"seed": "7", "questionnaire": "", "start_seconds": 100, **TIMES}


def scheduler() -> Scheduler:
    """One that has not looked at the clock yet, as of a server that was just started."""
    return Scheduler(duties(Group), Heartbeat)


_scheduler = scheduler()


def market(participants: int = 4, **fields: Any) -> Played:
    return Played("small_market", participants, **(KEPT | fields))


def pass_time(seconds: int) -> None:
    """The server's clock goes on, and the scheduler with it."""
    for _ in range(seconds // 5):
        skip_time(5)
        _scheduler.tick(time.time())


def groups(played: Played, *columns: str) -> list[list[Any]]:
    """Columns of the markets in the rounds that are played, by round."""
    with session_scope():
        session = Session.objects_get(code=played.code)
        last = experiment_of(session).settings.total_rounds
        found = [group for group in Group.objects_filter(session=session) if group.round_number <= last]
        found.sort(key=lambda group: (group.round_number, group.id_in_subsession))
        return [[group.field_maybe_none(column) for column in columns] for group in found]


def one(played: Played, round_number: int, *columns: str) -> list[list[Any]]:
    return played.rows(*columns, round_number=round_number)


def all_gone(**fields: Any) -> dict[str, Any]:
    """Everybody opens the first offer's page and closes the tab; anyone who comes back after the session finds the end."""
    played = market(rounds=3, **fields).consent()
    began = time.time()
    seen = []
    for _ in range(80):
        pass_time(5)
        done = sum(bool(cleared) for (cleared,) in groups(played, "cleared"))
        seen.append([round(time.time() - began), done])
    first = played.subjects[0]
    back = [first.come().page]
    while first.page == "Result":
        back.append(first.send().page)
    return {
        "seen": seen,
        "sources": one(played, 3, "stage1_source", "stage2_source", "points", "dropped"),
        "active": one(played, 3, "active"),
        "back": back,
        "payments": played.export("custom_export_payments"),
        "decisions": played.export("custom_export"),
        "sessions": played.export("custom_export_sessions"),
    }


def one_gone(back_in: int, **fields: Any) -> dict[str, Any]:
    """The last subject closes the tab on the first page of offers, and opens the start link again in a later round."""
    played = market(rounds=6, **fields).consent()
    here, gone = played.subjects[:3], played.subjects[3]
    waited, told, returned = [], [], []
    for number in range(1, 7):
        if number == back_in:
            returned.append(gone.come().page)
            while gone.page == "Result":
                returned.append(gone.send().page)
        present = [*here, gone] if back_in <= number else here
        waited.append([_plays(played, present, stage) for stage in (1, 2)])
        told.append([subject.page for subject in present])
        for subject in present:
            subject.send()
    names = ("active", "stage1_source", "stage1_q", "stage1_r", "stage2_source", "stage2_q", "stage2_r", "dropped", "points")
    return {
        "waited": waited,
        "returned": returned,
        "told": told,
        "rows": [one(played, number, *names)[3] for number in range(1, 7)],
        "cleared": groups(played, "cleared", "price"),
        "announced": [json.loads(text) for (text,) in groups(played, "announcement")],
        "decisions": played.export("custom_export"),
        "sessions": played.export("custom_export_sessions"),
    }


def _plays(played: Played, present: list[Any], stage: int) -> int:
    """Those present answer and wait; the seconds until their market goes on."""
    for number, subject in enumerate(present):
        if subject.page == ("FirstOffer", "SecondOffer")[stage - 1]:
            subject.offer(stage, (Q, R)[number % 2])
        elif subject.page == "NoSecondOffer":
            subject.send()
    began = time.time()
    while any("Gate" in subject.reload().page for subject in present):
        pass_time(5)
        assert time.time() - began < 300, [subject.page for subject in present]
    return round(time.time() - began)


def dropout(how: str) -> dict[str, Any]:
    """A dropout has the page of the second round's first offer open: answers late, in time, or returns by the wait page."""
    played = market(rounds=3, misses_allowed=1).consent()
    here, gone = played.subjects[:3], played.subjects[3]
    for stage in (1, 2):
        _plays(played, here, stage)
    for subject in here:
        subject.send()
    gone.come()
    while gone.page != "FirstOffer":
        gone.send()
    with session_scope():
        missed(Participant.objects_get(code=gone.code))
    address, seen = gone.at, []
    if how == "late":
        _plays(played, here, 1)
        gone.send({"stage1_good": "q", "stage1_amount": "1"}, at=address)
    elif how == "in time":
        gone.offer(1, Q)
        _plays(played, here, 1)
    else:
        while groups(played, "stage1_deadline")[1][0] > time.time() + 1:
            skip_time(1)
        gone.send({"timeout_happened": "1"})
        seen = [gone.page, "I am here" in gone.text]
        gone.send({"back": "1"})
        seen += [gone.page, "I am here" in gone.text]
    with session_scope():
        left = misses(Participant.objects_get(code=gone.code))
    return {"row": one(played, 2, "stage1_source", "stage1_q")[3], "misses": left, "seen": seen}


def gone_between(**fields: Any) -> dict[str, Any]:
    """Everybody makes a first offer; the last subject closes the tab before the second, in both rounds."""
    played = market(rounds=2, misses_allowed=0, **fields).consent()
    here, gone = played.subjects[:3], played.subjects[3]
    for _ in range(2):
        _plays(played, played.subjects, 1)
        _plays(played, here, 2)
        for subject in here:
            subject.send()
        while gone.reload().page in ("SecondOffer", "NoSecondOffer", "Result"):
            pass_time(5)
            gone.send({"timeout_happened": "1"})
    names = ("active", "stage1_source", "stage1_q", "stage1_r", "stage2_source", "stage2_q", "stage2_r")
    return {
        "rows": [one(played, number, *names)[3] for number in (1, 2)],
        "decisions": played.export("custom_export"),
        "sessions": played.export("custom_export_sessions"),
        "payments": played.export("custom_export_payments"),
    }


def paused(seconds: int) -> dict[str, Any]:
    """A pause in the first stage: nobody is late, nothing goes on, and afterwards as much time is left as before."""
    played = market(rounds=1).consent()
    pass_time(20)
    before = groups(played, "stage1_deadline")[0][0] - time.time()
    with session_scope():
        pausing.pause(Session.objects_get(code=played.code), time.time())
    page = played.subjects[0].reload()
    shows = ["has paused" in page.text, "otree-timer" in page.text]
    pass_time(seconds)
    for subject in played.subjects[:3]:
        subject.offer(1, Q)
    last = played.subjects[3].reload().page
    played.subjects[3].offer(1, R)
    held = played.reload().pages
    gate = "has paused" in played.subjects[0].text
    with session_scope():
        pausing.resume(Session.objects_get(code=played.code), time.time())
    after = groups(played, "stage1_deadline")[0][0] - time.time()
    played.reload()
    return {
        "left": [before, after],
        "shows": shows,
        "last": last,
        "held": held,
        "gate": gate,
        "sources": one(played, 1, "stage1_source"),
        "pages": played.pages,
    }


def extended() -> dict[str, Any]:
    """A stage gets a minute more; then one that has no deadline, and one that is over, get none."""
    played = market(rounds=1).consent()
    pass_time(20)
    before = groups(played, "stage1_deadline")[0][0]
    said = []

    def extend(seconds: int) -> None:
        with session_scope():
            (group,) = Group.objects_filter(session=Session.objects_get(code=played.code), round_number=1)
            try:
                pausing.extend(group, seconds, time.time())
                said.append("")
            except pausing.CannotExtend as error:
                said.append(str(error))

    extend(60)
    after = groups(played, "stage1_deadline")[0][0]
    extend(0)
    pass_time(60)
    in_time = played.subjects[0].reload().page
    pass_time(200)
    extend(60)
    return {"gained": after - before, "said": said, "in_time": in_time}


def down(seconds: int) -> dict[str, Any]:
    """The server is away in the first stage; another scheduler finds the market when it is back."""
    played = market(rounds=1).consent()
    pass_time(20)
    before = groups(played, "stage1_deadline")[0][0] - time.time()
    skip_time(seconds)
    scheduler().tick(time.time())
    after = groups(played, "stage1_deadline")[0][0] - time.time()
    return {"left": [before, after], "page": played.subjects[0].reload().page, "sources": one(played, 1, "stage1_source")}


def start(arrive: int, **fields: Any) -> dict[str, Any]:
    """Only this many of the four read the instructions to their end."""
    played = market(rounds=1, instructions=True, **fields)
    for subject in played.subjects:
        subject.come()
    for subject in played.subjects[:arrive]:
        while "Gate" not in subject.page and subject.page != "FirstOffer":
            subject.send()
    began = time.time()
    while "Gate" in played.subjects[0].reload().page and time.time() - began < 300:
        pass_time(5)
    return {"waited": round(time.time() - began), "pages": [subject.reload().page for subject in played.subjects]}


def lost_redirect() -> dict[str, Any]:
    """One subject's browser posts that the result is read, and never asks for the next page; the others play on."""
    played = market(rounds=2).consent()
    for stage in (1, 2):
        _plays(played, played.subjects, stage)
    played.subjects[3].send(follow=False)
    for subject in played.subjects[:3]:
        subject.send()
    waited = [_plays(played, played.subjects[:3], stage) for stage in (1, 2)]
    return {"waited": waited, "row": one(played, 2, "stage1_source", "stage2_source")[3], "cleared": groups(played, "cleared")}
