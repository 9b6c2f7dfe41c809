"""oTree's own server and timeout worker, started with its public command line as a child of the launcher."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from serve.folder import Folder, Secrets
from serve.problem import ServeProblem
from serve.processes import NEW_GROUP, ProcessRecord, end, exit_status, how_it_ended, is_alive

START_SECONDS = 120
STOP_SECONDS = 10
RESTART_STOP_SECONDS = 2
"""Short, because subjects wait: requests in progress are finished, open websockets are not waited for."""
ZOMBIE_SECONDS = 2.0
"""A worker that has ended stays a zombie, since oTree does not wait for it. Any other child, such as git, is waited for at once."""
FULL_DISK_BYTES = 1_000_000
"""With less free space the server cannot start."""


class OTreeServer:
    """`otree prodserver1of2`, which starts the worker itself."""

    def __init__(self, project: Path, folder: Folder, address: str, port: int, speech: Mapping[str, str]) -> None:
        self.project, self.folder, self.address, self.port, self.speech = project, folder, address, port, speech
        self._process: subprocess.Popen[bytes] | None = None
        self._worker: psutil.Process | None = None

    @property
    def url(self) -> str:
        """The address on this machine."""
        return f"http://localhost:{self.port}"

    def start(self, database_url: str, secrets: Secrets) -> ProcessRecord:
        """Start the server in a session of its own, so that a Ctrl-C reaches the launcher alone."""
        log = self.folder.new_log()
        self._worker = None
        try:
            self._process = subprocess.Popen(
                [str(_otree()), "prodserver1of2", f"{self.address}:{self.port}"],
                cwd=self.project,
                env={**environment(database_url, secrets), **self.speech},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                creationflags=NEW_GROUP,
            )
        finally:
            os.close(log)
        return ProcessRecord.of("server", self._process.pid)

    def wait_for_worker(self, goes_on: Callable[[], bool]) -> ProcessRecord | None:
        """The worker, as soon as oTree has started it; None once `goes_on` returns False or the server has ended."""
        deadline = time.monotonic() + START_SECONDS
        ended_since: float | None = None
        while goes_on() and not self._has_ended():
            now, children = time.monotonic(), self._children()
            for child in children:
                if "timeoutsubprocess" in _command(child):
                    self._worker = child
                    return ProcessRecord.of("worker", child.pid)
            if not children or any(map(is_alive, children)):
                ended_since = None
            elif ended_since is None:
                ended_since = now
            if (ended_since is not None and now - ended_since > ZOMBIE_SECONDS) or now > deadline:
                raise ServeProblem(f"oTree's timeout worker did not start: {self._reason()} (all of it in {self.folder.log_file})")
            time.sleep(0.05)
        return None

    def wait_until_it_answers(self, goes_on: Callable[[], bool]) -> bool:
        """Whether the first page answers within two minutes, while `goes_on` returns True."""
        deadline = time.monotonic() + START_SECONDS
        while goes_on():
            if self._has_ended():
                raise ServeProblem(f"oTree did not start: {self._reason()} (all of it in {self.folder.log_file})")
            if answers(self.port):
                return True
            if time.monotonic() > deadline:
                raise ServeProblem(f"oTree's first page did not answer within {START_SECONDS} s: see {self.folder.log_file}.")
            time.sleep(0.1)
        return False

    def how_it_ended(self) -> str | None:
        """A sentence if the server or the worker has ended, with the log's reason unless a signal ended it; else None."""
        if self._process is not None and (status := self._process.poll()) is not None:
            what = f"The server (process {self._process.pid})"
        elif self._worker is not None and not is_alive(self._worker):
            what, status = f"The timeout worker (process {self._worker.pid})", exit_status(self._worker)
        else:
            return None
        because = "" if status is not None and status < 0 else f": {self._reason()}"
        return f"{what} {how_it_ended(status)}{because}{'' if because.endswith(('.', '?', '!')) else '.'}"

    def stop(self, grace_seconds: float = STOP_SECONDS) -> None:
        """End server and worker."""
        if self._process is None:
            return
        processes = self._children() + ([self._worker] if self._worker is not None else [])
        if self._process.poll() is None:
            processes.append(psutil.Process(self._process.pid))
        end(processes, grace_seconds)
        self._process.wait()

    def _reason(self) -> str:
        """The log's last error; a full disk is named first."""
        free = shutil.disk_usage(self.folder.path).free
        if free < FULL_DISK_BYTES:
            return f"the disk of {self.folder.path} is full ({free // 1024} kB are free)"
        ended = "" if self._process is None else f", and it {how_it_ended(self._process.poll())}"
        return self.folder.last_log_line() or f"its log is empty{ended}"

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _children(self) -> list[psutil.Process]:
        assert self._process is not None
        try:
            return list(psutil.Process(self._process.pid).children(recursive=True))
        except psutil.Error:
            return []


def environment(database_url: str, secrets: Secrets) -> dict[str, str]:
    """oTree's environment variables: level STUDY, behind a password, without debug pages."""
    scripts = sysconfig.get_path("scripts")
    return {
        **os.environ,
        "PATH": scripts + os.pathsep + os.environ.get("PATH", ""),
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": database_url,
        "OTREE_AUTH_LEVEL": "STUDY",
        "OTREE_PRODUCTION": "1",
        "OTREE_ADMIN_PASSWORD": secrets.admin_password,
        "OTREE_REST_KEY": secrets.rest_key,
        "OTREE_SECRET_KEY": secrets.secret_key,
    }


def answers(port: int) -> bool:
    """Whether a server on this port of this machine answers with a page."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return bool(answer.status < 400)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def check_port_is_free(address: str, port: int) -> None:
    """Raises ServeProblem if another program listens on the port, or this user may not."""
    try:
        with socket.socket() as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except PermissionError as error:
        raise ServeProblem(
            f"Port {port} is reserved for the system, as are all below 1024: choose another, for example `make serve PORT=8000`."
        ) from error
    except OverflowError as error:
        raise ServeProblem(f"There is no port {port}: ports go from 1 to 65535.") from error
    except OSError as error:
        raise ServeProblem(
            f"Port {port} is used by another program: stop that one, or choose another port, for example `make serve PORT={port + 1}`."
        ) from error


def lan_addresses() -> list[str]:
    """This machine's IPv4 addresses, without loopback."""
    found = [entry.address for entries in psutil.net_if_addrs().values() for entry in entries if entry.family == socket.AF_INET]
    return sorted(address for address in found if not address.startswith("127."))


def _otree() -> Path:
    path = Path(sysconfig.get_path("scripts")) / ("otree.exe" if os.name == "nt" else "otree")
    if not path.exists():
        raise ServeProblem(f"oTree is not installed for {sys.executable}: run `make setup` and use .venv's Python.")
    return path


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
