"""Participants across all sessions, and where oTree itself stores the labels by which recruiters know them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from otree.database import dbq
from otree.models import Session
from otree.models_concrete import ParticipantVarsFromREST


def all_sessions() -> Sequence[Any]:
    """The server's sessions, in the order of their creation."""
    sessions: Sequence[Any] = dbq(Session).order_by("id").all()
    return sessions


def emptied_label(participant: Any) -> int:
    """Remove the participant's label, and what a program stored for this label before they came; how many values were removed."""
    label = participant.label
    if not label:
        return 0
    participant.label = None
    return 1 + int(ParticipantVarsFromREST.objects_filter(participant_label=label).delete())
