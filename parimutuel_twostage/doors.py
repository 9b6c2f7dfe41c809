"""Who gets in: the labels in recruiters' addresses, read with suspicion. With ``gate`` and ``arrivals``, the only module that
touches oTree's private interface.

oTree takes any text of at most 100 characters for a label, and lets who has none into a room, on another browser once more.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from otree.models import Participant
from otree.views import participant as entrances
from starlette.exceptions import HTTPException

from experiment.labels import is_label, refusal_of_visitor

LABEL_FIELD = "participant_label"


def _suspicious(validate: Any) -> Any:
    """At the door of a room: the label first, then what oTree asks for."""

    @wraps(validate)
    def validated(room: Any, visitor: Any) -> dict[str, str]:
        refusal = refusal_of_visitor(room.name, visitor.get(LABEL_FIELD, ""))
        return {LABEL_FIELD: refusal} if refusal else validate(room, visitor)

    return validated


def _clean(set_label: Any) -> Any:
    """Wherever a label comes from, none is kept that is not one."""

    @wraps(set_label)
    def checked(self: Any, label: Any) -> None:
        if label and not is_label(label):
            raise HTTPException(404, "This is no participant label.")
        set_label(self, label)

    return checked


entrances.validate_room_visitor = _suspicious(entrances.validate_room_visitor)
Participant.set_label = _clean(Participant.set_label)
