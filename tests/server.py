"""The real server for tests: the launcher, on a free port, with a data folder of its own, stopped whatever happens.

Within a run of the tests the folder is a copy of one that was made by a first start; see tests/prepared.py.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from serve.folder import Folder
from tests.prepared import fill_data_folder, public_folder

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 300
STOP_SECONDS = 180
"""Both far beyond what a busy machine needs: nothing waits for them but a test that fails."""


@dataclass
class Serving:
    """A running launcher. `restart` after any kill starts it again on the same data and port."""

    port: int
    data: Path
    project: Path
    process: subprocess.Popen[str]
    language: str | None = "en"
    """None starts it without a language and a currency."""
    currency: str | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def rest_key(self) -> str:
        return Folder(self.data).secrets().rest_key

    @property
    def admin_password(self) -> str:
        return Folder(self.data).secrets().admin_password

    @property
    def pids(self) -> dict[str, int]:
        """The processes' ids: launcher, database, server, worker."""
        return {entry["role"]: entry["pid"] for entry in json.loads((self.data / "processes.json").read_text())}

    @property
    def output(self) -> str:
        """What the launcher has said, all its starts together."""
        return (self.data / "launcher.log").read_text()

    @property
    def announcements(self) -> int:
        """How often the launcher has said that it serves."""
        return self.output.count("is served on")

    @property
    def restarts(self) -> int:
        """How often the launcher has said that it serves again after a process had ended by itself."""
        return self.output.count("is served again on")

    @property
    def log(self) -> str:
        """What oTree has said since its last start."""
        return (self.data / "server.log").read_text()

    def rest(self, path: str, payload: Mapping[str, Any] | None = None) -> Any:
        """An answer of oTree's REST interface: JSON where it is JSON, else text. A payload makes it a POST."""
        body = None if payload is None else json.dumps(payload).encode()
        request = urllib.request.Request(self.base_url + path, data=body, headers={"otree-rest-key": self.rest_key})
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
        try:
            return json.loads(text)
        except ValueError:
            return text

    def create_session(self, config: str, participants: int, **fields: Any) -> tuple[str, list[str]]:
        """Create a session, by default without instructions, quiz and practice; its code and its participants' codes, by id."""
        fields = {"instructions": False, "quiz_attempts": 0, "practice_rounds": 0, **fields}
        payload = {"session_config_name": config, "num_participants": participants, "modified_session_config_fields": fields}
        code = self.rest("/api/sessions", payload)["code"]
        people = self.rest(f"/api/get_session/{code}", {})["participants"]
        return code, [person["code"] for person in sorted(people, key=lambda person: person["id_in_session"])]

    def start_link(self, participant: str) -> str:
        return f"{self.base_url}/InitializeParticipant/{participant}"

    def kill(self, *roles: str) -> None:
        """`kill -9` of some of launcher, server, worker, database at once, or of one process of the database, as "client backend"."""
        pids = self.pids
        for pid in [pids.get(role) or self._part_of_database(role) for role in roles]:
            os.kill(pid, signal.SIGKILL)

    def _part_of_database(self, kind: str) -> int:
        """A process of PostgreSQL by what it calls itself; client backends name user and database."""
        called = "postgres: " + {"client backend": "postgres postgres"}.get(kind, kind)
        found = [child for child in psutil.Process(self.pids["database"]).children() if child.cmdline()[0].startswith(called)]
        return int(found[0].pid)

    def wait_until_served_again(self, before: int, seconds: float = START_SECONDS) -> None:
        """Until the launcher has started again what has ended, once more than ``before`` times."""
        _wait_until(self, lambda: self.restarts > before, "start the server again", seconds)

    def wait_for_exit(self, seconds: float = STOP_SECONDS) -> int:
        """The launcher's exit status."""
        return self.process.wait(seconds)

    def restart(self) -> None:
        """`make serve` again, as after a crash; returns when the first page answers."""
        announced = self.announcements
        self.process = _launch(self.port, self.data, self.project, self.language, self.currency)
        _wait_until_announced(self, announced)

    def stop(self) -> int:
        """Stop it as Ctrl-C does; the launcher's exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait_for_exit()


@contextmanager
def serving(
    project: Path = PROJECT,
    data: Path | None = None,
    port: int | None = None,
    language: str | None = "en",
    currency: str | None = None,
    files: int | None = None,
) -> Iterator[Serving]:
    """The launcher on `project`, in a language, with its data in `data` (by default a folder that is removed in the end).

    `files` is how many files the system lets each process open, where that is not the limit of the tests themselves.
    """
    folder = data or public_folder()
    folder.mkdir(exist_ok=True)
    try:
        if data is None:
            fill_data_folder(folder, _first_start)
        number = port or free_port()
        server = Serving(number, folder, project, _launch(number, folder, project, language, currency, files), language, currency)
        with ended(server):
            _wait_until_announced(server, 0)
            yield server
    finally:
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def ended(server: Serving) -> Iterator[None]:
    """In the end it is stopped in good order; if that fails, what is recorded is killed, so that no test leaves a process behind."""
    try:
        yield
    finally:
        recorded = [psutil.Process(pid) for pid in _recorded(server) if psutil.pid_exists(pid)]
        try:
            server.stop()
        finally:
            for process in [psutil.Process(server.process.pid), *recorded] if server.process.poll() is None else recorded:
                if process.is_running():
                    process.kill()


def free_port() -> int:
    """A free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _first_start(data: Path) -> None:
    with serving(data=data):
        pass


def _launch(
    port: int, data: Path, project: Path, language: str | None, currency: str | None, files: int | None = None
) -> subprocess.Popen[str]:
    told = {"EXPERIMENT_LANGUAGE": language, "EXPERIMENT_CURRENCY": currency}

    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    with (data / "launcher.log").open("a") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "serve", "--port", str(port), "--data", str(data), "--project", str(project)],
            cwd=PROJECT,
            env={name: value for name, value in os.environ.items() if name not in ("PORT", "LAN", "DATABASE_URL", *told)}
            | {name: value for name, value in told.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=limit_files if files else None,
        )


def _wait_until_announced(server: Serving, before: int) -> None:
    _wait_until(server, lambda: server.announcements > before, "announce the server", START_SECONDS)


def _wait_until(server: Serving, holds: Callable[[], bool], what: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if server.process.poll() is not None:
            raise AssertionError(f"The launcher ended with status {server.process.returncode}:\n{server.output}")
        if time.monotonic() > deadline:
            raise AssertionError(f"The launcher did not {what} within {seconds:.0f} s:\n{server.output}")
        time.sleep(0.1)


def _recorded(server: Serving) -> list[int]:
    try:
        return list(server.pids.values())
    except (OSError, ValueError):
        return []
