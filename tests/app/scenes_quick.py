"""A scene about what a page writes: see ``played.py``."""

from __future__ import annotations

from typing import Any

from scenes import Played, Q, R  # it starts oTree

# isort: split
from otree.common2 import page_completion_buffer
from otree.database import engine, session_scope
from otree.models import Participant, Session
from sqlalchemy import event

from experiment.absence import is_dropout
from experiment.offers import ABSENT
from parimutuel_twostage import Player


def writes_of_kept_things(fields: dict[str, Any]) -> list[int]:
    """How often a reload of the offer page writes the stored values of the participant or the session."""
    written: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: written.append(call[2]))
    played = Played("small_market", 4, **fields).consent()
    written.clear()
    played.reload()
    return [sum(statement.startswith("UPDATE") and "_vars=" in statement for statement in written), len(written)]


def kept_things() -> list[Any]:
    """What a participant and a session store, by every way of writing, as another request reads it."""
    played = Played("small_market", 4)
    read = []
    for model, which in ((Participant, {"_session_code": played.code, "id_in_session": 1}), (Session, {"code": played.code})):
        for write in (
            lambda kept: kept.__setitem__("a", 1),
            lambda kept: kept.setdefault("b", 2),
            lambda kept: kept.update(c=3),
            lambda kept: kept.pop("a"),
        ):
            with session_scope():
                write(model.objects_get(**which).vars)
            with session_scope():
                kept = model.objects_get(**which).vars
                read.append({name: kept[name] for name in "abc" if name in kept})
    return read


def led_on() -> list[Any]:
    """Three wait and the fourth offers: where the three are then, what it costs to notify each, and how often the wait page was left."""
    played = Played("small_market", 4).consent()
    *three, last = played.subjects
    for subject in three:
        subject.offer(1, Q)
    gates = [subject.at for subject in three]
    last.offer(1, R)
    with session_scope():
        places = [Participant.objects_get(code=subject.code)._index_in_pages - int(subject.at.rpartition("/")[2]) for subject in three]
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: sent.append(call[2]))
    for subject in three:
        subject.client.get(subject.at, allow_redirects=False)
    statements = [statement.split()[0] for statement in sent]
    played.reload()
    left = [row for row in page_completion_buffer if any(subject.code in row for subject in played.subjects)]
    return [[gate.split("/")[4] for gate in gates], min(places) > 0, statements, played.pages, sum("DrawGate" in row for row in left)]


def dropout_at_an_open_wait_page() -> list[Any]:
    """One of three who wait has missed their offer when the fourth offers: how far they and another are led, where their button leads."""
    played = Played("small_market", 4, misses_allowed=1).consent()
    gone, other, third, last = played.subjects
    for subject in (gone, other, third):
        subject.offer(1, Q)
    places = [_place(subject.code) for subject in (gone, other)]
    played.change(Player, {"round_number": 1, "id_in_group": 1}, {"stage1_source": ABSENT, "stage1_q": None, "stage1_r": None})
    last.offer(1, R)
    led = [_place(subject.code) - place for subject, place in zip((gone, other), places, strict=True)]
    gone.send({"back": "1"})
    with session_scope():
        return [led[0], led[1] > 0, gone.page, is_dropout(Participant.objects_get(code=gone.code), 1)]


def advanced_at_a_wait_page() -> list[Any]:
    """All have offered, nobody has asked the wait page since, and the experimenter advances the slowest."""
    played = Played("small_market", 4).consent()
    *three, last = played.subjects
    for subject in three:
        subject.offer(1, Q)
    last.client.post(last.at, data="stage1_good=r&stage1_amount=1", headers=FORM, allow_redirects=False)
    with session_scope():
        Session.objects_get(code=played.code).advance_last_place_participants()
    return [played.reload().pages, played.rows("stage2_source", "stage2_read")]


def _place(code: str) -> int:
    with session_scope():
        return int(Participant.objects_get(code=code)._index_in_pages)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
