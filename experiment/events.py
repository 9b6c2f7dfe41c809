"""How subjects used the slider, the fields and the calculator of an offer page, and with what: read
from the page with suspicion, stored, exported.

A page's script sends a list of ``{"t": ms, "what": "slider", "value": 2.5}``. It comes from a
browser, so anything may arrive. Anything but such a list, of bounded length, is dropped whole and
silently: a log must never prevent an offer. Where the session does not log attention, the events
about it are dropped, whatever a page sent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from experiment.offers import GOOD_Q, GOOD_R, NOTHING

SHOWN, SLIDER, AMOUNT, GOOD, GUESS_Q, GUESS_R = "shown", "slider", "amount", "good", "guess_q", "guess_r"
"""What an event may be about: the page appears (again after a reload), the slider moves, or a field
is changed.
"""
INPUT, CHANGED, SUBMITTED = "input", "changed", "submitted"
"""With what the offer is changed from here on; when it was changed last, and with what; and with
what it is submitted.
"""
KINDS = ("mouse", "touch", "pen", "keyboard", "paste", "other")
"""``other`` is a screen reader, dictation, or a program that fills in fields."""
HIDDEN, VISIBLE, FOCUS_LOST, FOCUS_GAINED, COPIED = "hidden", "visible", "focus_lost", "focus_gained", "copied"
"""The page is hidden and shown again; another window comes to the front, and this one again; and
something is copied, of which only the length is known.
"""
ATTENTION = (HIDDEN, VISIBLE, FOCUS_LOST, FOCUS_GAINED, COPIED)
EVENT_COLUMNS = ("session_code", "round_number", "participant_code", "stage", "time_ms", "what", "value")
MOST_EVENTS = 500
LONGEST_LOG = 40_000
"""Characters."""
LONGEST_TIME = 7 * 24 * 3600 * 1000
"""Milliseconds, a week."""
LARGEST_NUMBER = 1e12


@dataclass(frozen=True)
class Event:
    """One use, ``time_ms`` milliseconds after the page was first shown.

    ``value`` is, for the slider, the offer on one axis, with good q to the left of zero; for a
    field, the number typed; for the choice, the good; for ``input``, ``changed`` and ``submitted``
    one of ``KINDS``; for a copy, its number of characters. Otherwise it is None, as it is when what
    was typed is not a number.
    """

    time_ms: int
    what: str
    value: float | str | None


def read_events(posted: object, attention: bool = True) -> tuple[Event, ...]:
    """The events that a page sent, or none at all if they do not have the form that a page sends;
    those about attention only if the session logs it.
    """
    if not isinstance(posted, str) or len(posted) > LONGEST_LOG:
        return ()
    try:
        entries = json.loads(posted)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(entries, list) or len(entries) > MOST_EVENTS:
        return ()
    events = [_event(entry) for entry in entries]
    read = tuple(event for event in events if event is not None)
    if len(read) != len(events):
        return ()
    return tuple(event for event in read if attention or event.what not in ATTENTION)


def events_text(events: Sequence[Event]) -> str:
    """Events as they are stored; ``read_events`` reads them back."""
    return json.dumps([{"t": event.time_ms, "what": event.what, "value": event.value} for event in events], separators=(",", ":"))


def event_cells(event: Event) -> list[int | str]:
    """The last cells of a row of ``events.csv``: a time, a word, and a number or one of our own
    words, so never a formula.
    """
    value = "" if event.value is None else event.value if isinstance(event.value, str) else repr(event.value)
    return [event.time_ms, event.what, value]


def _event(entry: object) -> Event | None:
    if not isinstance(entry, dict) or entry.keys() != {"t", "what", "value"}:
        return None
    time, what, value = entry["t"], entry["what"], entry["value"]
    if isinstance(time, bool) or not isinstance(time, int) or not 0 <= time <= LONGEST_TIME:
        return None
    if what in (SHOWN, HIDDEN, VISIBLE, FOCUS_LOST, FOCUS_GAINED):
        return Event(time, what, None) if value is None else None
    if what in (INPUT, CHANGED, SUBMITTED):
        return Event(time, what, value) if isinstance(value, str) and value in KINDS else None
    if what == COPIED:
        return Event(time, COPIED, float(value)) if _is_number(value) and value >= 0 and value == int(value) else None
    if what == GOOD:
        return Event(time, GOOD, value) if isinstance(value, str) and value in (GOOD_Q, GOOD_R, NOTHING) else None
    if what == SLIDER:
        return Event(time, SLIDER, float(value)) if _is_number(value) else None
    if what in (AMOUNT, GUESS_Q, GUESS_R) and (value is None or (_is_number(value) and value >= 0)):
        return Event(time, what, None if value is None else float(value))
    return None


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= LARGEST_NUMBER and math.isfinite(value)
