"""The seat as its subject reads it on every page: the label of the machine, or the number of the
participant.

A label is shown in the laboratory only, where it names a machine. Elsewhere it is a recruiter's
name for a person, and a stranger may look over that person's shoulder.
"""

from __future__ import annotations

from typing import Protocol

from experiment.config import SessionSettings
from experiment.language import say
from experiment.session import StoredSession, experiment_of
from experiment.shown.numbers import text


class Seated(Protocol):
    """The attributes of a participant that are used here: the number in the session, 1, 2, ..., and
    the label, if any.
    """

    id_in_session: int
    label: str | None


def own_seat(session: StoredSession, participant: Seated) -> str:
    """The seat of a participant of this session, ready to stand in a page."""
    return seat_text(experiment_of(session).settings, participant.label, participant.id_in_session)


def seat_text(settings: SessionSettings, label: str | None, number: int) -> str:
    """The seat with this label and this number, ready to stand in a page."""
    if label and settings.in_laboratory:
        return say("Seat {label}", label=text(label))
    return say("Participant {number}", number=number)
