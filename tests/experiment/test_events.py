"""Logs of use: what a page sends is read back as it was; anything else is dropped as a whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiment.events import (
    ATTENTION,
    COPIED,
    EVENT_COLUMNS,
    KINDS,
    LARGEST_NUMBER,
    LONGEST_LOG,
    LONGEST_TIME,
    MOST_EVENTS,
    Event,
    event_cells,
    events_text,
    read_events,
)

NUMBERS = st.floats(-LARGEST_NUMBER, LARGEST_NUMBER)
AMOUNTS = st.none() | st.floats(0, LARGEST_NUMBER)
EVENTS = st.one_of(
    st.builds(Event, st.integers(0, LONGEST_TIME), st.just("shown"), st.none()),
    st.builds(Event, st.integers(0, LONGEST_TIME), st.just("slider"), NUMBERS),
    st.builds(Event, st.integers(0, LONGEST_TIME), st.just("good"), st.sampled_from(["q", "r", "none"])),
    st.builds(Event, st.integers(0, LONGEST_TIME), st.sampled_from(["amount", "guess_q", "guess_r"]), AMOUNTS),
    st.builds(Event, st.integers(0, LONGEST_TIME), st.sampled_from(["input", "changed", "submitted"]), st.sampled_from(KINDS)),
    st.builds(Event, st.integers(0, LONGEST_TIME), st.sampled_from([what for what in ATTENTION if what != COPIED]), st.none()),
    st.builds(Event, st.integers(0, LONGEST_TIME), st.just(COPIED), st.integers(0, 10**6).map(float)),
)
GOOD: dict[str, Any] = {"t": 5, "what": "slider", "value": -2.5}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["t", "what", "value", "x"]), inner),
)


@given(st.lists(EVENTS, max_size=20))
def test_events_are_read_back_as_they_were_kept(events: list[Event]) -> None:
    assert read_events(events_text(events)) == tuple(events)


@given(st.lists(EVENTS, max_size=20))
def test_without_a_log_of_attention_what_is_about_it_is_dropped_and_the_rest_kept(events: list[Event]) -> None:
    assert read_events(events_text(events), attention=False) == tuple(event for event in events if event.what not in ATTENTION)


def test_what_a_page_sends_is_read() -> None:
    posted = '[{"t":0,"what":"shown","value":null},{"t":812,"what":"slider","value":-3},{"t":900,"what":"good","value":"r"}]'
    assert read_events(posted) == (Event(0, "shown", None), Event(812, "slider", -3.0), Event(900, "good", "r"))


def test_a_log_as_long_as_it_may_be_is_kept_and_read_back() -> None:
    longest = [Event(LONGEST_TIME, "guess_q", 123456.12345678901)] * MOST_EVENTS
    assert len(events_text(longest)) <= LONGEST_LOG
    assert read_events(events_text(longest)) == tuple(longest)
    assert read_events(events_text([*longest, longest[0]])) == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"t": -1},
        {"t": 1.5},
        {"t": True},
        {"t": "5"},
        {"t": LONGEST_TIME + 1},
        {"t": None},
        {"what": "=1+1"},
        {"what": ["slider"]},
        {"what": "good"},
        {"what": "amount"},  # no amount is negative
        {"what": "shown"},
        {"value": "=cmd"},
        {"value": None},
        {"value": True},
        {"value": float("inf")},
        {"value": float("nan")},
        {"value": 10**400},
        {"value": 2e12},
        {"value": [1]},
        {"what": "good", "value": "=q"},
        {"what": "good", "value": 1},
        {"what": "guess_q", "value": "q"},
        {"what": "input", "value": "=mouse"},
        {"what": "changed", "value": None},
        {"what": "submitted", "value": 1},
        {"what": "hidden", "value": 1},
        {"what": "focus_lost", "value": "q"},
        {"what": "copied", "value": "the text"},
        {"what": "copied", "value": -1},
        {"what": "copied", "value": 1.5},
        {"what": "copied", "value": None},
        {"more": 1},
    ],
)
def test_one_wrong_entry_drops_the_whole_log(changed: dict[str, Any]) -> None:
    assert read_events(json.dumps([GOOD])) == (Event(5, "slider", -2.5),)
    assert read_events(json.dumps([GOOD, GOOD | changed])) == ()


@pytest.mark.parametrize(
    "posted",
    [
        None,
        5,
        b"[]",
        "",
        "[",
        "null",
        "{}",
        '"slider"',
        "[5]",
        "[[]]",
        "[{}]",
        "[" * 30_000,
        "1" * 30_000,
        " " * LONGEST_LOG + "[]",
        "[\0]",
    ],
)
def test_what_is_no_log_is_dropped(posted: object) -> None:
    assert read_events(posted) == ()


@given(JSON)
def test_no_json_breaks_the_reader(value: Any) -> None:
    assert isinstance(read_events(json.dumps(value)), tuple)


@given(EVENTS)
def test_no_cell_begins_a_formula(event: Event) -> None:
    cells = event_cells(event)
    assert len(cells) == len(EVENT_COLUMNS) - 4
    for cell in map(str, cells):
        assert cell == "" or cell[0].isalnum() or (cell[0] == "-" and float(cell) <= 0)
