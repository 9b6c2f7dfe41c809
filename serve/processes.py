"""Which processes are ours: recorded by id, start time and command line, so that no other process with a recycled id is ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from serve.private_files import write_privately

SAME_START_SECONDS = 2.0
COMMAND_SECONDS = 5.0
POLL_SECONDS = 0.02

NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""Keeps Ctrl-C from child processes on Windows; elsewhere they run in a session of their own."""


@dataclass(frozen=True)
class ProcessRecord:
    """A process as it was when it started; start time in seconds since 1970."""

    role: str
    pid: int
    started: float
    command: list[str]

    @classmethod
    def of(cls, role: str, pid: int) -> ProcessRecord:
        """The record of a running process. Raises psutil.NoSuchProcess if it does not run."""
        process = psutil.Process(pid)
        return cls(role, pid, process.create_time(), _command_line(process))

    def process(self) -> psutil.Process | None:
        """The recorded process, or None if it has ended, even if another process has its id now."""
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE or abs(process.create_time() - self.started) > SAME_START_SECONDS:
                return None
            return process if process.cmdline() == self.command else None
        except psutil.Error:
            return None


def _command_line(process: psutil.Process) -> list[str]:
    """The command line. For an instant after exec the system does not know it yet."""
    deadline = time.monotonic() + COMMAND_SECONDS
    try:
        while not (command := process.cmdline()) and is_alive(process) and time.monotonic() < deadline:
            time.sleep(0.01)
    except psutil.ZombieProcess:  # it has ended already
        return []
    return list(command)


def write_records(path: Path, records: Iterable[ProcessRecord]) -> None:
    """Replace the file atomically: a killed launcher leaves the old list or the new one."""
    write_privately(path, json.dumps([asdict(record) for record in records], indent=2) + "\n")


def read_records(path: Path) -> list[ProcessRecord]:
    """The recorded processes; none if the list is missing or unreadable."""
    try:
        return [ProcessRecord(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def with_descendants(records: Iterable[ProcessRecord]) -> list[psutil.Process]:
    """The recorded processes that still run, with their descendants and, on POSIX, their groups' orphans.

    A launcher killed after the server started its worker and before the worker was recorded leaves a worker that no list
    names. It still belongs to the process group of the recorded server.
    """
    found: dict[int, psutil.Process] = {}
    for record in records:
        process = record.process()
        if process is not None:
            found[process.pid] = process
            found.update({child.pid: child for child in _children(process)})
        if record.role == "server":
            found.update({orphan.pid: orphan for orphan in _orphaned_workers(record)})
    found.pop(os.getpid(), None)
    return list(found.values())


def end(processes: Iterable[psutil.Process], grace_seconds: float) -> None:
    """Terminate each, terminate again halfway (uvicorn then stops waiting for its connections), and kill what remains."""
    remaining = list(processes)
    for ask, seconds in (
        (psutil.Process.terminate, grace_seconds / 2),
        (psutil.Process.terminate, grace_seconds / 2),
        (psutil.Process.kill, 5),
    ):
        for process in remaining:
            with suppress(psutil.NoSuchProcess):
                ask(process)
        remaining = wait_until_ended(remaining, seconds)


def wait_until_ended(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until all have ended, at most this long; those that have not.

    A process that has ended may keep its id for a second or more until its parent asks how: of one whose parent was killed, that is
    the system's first process, which in a container may be slow. It holds no file, port or lock any more, so nobody waits for that.
    """
    remaining, deadline = [process for process in processes if not _has_ended(process)], time.monotonic() + seconds
    while remaining and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        remaining = [process for process in remaining if not _has_ended(process)]
    return remaining


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs. A zombie does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _has_ended(process: psutil.Process) -> bool:
    """Whether the whole process has: where its first thread has ended and others have not yet, it looks like one that has."""
    try:
        return not is_alive(process) and (not process.is_running() or process.num_threads() <= 1)
    except psutil.Error:
        return True


def how_it_ended(status: int | None) -> str:
    """An exit status in words, as ``subprocess`` gives it: a negative one is a signal, None is unknown."""
    if status is None:
        return "ended"
    return f"was ended by signal {-status} ({signal.strsignal(-status)})" if status < 0 else f"ended with status {status}"


def exit_status(process: psutil.Process) -> int | None:
    """The exit status of a zombie whose parent is another process; known on Linux only."""
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return os.waitstatus_to_exitcode(int(fields[-1])) if fields[0] == "Z" else None
    except (OSError, ValueError, IndexError):
        return None


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []


def _orphaned_workers(server: ProcessRecord) -> list[psutil.Process]:
    if os.name == "nt":
        return []
    return [process for process in psutil.process_iter() if _is_worker_of(process, server)]


def _is_worker_of(process: psutil.Process, server: ProcessRecord) -> bool:
    try:
        return (
            os.getpgid(process.pid) == server.pid
            and process.create_time() >= server.started - SAME_START_SECONDS
            and "timeoutsubprocess" in process.cmdline()
        )
    except (psutil.Error, OSError):
        return False
