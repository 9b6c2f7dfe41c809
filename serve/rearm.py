"""Deadlines that outlive a crash: before oTree starts, the timeout of every unfinished participant is armed again.

oTree's worker takes its tasks from the table `otree_taskqueuemessage`, calls the server for each that is due, and
drops it whether or not the server answered; when it starts, it drops all that are more than a minute old. So the tasks
that fell due while the server was down are lost, and who closed the tab would be waited for for ever. But the deadline
itself is kept with the participant:

- current page opened, deadline running (`_timeout_page_index` is the current page, `_timeout_expiration_time` a time):
  the page is submitted on the participant's behalf 6 s after the deadline, as oTree does;
- current page never opened, as when the crash fell between a submission and its redirect, or while waiting: the page is
  opened on the participant's behalf, which starts its deadline, or looks again whether the wait is over.

The tasks are one per participant: oTree's worker gives up the rest of a task at the first page that fails.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from typing import Any

LATENCY_SECONDS = 6
TABLES = ("otree_taskqueuemessage", "otree_participant")

UNFINISHED = "visited AND NOT COALESCE(is_browser_bot, FALSE) AND _index_in_pages BETWEEN 1 AND _max_page_index"
RUNNING = f"""SELECT code, _index_in_pages, _timeout_expiration_time FROM otree_participant
    WHERE {UNFINISHED} AND _timeout_page_index = _index_in_pages AND _timeout_expiration_time IS NOT NULL ORDER BY id"""
UNOPENED = f"""SELECT id, _index_in_pages FROM otree_participant
    WHERE {UNFINISHED} AND _timeout_page_index IS DISTINCT FROM _index_in_pages ORDER BY id"""


@dataclass(frozen=True)
class Rearmed:
    """How many participants have a deadline running, and for how many a page is to be opened."""

    deadlines: int
    openings: int


def rearm(connection: Any, delay_seconds: float, now: float | None = None) -> Rearmed:
    """Queue, on a psycopg2 `connection`, what every unfinished participant needs, due in `delay_seconds` at the earliest.

    The same call again leaves the same tasks. Without oTree's tables, before the first start, there is nothing to do.
    """
    earliest = math.ceil((time.time() if now is None else now) + delay_seconds)
    with connection, connection.cursor() as cursor:
        if not _has_tables(cursor):
            return Rearmed(0, 0)
        _drop_stale_tasks(cursor, earliest)
        cursor.execute(RUNNING)
        running = [
            (max(earliest, math.ceil(expiration) + LATENCY_SECONDS), {"participant_code": code, "page_index": index})
            for code, index, expiration in cursor.fetchall()
        ]
        cursor.execute(UNOPENED)
        unopened = [(earliest, {"participant_pks": [key], "page_index": index}) for key, index in cursor.fetchall()]
        _queue(cursor, "submit_expired_url", running)
        _queue(cursor, "ensure_pages_visited", unopened)
    return Rearmed(len(running), len(unopened))


def _has_tables(cursor: Any) -> bool:
    cursor.execute("SELECT COUNT(*) FROM unnest(%s) AS name WHERE to_regclass(name) IS NOT NULL", (list(TABLES),))
    return bool(cursor.fetchone()[0] == len(TABLES))


def _drop_stale_tasks(cursor: Any, earliest: int) -> None:
    """Drop what is queued again below, and what the worker would call before the server listens."""
    cursor.execute("DELETE FROM otree_taskqueuemessage WHERE method = 'submit_expired_url' OR epoch_time < %s", (earliest,))


def _queue(cursor: Any, method: str, tasks: list[tuple[int, dict[str, Any]]]) -> None:
    for due, arguments in tasks:
        text = json.dumps(arguments)
        cursor.execute("DELETE FROM otree_taskqueuemessage WHERE method = %s AND kwargs_json = %s", (method, text))
        cursor.execute("INSERT INTO otree_taskqueuemessage (method, kwargs_json, epoch_time) VALUES (%s, %s, %s)", (method, text, due))
