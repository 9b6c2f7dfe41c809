"""A scene that looks at the state in which it begins, which other scenes may have changed for themselves; run by ``played.py``."""

from __future__ import annotations

import time
from typing import Any

from scenes import Played, _real_time, rows_in_database, skip_time


def alone(fields: dict[str, Any]) -> dict[str, Any]:
    """How many sessions there are before and after one is made; whether the clock was set before, and how far it goes on when it is."""
    before, was_set, began = rows_in_database()[0], time.time() > _real_time(), time.time()
    Played("small_market", 4, **fields).consent()
    skip_time(1000)
    return {"sessions": [before, rows_in_database()[0]], "was_set": was_set, "skipped": round(time.time() - began)}
