"""Only recorded processes are ended, and none that got a recorded process's id after it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from serve.processes import ProcessRecord, end, is_alive, read_records, wait_until_ended, with_descendants, write_records

SECONDS = 120.0
"""Far beyond what a busy machine needs."""
Start = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a Python program in a session of its own; kills it in the end. The program says when it is ready."""
    started: list[subprocess.Popen[bytes]] = []

    def run(program: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", f"{program}\nprint('ready', flush=True)\nimport time\ntime.sleep(60)"],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_a_record_finds_its_process_again(tmp_path: Path, start: Start) -> None:
    record = ProcessRecord.of("server", start("").pid)
    write_records(tmp_path / "list.json", [record])
    assert read_records(tmp_path / "list.json") == [record]
    found = record.process()
    assert found is not None
    assert found.pid == record.pid


def test_a_command_line_that_is_not_there_yet_is_waited_for(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    process, known, asked = start(""), psutil.Process.cmdline, []

    def late(self: psutil.Process) -> list[str]:
        asked.append(self)
        return known(self) if len(asked) > 2 else []

    monkeypatch.setattr(psutil.Process, "cmdline", late)
    record = ProcessRecord.of("server", process.pid)
    assert record.command[0] == sys.executable
    assert record.process() is not None


def test_a_recycled_id_is_not_taken_for_the_recorded_process(start: Start) -> None:
    record = ProcessRecord.of("server", start("").pid)
    assert replace(record, started=record.started - 3600).process() is None
    assert replace(record, command=["otree", "prodserver1of2"]).process() is None


def test_an_ended_process_is_not_found_even_before_its_parent_waits_for_it(start: Start) -> None:
    process = start("")
    record, watched = ProcessRecord.of("server", process.pid), psutil.Process(process.pid)
    process.kill()
    deadline = time.monotonic() + SECONDS
    while (record.process() is not None or is_alive(watched)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert record.process() is None
    assert not is_alive(watched)


def test_no_list_or_a_broken_one_records_nothing(tmp_path: Path) -> None:
    assert read_records(tmp_path / "none.json") == []
    (tmp_path / "broken.json").write_text('[{"role": "server"')
    assert read_records(tmp_path / "broken.json") == []


def test_children_of_recorded_processes_are_found_and_ended(start: Start) -> None:
    parent = start("import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])")
    found = with_descendants([ProcessRecord.of("server", parent.pid)])
    assert len(found) == 2
    end(found, 5)
    assert not any(is_alive(process) for process in found)


@pytest.mark.skipif(os.name == "nt", reason="process groups are POSIX's")
def test_a_worker_that_no_list_names_is_known_by_the_group_of_its_server(start: Start) -> None:
    server = start("import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', 'timeoutsubprocess'])")
    record = ProcessRecord.of("server", server.pid)
    worker = psutil.Process(server.pid).children()[0]
    server.kill()
    server.wait()
    assert with_descendants([record]) == [worker]
    worker.kill()


def test_a_process_that_will_not_end_is_killed(start: Start) -> None:
    stubborn = start("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)")
    process = psutil.Process(stubborn.pid)
    end([process], 0.4)
    assert not is_alive(process)


@pytest.mark.skipif(os.name == "nt", reason="elsewhere a process that has ended keeps its id until its parent asks")
def test_nobody_waits_until_a_parent_has_asked_how_its_process_ended(start: Start) -> None:
    ended, other = (psutil.Process(start("").pid) for _ in range(2))
    ended.kill()
    assert wait_until_ended([ended], SECONDS) == []
    assert ended.status() == psutil.STATUS_ZOMBIE
    assert wait_until_ended([ended, other], 0.1) == [other]


def test_the_launcher_never_ends_itself() -> None:
    assert os.getpid() not in [process.pid for process in with_descendants([ProcessRecord.of("server", os.getpid())])]
