"""A scene about what a page writes: see ``played.py``. Run as ``python scenes_quick.py <scene> <arguments as JSON>``."""

from __future__ import annotations

import json
import sys
from typing import Any

from scenes import Played  # it starts oTree

# isort: split
from otree.database import engine, session_scope
from otree.models import Participant, Session
from sqlalchemy import event


def writes_of_kept_things(fields: dict[str, Any]) -> list[int]:
    """How often a reload of the offer page writes what is kept with the participant or the session."""
    written: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: written.append(call[2]))
    played = Played("small_market", 4, **fields).consent()
    written.clear()
    played.reload()
    return [sum(statement.startswith("UPDATE") and "_vars=" in statement for statement in written), len(written)]


def kept_things() -> list[Any]:
    """What a participant and a session keep, through every way of writing it, as another request reads it."""
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


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
