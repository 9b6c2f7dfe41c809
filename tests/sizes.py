"""How much the tests do, chosen by one option: ``pytest --size small`` (the default) or ``--size full``.

A test that can do more or less of the same asks ``sized(small=…, full=…)`` for a number, a tuple of cases or whatever else
differs. A case that is worth its time only in the full run is marked ``full``. The full run leaves nothing out.
"""

from __future__ import annotations

import os
from typing import TypeVar

SIZES = ("small", "full")
VARIABLE = "TEST_SIZE"

LONGEST = (
    "serve/test_crash.py",
    "browser/test_whole_session.py",
    "browser/test_accidents.py",
    "browser/test_connection.py",
    "serve/test_absence.py",
    "browser/test_gestures.py",
    "serve/test_recovery.py",
    "app/test_bots.py",
    "browser/test_lobby.py",
    "serve/test_races.py",
    "browser/test_own_texts.py",
    "browser/test_one_screen.py",
    "browser/test_waiting.py",
    "serve/test_forget.py",
    "browser/test_keys.py",
    "browser/test_countdown.py",
    "browser/test_play.py",
    "browser/test_reload_answers.py",
    "browser/test_reload.py",
    "serve/test_who_gets_in.py",
    "theory/test_semipooling.py",
    "app/test_session.py",
    "comparison/test_report.py",
    "browser/test_market.py",
    "theory/test_workers.py",
    "browser/test_report.py",
    "browser/test_accessible.py",
    "comparison/test_claims.py",
    "serve/test_setup.py",
    "browser/test_payment_pages.py",
    "serve/test_demo.py",
    "app/test_lobby.py",
    "serve/test_database.py",
    "browser/test_weight.py",
    "serve/test_production.py",
    "browser/test_offer_pages.py",
    "browser/test_accessible_pages.py",
    "app/test_practice.py",
)
"""The files of tests/ that take longest, which come first, so that none is left for one process alone at the end."""

Value = TypeVar("Value")


def size() -> str:
    """The size of this run; ``tests/conftest.py`` puts the option into the environment before any test is collected."""
    return os.environ.get(VARIABLE, SIZES[0])


def sized(small: Value, full: Value) -> Value:
    """Whichever of the two values belongs to this run."""
    return full if size() == "full" else small
