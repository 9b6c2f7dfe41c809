"""What is queued for oTree's worker before it starts, on a real PostgreSQL with the columns of oTree's own tables."""

from __future__ import annotations

import ast
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serve.database import EmbeddedDatabase, connect
from serve.rearm import Rearmed, rearm

NOW, DELAY = 1_000_000.0, 10.0
SOON = 1_000_010

TABLES = """
    CREATE TABLE otree_taskqueuemessage (id SERIAL PRIMARY KEY, method VARCHAR(50), kwargs_json TEXT, epoch_time INTEGER);
    CREATE TABLE otree_participant (
        id SERIAL PRIMARY KEY, code VARCHAR(16), visited BOOLEAN, is_browser_bot BOOLEAN,
        _index_in_pages INTEGER, _max_page_index INTEGER, _timeout_page_index INTEGER, _timeout_expiration_time FLOAT
    );
"""


@pytest.fixture
def connection(database: EmbeddedDatabase) -> Iterator[Any]:
    """A connection to a schema of the test's own, which the connection's names mean."""
    opened = connect(database.url)
    with opened, opened.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS test CASCADE; CREATE SCHEMA test; SET search_path TO test")
    yield opened
    opened.close()


@pytest.fixture
def tables(connection: Any) -> Any:
    with connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
    return connection


def add(connection: Any, code: str, *, on: int, opened: int | None, expires: float | None = None, visited: bool = True) -> int:
    """A participant of a session with 20 pages: which page it is on, which it opened last, and that page's deadline."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO otree_participant (code, visited, is_browser_bot, _index_in_pages, _max_page_index, _timeout_page_index,"
            " _timeout_expiration_time) VALUES (%s, %s, FALSE, %s, 20, %s, %s) RETURNING id",
            (code, visited, on, opened, expires),
        )
        return int(cursor.fetchone()[0])


def queue(connection: Any, method: str, due: float, **arguments: Any) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO otree_taskqueuemessage (method, kwargs_json, epoch_time) VALUES (%s, %s, %s)",
            (method, json.dumps(arguments), due),
        )


def queued(connection: Any) -> list[tuple[str, dict[str, Any], int]]:
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT method, kwargs_json, epoch_time FROM otree_taskqueuemessage ORDER BY method, kwargs_json")
        return [(method, json.loads(text), due) for method, text, due in cursor.fetchall()]


def test_before_the_first_start_there_is_nothing_to_do(connection: Any) -> None:
    assert rearm(connection, DELAY, NOW) == Rearmed(0, 0)


def test_a_deadline_that_passed_meanwhile_acts_soon_after_the_start(tables: Any) -> None:
    add(tables, "late", on=3, opened=3, expires=NOW - 3600)
    assert rearm(tables, DELAY, NOW) == Rearmed(1, 0)
    assert queued(tables) == [("submit_expired_url", {"participant_code": "late", "page_index": 3}, SOON)]


def test_a_deadline_to_come_acts_six_seconds_after_it_as_before(tables: Any) -> None:
    add(tables, "early", on=3, opened=3, expires=NOW + 100.5)
    rearm(tables, DELAY, NOW)
    assert queued(tables) == [("submit_expired_url", {"participant_code": "early", "page_index": 3}, 1_000_107)]


def test_an_open_page_without_a_deadline_is_left_alone(tables: Any) -> None:
    add(tables, "reads", on=3, opened=3)
    assert rearm(tables, DELAY, NOW) == Rearmed(0, 0)
    assert queued(tables) == []


@pytest.mark.parametrize("opened", [None, 2])
def test_a_page_never_opened_is_opened_whether_or_not_one_was_before(tables: Any, opened: int | None) -> None:
    key = add(tables, "between", on=3, opened=opened, expires=NOW - 50)
    assert rearm(tables, DELAY, NOW) == Rearmed(0, 1)
    assert queued(tables) == [("ensure_pages_visited", {"participant_pks": [key], "page_index": 3}, SOON)]


def test_each_page_is_opened_by_a_task_of_its_own_since_one_failure_ends_a_task(tables: Any) -> None:
    keys = [add(tables, f"p{i}", on=3, opened=2) for i in range(3)]
    rearm(tables, DELAY, NOW)
    assert [arguments["participant_pks"] for _, arguments, _ in queued(tables)] == [[key] for key in keys]


def test_who_never_came_or_has_finished_gets_nothing(tables: Any) -> None:
    add(tables, "absent", on=0, opened=None, visited=False)
    add(tables, "arriving", on=0, opened=None)
    add(tables, "finished", on=21, opened=20, expires=NOW - 50)
    assert rearm(tables, DELAY, NOW) == Rearmed(0, 0)


def test_old_tasks_are_replaced_and_none_is_due_before_the_server_listens(tables: Any) -> None:
    key = add(tables, "waits", on=3, opened=2)
    add(tables, "late", on=5, opened=5, expires=NOW - 20)
    queue(tables, "submit_expired_url", NOW - 14, participant_code="late", page_index=5)
    queue(tables, "submit_expired_url", NOW + 500, participant_code="gone", page_index=1)
    queue(tables, "ensure_pages_visited", NOW - 5, participant_pks=[key, 99], page_index=2)
    rearm(tables, DELAY, NOW)
    assert queued(tables) == [
        ("ensure_pages_visited", {"participant_pks": [key], "page_index": 3}, SOON),
        ("submit_expired_url", {"participant_code": "late", "page_index": 5}, SOON),
    ]


def test_a_task_to_come_that_is_not_replaced_stays(tables: Any) -> None:
    queue(tables, "ensure_pages_visited", NOW + 300, participant_pks=[1, 2], page_index=4)
    rearm(tables, DELAY, NOW)
    assert queued(tables) == [("ensure_pages_visited", {"participant_pks": [1, 2], "page_index": 4}, 1_000_300)]


def test_arming_twice_is_arming_once(tables: Any) -> None:
    add(tables, "late", on=3, opened=3, expires=NOW - 10)
    add(tables, "waits", on=4, opened=3)
    rearm(tables, DELAY, NOW)
    once = queued(tables)
    rearm(tables, DELAY, NOW)
    assert queued(tables) == once


def test_otree_reads_these_tasks() -> None:
    """The arguments are those of the worker's own methods, read from its source: an import would start oTree here."""
    found = importlib.util.find_spec("otree")
    assert found is not None
    assert found.origin is not None
    tree = ast.parse((Path(found.origin).parent / "tasks.py").read_text(encoding="utf-8"))
    worker = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Worker")
    methods = {node.name: [each.arg for each in node.args.args] for node in worker.body if isinstance(node, ast.FunctionDef)}
    assert methods["submit_expired_url"] == ["self", "participant_code", "page_index"]
    assert methods["ensure_pages_visited"] == ["self", "participant_pks", "page_index"]
