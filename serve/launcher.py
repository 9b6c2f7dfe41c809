"""One launcher owns database, server and timeout worker.

They start together. Whichever ends by itself is restarted, a few times. None of them outlives the launcher."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import fasteners
import psutil

from experiment.config import readable_environments
from experiment.language import ENGLISH
from experiment.network import descriptors
from experiment.texts import studies
from serve.database import Database, EmbeddedDatabase, database_for
from serve.folder import Folder, Secrets
from serve.otree_server import RESTART_STOP_SECONDS, STOP_SECONDS, OTreeServer, answers, check_port_is_free, lan_addresses
from serve.problem import ServeProblem
from serve.processes import ProcessRecord, end, is_alive, read_records, with_descendants, write_records
from serve.remembered import remember
from serve.restarts import MOST, WITHIN_SECONDS, Restarts
from serve.setup import PROJECT

WAIT_FOR_EARLIER_SECONDS = 60.0
CHECK_SECONDS = 0.5
AGAIN_SECONDS = 5.0
"""The pause after a failed start: a full disk or a busy port needs a moment to recover."""
ANSWER_SECONDS = 600.0
"""A database that recovers from a crash, or that somebody else runs, may take this long to answer again."""


@dataclass(frozen=True)
class Options:
    """What to serve and where."""

    port: int = 8000
    lan: bool = False
    data: Path = PROJECT / ".serve"
    project: Path = PROJECT
    database_url: str | None = None
    fresh: bool = False
    """Delete the embedded database of an earlier run."""
    language: str = ENGLISH
    currency: str = "USD"
    as_before: tuple[str, ...] = ()
    """Which of language and currency were not named, so that those of the last start apply."""

    @property
    def address(self) -> str:
        return "0.0.0.0" if self.lan else "127.0.0.1"

    @property
    def speech(self) -> Mapping[str, str]:
        """The variables from which ``settings.py`` takes the subjects' language and currency."""
        return {"EXPERIMENT_LANGUAGE": self.language, "EXPERIMENT_CURRENCY": self.currency}


class Launcher:
    """Starts, watches and stops the three. Whatever happens, everything that was started is stopped."""

    def __init__(self, options: Options, say: Callable[[str], None] = print) -> None:
        self.options, self._say = options, say
        self.folder = Folder(options.data.resolve())
        self.stopping = threading.Event()
        """Set once the launcher has been asked to stop."""
        self._lock = fasteners.InterProcessLock(self.folder.lock_file)
        self._database: Database | None = None
        self._server = OTreeServer(options.project.resolve(), self.folder, options.address, options.port, options.speech)
        self._records: list[ProcessRecord] = []
        self._secrets: Secrets | None = None
        self._restarts = Restarts()
        self._files: int | None = None

    @property
    def url(self) -> str:
        """The address on this machine."""
        return self._server.url

    @property
    def secrets(self) -> Secrets:
        """The secrets of the server that runs, even if their file has been deleted since."""
        if self._secrets is None:
            self._secrets = self.folder.make_secrets()
        return self._secrets

    def run(self) -> None:
        """Serve until asked to stop. Raises ServeProblem if one of the three ends by itself too often."""
        try:
            if self.start():
                self._announce()
                self.watch()
        finally:
            self.stop()

    def start(self) -> bool:
        """Start all three; False if asked to stop before they run. The caller must call `stop` afterwards."""
        if not (self.options.project / "settings.py").exists():
            raise ServeProblem(f"{self.options.project} is not an oTree project: settings.py is missing.")
        self._files = descriptors.raise_limit()  # child processes inherit it
        self.folder.make()
        self._take_lock()
        if end_leftovers(self.folder):
            self._say("Stopped processes left over from an earlier run.")
        if self.options.fresh:
            shutil.rmtree(self.folder.database, ignore_errors=True)
        check_port_is_free(self.options.address, self.options.port)
        self._record(ProcessRecord.of("launcher", os.getpid()))
        self._database = database_for(self.folder.database, self.options.database_url, self.secrets.database_password)
        for record in self._database.start():
            self._record(record)
        return self._goes_on() and self._start_server()

    def watch(self) -> None:
        """Restart what ends by itself; return when asked to stop."""
        while not self.stopping.wait(CHECK_SECONDS):
            ended = self._what_ended()
            if ended is not None and not self.stopping.is_set():
                self._restart(ended)

    def ask_to_stop(self) -> None:
        """Make `start` and `watch` return soon. Safe to call from any thread or signal handler."""
        self.stopping.set()

    def stop(self) -> None:
        """Stop what was started: the server first, so that the database stops when nothing uses it."""
        self.stopping.set()
        if not self._lock.acquired:
            return
        self._server.stop()
        if self._database is not None:
            self._database.stop()
        if self._records:  # otherwise the file belongs to an earlier run, part of which could not be stopped
            self.folder.record_file.unlink(missing_ok=True)
        self._lock.release()

    def _restart(self, ended: str) -> None:
        """Restart server and worker on the same port, and the database if it has ended, a limited number of times."""
        failed = 0  # counted apart: attempts that take minutes each would never exceed the limit per ten minutes
        while not self.stopping.is_set():
            if failed >= MOST or not self._restarts.another(time.monotonic()):
                often = "in vain" if failed >= MOST else f"within {WITHIN_SECONDS / 60:.0f} minutes"
                raise ServeProblem(
                    f"{ended} Server and timeout worker were started again {MOST} times {often}, so "
                    "everything was stopped; no stored answer is lost: run `make serve` again, and everybody goes on where they were "
                    f"(log: {self.folder.log_file}, and server.1.log, ... beside it for the earlier starts)."
                )
            self._say(
                f"{_clock()}  {ended} No stored answer is lost. Server and timeout worker are being started again "
                f"({self._restarts.count} of at most {MOST} times within {WITHIN_SECONDS / 60:.0f} minutes)."
            )
            if failed and self.stopping.wait(AGAIN_SECONDS):
                return
            try:
                if self._start_again():
                    self._say(f"{_clock()}  The experiment is served again on {self.url}. The log up to then is {self.folder.earlier_log}.")
                return
            except ServeProblem as problem:
                ended, failed = str(problem).rstrip(".") + ".", failed + 1
            except (OSError, psutil.Error) as error:  # for example a full disk, or a process that ends while it starts
                ended, failed = f"They could not be started: {getattr(error, 'strerror', None) or error}.", failed + 1

    def _start_again(self) -> bool:
        """False if asked to stop meanwhile."""
        assert self._database is not None
        self._server.stop(RESTART_STOP_SECONDS)
        for record in self._database.start_again():
            self._record(record)
        deadline = time.monotonic() + ANSWER_SECONDS
        while self._goes_on() and not self._database.answers():
            if time.monotonic() > deadline:
                raise ServeProblem(f"The database has not answered for {ANSWER_SECONDS / 60:.0f} minutes.")
            for record in self._database.start_again():
                self._record(record)
            self.stopping.wait(CHECK_SECONDS)
        self._database.how_it_ended()  # forget what cut off connections before this restart
        return self._goes_on() and self._start_server()

    def _start_server(self) -> bool:
        assert self._database is not None
        self._record(self._server.start(self._database.url, self.secrets))
        worker = self._server.wait_for_worker(self._goes_on)
        if worker is not None:
            self._record(worker)
        return self._server.wait_until_it_answers(self._goes_on)

    def _take_lock(self) -> None:
        """Wait for an earlier launcher that is stopping; refuse to start while one serves."""
        deadline = time.monotonic() + WAIT_FOR_EARLIER_SECONDS
        while not self._lock.acquire(blocking=False):
            port = running_port(self.folder)
            if port is not None and answers(port):
                raise ServeProblem(
                    f"The experiment is already being served on http://localhost:{port}: "
                    "stop that with Ctrl-C in its terminal, or with `make stop`, before you start it again."
                )
            if time.monotonic() > deadline or self.stopping.is_set():
                raise ServeProblem(f"Another launcher uses {self.folder.path} but neither serves nor stops: stop it and try again.")
            time.sleep(0.2)

    def _record(self, record: ProcessRecord) -> None:
        self._records = [known for known in self._records if known.role != record.role] + [record]
        write_records(self.folder.record_file, self._records)

    def _goes_on(self) -> bool:
        return not self.stopping.is_set()

    def _what_ended(self) -> str | None:
        """A sentence about what has ended. The database is asked last and named first, since server and worker end because of it."""
        assert self._database is not None
        ended = self._server.how_it_ended()
        return self._database.how_it_ended() or ended

    def _announce(self) -> None:
        remember(self.folder.path, self.options.language, self.options.currency)
        lines = [f"The experiment is served on {self.url}"]
        if self.options.lan:
            lines += [f"  for the lab's network   http://{address}:{self.options.port}" for address in lan_addresses()]
        lines += [
            f"  login                   user admin, password {self.secrets.admin_password}",
            f"  REST key                {self.secrets.rest_key}",
            f"  subjects read           {self._speech()}",
            f"  kept in                 {self.folder.path} (secrets.json, database, server.log)",
            "  to stop                 Ctrl-C, or `make stop` in another terminal",
        ]
        lines += readable_environments(self.options.project / "environments")[1]
        lines += studies.left_out(self.options.project / "texts")
        lines += filter(None, [descriptors.too_few(self._files)])
        self._say("\n".join(lines))

    def _speech(self) -> str:
        """Language and currency of new sessions, and where they come from."""
        options, before = self.options, " and ".join(self.options.as_before)
        again = f" ({before} as at the last start)" if before else ""
        return f"language {options.language}, money in {options.currency}{again}; existing sessions keep theirs"


def running_port(folder: Folder) -> int | None:
    """The port of the recorded server, if it runs."""
    for record in read_records(folder.record_file):
        if record.role == "server" and record.process() is not None:
            return int(record.command[-1].rpartition(":")[2])
    return None


def stop_running(data: Path) -> bool:
    """Stop whatever serves from `data`, even if its launcher was killed; False if nothing runs."""
    folder = Folder(data.resolve())
    launchers = [record.process() for record in read_records(folder.record_file) if record.role == "launcher"]
    running = [process for process in launchers if process is not None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + WAIT_FOR_EARLIER_SECONDS
    while (alive := [process for process in running if is_alive(process)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    if alive:
        raise ServeProblem(f"The launcher (process {alive[0].pid}) did not stop within {WAIT_FOR_EARLIER_SECONDS:.0f} s.")
    return end_leftovers(folder) or bool(running)


def end_leftovers(folder: Folder) -> bool:
    """Stop the server, worker and database that a killed launcher left running; False if there are none.

    Raises ServeProblem if one of them does not stop."""
    records = read_records(folder.record_file)
    left = with_descendants(record for record in records if record.role in ("server", "worker"))
    end(left, STOP_SECONDS)
    had_database = folder.database.exists() and EmbeddedDatabase(folder.database).end_leftover()
    for record in records:
        if record.role != "launcher" and record.process() is not None:
            raise ServeProblem(f"The {record.role} (process {record.pid}) did not stop: end that process yourself and try again.")
    folder.record_file.unlink(missing_ok=True)
    return bool(left) or had_database


def _clock() -> str:
    return time.strftime("%H:%M:%S")


@contextmanager
def stopping_on_signals(launcher: Launcher) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal all ask the launcher to stop."""

    def ask(number: int, frame: FrameType | None) -> None:
        launcher.ask_to_stop()

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), ask) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
