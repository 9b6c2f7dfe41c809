"""A server that does not start: whether its worker began, why it ended, and what its log says last."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from serve.folder import Folder, last_error
from serve.otree_server import OTreeServer
from serve.problem import ServeProblem

REFUSED = """Traceback (most recent call last):
  File "psycopg2/__init__.py", line 122, in connect
    conn = _connect(dsn, connection_factory=connection_factory, **kwasync)
psycopg2.OperationalError: connection to server on socket "/x/.s.PGSQL.5432" failed: FATAL:  the database system is in recovery mode


The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "sqlalchemy/engine/base.py", line 2336, in _wrap_pool_connect
    return fn()
sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server on socket "/x/.s.PGSQL.5432" failed: No such file
\tIs the server running locally and accepting connections on that socket?

(Background on this error at: http://sqlalche.me/e/13/e3q8)
"""


def test_the_reason_of_a_failed_start_is_the_error_and_not_what_is_said_of_it_in_general() -> None:
    assert last_error(REFUSED) == (
        'sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server on socket "/x/.s.PGSQL.5432" failed: '
        "No such file Is the server running locally and accepting connections on that socket?"
    )


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("", ""),
        ("\n \n", ""),
        ("Running prodserver\nsettings.py: there is no such thing\n\n", "settings.py: there is no such thing"),
        ("Traceback (most recent call last):\n  File ", "File"),
        ("Traceback (most recent call last):\n  File x\nValueError\n", "ValueError"),
        ("Traceback (most recent call last):\n  File x\nValueError: " + "x" * 1000, "ValueError: " + "x" * 388 + "…"),
    ],
)
def test_the_reason_is_one_short_line_of_the_log(log: str, said: str) -> None:
    assert last_error(log) == said


@pytest.fixture
def ends_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OTreeServer:
    """A server that ends with a status and without a word."""
    return server_of("raise SystemExit(4)", tmp_path, monkeypatch)


def server_of(lines: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OTreeServer:
    """A server, started, whose program is these lines of Python."""
    program = tmp_path / "otree"
    program.write_text(f"#!{sys.executable}\n{lines}\n")
    program.chmod(0o700)
    monkeypatch.setattr("serve.otree_server._otree", lambda: program)
    folder = Folder(tmp_path / "data")
    folder.make()
    server = OTreeServer(tmp_path, folder, "127.0.0.1", 1, {})
    server.start("postgresql://", folder.make_secrets())
    return server


OTHER_CHILD_FIRST = """
import subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", ""])
time.sleep(0.5)
other.wait()
worker = subprocess.Popen([sys.executable, "-c", "input()", "timeoutsubprocess"], stdin=subprocess.PIPE)
worker.wait()
"""


@pytest.mark.skipif(os.name == "nt", reason="a script with a first line of its own is POSIX's")
def test_a_child_that_ended_before_the_worker_began_is_not_taken_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = server_of(OTHER_CHILD_FIRST, tmp_path, monkeypatch)
    try:
        worker = server.wait_for_worker(lambda: True)
        assert worker is not None
        assert worker.role == "worker"
    finally:
        server.stop()


@pytest.mark.skipif(os.name == "nt", reason="a script with a first line of its own is POSIX's")
def test_a_worker_that_ends_at_once_is_said_not_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = server_of(
        "import subprocess, sys\nworker = subprocess.Popen([sys.executable, '-c', ''])\nimport time\ntime.sleep(600)", tmp_path, monkeypatch
    )
    try:
        with pytest.raises(ServeProblem, match="timeout worker did not start"):
            server.wait_for_worker(lambda: True)
    finally:
        server.stop()


def start(server: OTreeServer) -> None:
    while server.wait_for_worker(lambda: True) is None:
        server.wait_until_it_answers(lambda: True)


@pytest.mark.skipif(os.name == "nt", reason="a script with a first line of its own is POSIX's")
def test_a_start_that_fails_without_a_word_says_how_it_ended(ends_at_once: OTreeServer) -> None:
    with pytest.raises(ServeProblem, match="oTree did not start: its log is empty, and it ended with status 4"):
        start(ends_at_once)


@pytest.mark.skipif(os.name == "nt", reason="a script with a first line of its own is POSIX's")
def test_a_reason_that_is_a_question_gets_no_full_stop(ends_at_once: OTreeServer) -> None:
    with pytest.raises(ServeProblem):
        start(ends_at_once)
    ends_at_once.folder.log_file.write_text("Is the server running on that host?\n")
    assert ends_at_once.how_it_ended().endswith("ended with status 4: Is the server running on that host?")  # type: ignore[union-attr]


@pytest.mark.skipif(os.name == "nt", reason="a script with a first line of its own is POSIX's")
def test_a_start_that_fails_on_a_full_disk_says_so(ends_at_once: OTreeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(ends_at_once.folder.path)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=4096))
    with pytest.raises(ServeProblem, match=r"oTree did not start: the disk of .*data is full \(4 kB are free\)"):
        start(ends_at_once)
