"""A process that ends by itself is restarted a few times, once the database answers; and the terminal says what ended and how."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from serve.database_log import DatabaseLog
from serve.launcher import Launcher, Options
from serve.problem import ServeProblem
from serve.processes import ProcessRecord, exit_status, how_it_ended, is_alive, read_records
from serve.restarts import MOST, WITHIN_SECONDS, Restarts

ENDED = "The server (process 7) was ended by signal 9 (Killed)."


class FakeServer:
    """A server that ends again and again, and may refuse to start."""

    url = "http://localhost:1"

    def __init__(self, happened: list[str], ends: int, refuses: int = 0) -> None:
        self.happened, self.ends, self.refuses = happened, ends, refuses

    def how_it_ended(self) -> str | None:
        self.ends -= 1
        return ENDED if self.ends >= 0 else None

    def start(self, database_url: str, secrets: object) -> ProcessRecord:
        self.happened.append("start")
        return ProcessRecord("server", 1000 + len(self.happened), 0.0, [])

    def wait_for_worker(self, goes_on: object) -> ProcessRecord:
        return ProcessRecord("worker", 2000 + len(self.happened), 0.0, [])

    def wait_until_it_answers(self, goes_on: object) -> bool:
        self.refuses -= 1
        if self.refuses >= 0:
            raise ServeProblem("oTree did not start: why (all of it in server.log)")
        return True

    def stop(self, grace_seconds: float = 0.0) -> None:
        self.happened.append("stop")


class FakeDatabase:
    """A database that answers after a given number of questions."""

    url = "postgresql://"

    def __init__(self, happened: list[str], silent: int = 0) -> None:
        self.happened, self.silent = happened, silent
        self.cause: str | None = None
        self.launcher: Launcher | None = None

    def start_again(self) -> list[ProcessRecord]:
        return []

    def answers(self) -> bool:
        self.silent -= 1
        self.happened.append("silent" if self.silent >= 0 else "answers")
        if self.launcher is not None:
            self.launcher.ask_to_stop()
        return self.silent < 0

    def how_it_ended(self) -> str | None:
        cause, self.cause = self.cause, None
        return cause

    def stop(self) -> None:
        pass


@pytest.fixture
def launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Launcher:
    monkeypatch.setattr("serve.launcher.CHECK_SECONDS", 0.001)
    monkeypatch.setattr("serve.launcher.AGAIN_SECONDS", 0.001)
    said: list[str] = []
    made = Launcher(Options(data=tmp_path), say=said.append)
    made.said = said  # type: ignore[attr-defined]
    made.folder.make()
    return made


def watch(launcher: Launcher, server: FakeServer, database: FakeDatabase) -> str:
    """What the launcher ends with; empty if it goes on until it is stopped."""
    launcher._server, launcher._database = server, database  # type: ignore[assignment]

    def say(text: str) -> None:
        launcher.said.append(text)  # type: ignore[attr-defined]
        if "is served again" in text and server.ends <= 0:
            launcher.ask_to_stop()

    launcher._say = say
    try:
        launcher.watch()
    except ServeProblem as problem:
        return str(problem)
    return ""


def test_server_and_worker_are_started_again_once_the_database_answers(launcher: Launcher) -> None:
    happened: list[str] = []
    assert watch(launcher, FakeServer(happened, ends=1), FakeDatabase(happened, silent=3)) == ""
    assert happened == ["stop", "silent", "silent", "silent", "answers", "start"]
    assert ENDED in launcher.said[0]  # type: ignore[attr-defined]
    assert [(record.role, record.pid) for record in read_records(launcher.folder.record_file)] == [("server", 1006), ("worker", 2006)]


def test_a_server_that_ends_too_often_is_given_up_with_the_cause(launcher: Launcher) -> None:
    happened: list[str] = []
    problem = watch(launcher, FakeServer(happened, ends=100), FakeDatabase(happened))
    assert happened.count("start") == MOST
    assert problem.startswith(ENDED)
    assert f"{MOST} times within {WITHIN_SECONDS / 60:.0f} minutes, so everything was stopped; no stored answer is lost" in problem


def test_a_start_that_fails_is_tried_again_and_counts(launcher: Launcher) -> None:
    happened: list[str] = []
    assert watch(launcher, FakeServer(happened, ends=1, refuses=2), FakeDatabase(happened)) == ""
    assert happened.count("start") == 3
    assert launcher._restarts.count == 3


def test_a_start_that_fails_for_ever_is_given_up_with_its_reason(launcher: Launcher) -> None:
    happened: list[str] = []
    problem = watch(launcher, FakeServer(happened, ends=1, refuses=100), FakeDatabase(happened))
    assert happened.count("start") == MOST
    assert problem.startswith("oTree did not start: why (all of it in server.log). Server and timeout worker were started again")


def test_a_start_that_takes_minutes_to_fail_is_not_tried_for_ever(launcher: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    server, now = FakeServer(happened, ends=1, refuses=100), [0.0]
    waits = server.wait_for_worker

    def wait_for_worker(goes_on: object) -> ProcessRecord:
        now[0] += WITHIN_SECONDS / MOST + 1
        assert happened.count("start") <= MOST
        return waits(goes_on)

    monkeypatch.setattr("serve.launcher.time.monotonic", lambda: now[0])
    monkeypatch.setattr(server, "wait_for_worker", wait_for_worker)
    problem = watch(launcher, server, FakeDatabase(happened))
    assert problem.startswith("oTree did not start: why")
    assert f"Server and timeout worker were started again {MOST} times in vain, so everything was stopped" in problem


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), psutil.NoSuchProcess(7)], ids=["disk", "process"])
def test_a_start_on_a_full_disk_or_of_a_process_that_is_gone_is_tried_again_and_given_up_with_a_sentence(
    launcher: Launcher, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(path: Path, records: object) -> None:
        raise error

    happened: list[str] = []
    monkeypatch.setattr("serve.launcher.write_records", fails)
    problem = watch(launcher, FakeServer(happened, ends=1), FakeDatabase(happened))
    assert happened.count("start") == MOST
    assert problem.startswith(f"They could not be started: {getattr(error, 'strerror', None) or error}. Server and timeout worker")


def test_nothing_is_started_after_a_stop(launcher: Launcher) -> None:
    happened: list[str] = []
    database = FakeDatabase(happened, silent=100)
    database.launcher = launcher
    assert watch(launcher, FakeServer(happened, ends=1), database) == ""
    assert "start" not in happened


def test_where_the_database_ended_it_is_named_and_not_the_worker_that_ended_because_of_it(launcher: Launcher) -> None:
    happened: list[str] = []
    database = FakeDatabase(happened)
    database.cause = "A process of the database ended."
    assert watch(launcher, FakeServer(happened, ends=1), database) == ""
    assert "A process of the database ended. No stored answer is lost." in launcher.said[0]  # type: ignore[attr-defined]
    assert ENDED not in launcher.said[0]  # type: ignore[attr-defined]


def test_a_database_that_ends_during_a_start_is_no_reason_to_start_again_after_it(launcher: Launcher) -> None:
    happened: list[str] = []
    server, database = FakeServer(happened, ends=1, refuses=1), FakeDatabase(happened)
    answers = server.wait_until_it_answers

    def wait_until_it_answers(goes_on: object) -> bool:
        if server.refuses > 0:
            database.cause = "A process of the database ended."
        return answers(goes_on)

    server.wait_until_it_answers = wait_until_it_answers  # type: ignore[method-assign]
    assert watch(launcher, server, database) == ""
    assert database.how_it_ended() is None
    assert launcher._restarts.count == 2


def test_restarts_long_ago_do_not_count() -> None:
    restarts = Restarts()
    assert [restarts.another(float(moment)) for moment in range(MOST + 1)] == [True] * MOST + [False]
    assert restarts.another(WITHIN_SECONDS + 0.5)
    assert not restarts.another(WITHIN_SECONDS + 0.6)
    assert restarts.another(3 * WITHIN_SECONDS)
    assert restarts.count == 1


STAMP = "2026-11-30 20:28:08.641 UTC [27877] "
ALL_END = f"{STAMP}LOG:  terminating any other active server processes\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "client backend (PID 28031) was terminated by signal 9: Killed",
            "client backend, process 28031, was terminated by signal 9: Killed",
        ),
        ("server process (PID 12) was terminated by signal 9: Killed", "server process, process 12, was terminated by signal 9: Killed"),
        ("checkpointer process (PID 12) exited with exit code 2", "checkpointer process, process 12, exited with exit code 2"),
        (
            "server process (PID 12) was terminated by exception 0xC0000005",
            "server process, process 12, was terminated by exception 0xC0000005",
        ),
    ],
)
def test_the_log_of_the_database_says_which_of_its_processes_ended_and_how(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "log"
    path.write_text(f"{STAMP}LOG:  database system is ready to accept connections\n")
    log = DatabaseLog(path)
    assert log.crash() is None
    with path.open("a") as file:
        file.write(f"{STAMP}LOG:  {line}\n{STAMP}DETAIL:  Failed process was running: COMMIT\n")
        file.flush()
        assert log.crash() is None, "it has not ended the others yet"
        file.write(ALL_END[:40])
        file.flush()
        assert log.crash() is None, "the line is not complete yet"
        file.write(ALL_END[40:])
        file.flush()
        assert log.crash() == said
    assert log.crash() is None, "said once"


def test_a_crash_of_an_earlier_run_is_none_and_a_process_that_ends_in_good_order_is_none(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = DatabaseLog(path)
    assert log.crash() is None
    path.write_text(f"{STAMP}LOG:  client backend (PID 1) was terminated by signal 9: Killed\n{ALL_END}")
    log.skip()
    with path.open("a") as file:
        file.write(f'{STAMP}LOG:  background worker "logical replication launcher" (PID 9) exited with exit code 1\n')
    assert log.crash() is None


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells how another's child has ended")
@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os; os.kill(os.getpid(), 9)", "was ended by signal 9 (Killed)"),
        ("raise SystemExit(3)", "ended with status 3"),
    ],
)
def test_a_process_that_nobody_has_waited_for_says_how_it_ended(program: str, said: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", program])
    watched = psutil.Process(process.pid)
    while is_alive(watched):
        pass
    assert how_it_ended(exit_status(watched)) == said
    assert how_it_ended(process.wait()) == said
    assert exit_status(watched) is None, "after that nobody knows"


def test_a_status_that_nobody_knows_is_not_invented() -> None:
    assert how_it_ended(None) == "ended"
    assert how_it_ended(-signal.SIGTERM) == "was ended by signal 15 (Terminated)"
