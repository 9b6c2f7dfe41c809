"""The database: PostgreSQL embedded in the project's folder, or another one that DATABASE_URL names.

Every connection to the embedded database needs its password, which is kept in secrets.json. On POSIX the database listens only at
a socket in a folder that PostgreSQL's user alone can enter; on Windows, which has no such sockets, on a port of 127.0.0.1.
PostgreSQL's settings are left as they are: it syncs each commit to the disk (`fsync`). `serve.postgres_programs` says where its
programs come from, `serve.postgres_user` as which user they run when root starts them.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import signal
import socket
import time
import urllib.parse
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil
import psycopg2

from experiment.production import fault_of_encoding
from serve.database_log import KILLED, DatabaseLog
from serve.external_database import ExternalDatabase
from serve.libpq import can_connect, connect, forget_variables, reason
from serve.outside import Outside, socket_folder
from serve.postgres_programs import Programs, copied, installed, is_read_by_a_shell, out_of_reach
from serve.postgres_user import WORKING_FOLDER, barring, can_stay_inside, sentence_on, system_user
from serve.private_files import check_is_private, make_private_folder, write_privately
from serve.problem import ServeProblem
from serve.processes import ProcessRecord, end, is_alive, wait_until_ended

START_SECONDS = 120
RETRY_SECONDS = 15
"""The last children of a killed postmaster release the socket and memory within moments."""

LONGEST_SOCKET_PATH = 100
"""In bytes; Linux accepts 107, some systems 103."""

WHO_MAY_CONNECT = """\
# Written by the launcher at every start. Every connection needs the password.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""


class Database(Protocol):
    """What the launcher needs from a database."""

    @property
    def url(self) -> str:
        """The address, in the form of oTree's DATABASE_URL."""

    def start(self) -> list[ProcessRecord]:
        """Make it ready; return the processes that were started."""

    def start_again(self) -> list[ProcessRecord]:
        """Start it if it has ended; return the processes that were started."""

    def is_alive(self) -> bool: ...

    def answers(self) -> bool:
        """Whether it accepts connections now."""

    def how_it_ended(self) -> str | None:
        """A sentence if the database, or one of its processes, has ended since the last call and so cut off all connections; else None."""

    def stop(self) -> None: ...


def database_for(folder: Path, database_url: str | None, password: str) -> Database:
    """The database that `database_url` names, or else the embedded one in `folder`, with this password."""
    return ExternalDatabase(database_url) if database_url else EmbeddedDatabase(folder, password)


@dataclass(frozen=True)
class Listening:
    """Where the database listens: the options for the server, and the parts of the address for its clients."""

    options: str
    host: str
    query: str


class EmbeddedDatabase:
    """PostgreSQL in `folder`. Without a password it gets a random one; with `over_tcp` it listens as on Windows."""

    def __init__(self, folder: Path, password: str = "", over_tcp: bool = os.name == "nt") -> None:
        self.folder = folder.resolve()
        self._password = password or secrets.token_urlsafe(24)
        self._over_tcp = over_tcp
        self._binaries = installed(self.folder)
        self._programs = Programs(self._binaries, None)
        self._path = str(self.folder)
        self._outside = Outside(self.folder)
        self._postmaster: psutil.Process | None = None
        self._listening = Listening("", "", "")
        self._log = DatabaseLog(self.folder / "log")

    @property
    def url(self) -> str:
        """The address of the running database, password included."""
        password = urllib.parse.quote(self._password, safe="")
        return f"postgresql://postgres:{password}@{self._listening.host}/postgres{self._listening.query}"

    def start(self) -> list[ProcessRecord]:
        """Start it. No PostgreSQL may run on the folder: see `end_leftover`."""
        forget_variables()
        try:
            self._prepare()
            self._log.skip()
            self._start_postmaster()
            self._let_the_password_in()
        except PermissionError as error:
            raise ServeProblem(f"The database could not be prepared: {error.strerror}: {error.filename}.") from error
        assert self._postmaster is not None
        return [ProcessRecord.of("database", self._postmaster.pid)]

    def is_alive(self) -> bool:
        return self._postmaster is not None and is_alive(self._postmaster)

    def start_again(self) -> list[ProcessRecord]:
        if self.is_alive():
            return []
        self.end_leftover()
        return self.start()

    def answers(self) -> bool:
        return can_connect(self.url)

    def how_it_ended(self) -> str | None:
        crash = self._log.crash()
        if not self.is_alive():
            pid = "" if self._postmaster is None else f" (process {self._postmaster.pid})"
            return f"The database{pid} was killed, or stopped by itself: the end of {self._log.path} may say why."
        if crash is None:
            return None
        why = ", which the system does when memory runs out" if KILLED in crash else ""
        return f"A process of the database ended ({crash}{why}), which cut off all connections to the database."

    def stop(self) -> None:
        """Stop it within a minute. What is being committed is committed."""
        self.end_leftover()
        self._postmaster = None

    def end_leftover(self) -> bool:
        """Stop the PostgreSQL that runs on this folder, whoever started it, with orphans of a killed one; False if none runs.

        Its processes are recognised by their working directory, the data folder. Two servers on one folder would destroy the data.
        """
        had_one = self._end_running()
        self._outside.remove()
        return had_one

    def _prepare(self) -> None:
        """Put data, programs and socket where PostgreSQL's user can reach them and nobody else can."""
        self._outside.remove()
        user = system_user()
        barred = barring(self.folder.parent) if user else []
        closed = out_of_reach(self._binaries, user)
        if (barred or closed) and not can_stay_inside():
            raise ServeProblem(sentence_on(sorted({*barred, *closed}, key=lambda path: len(path.parts))))
        stays_inside = bool(barred) or is_read_by_a_shell(self.folder)
        copies = bool(closed) or is_read_by_a_shell(self._binaries)
        is_long = not self._over_tcp and len(os.fsencode(self.folder / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH

        self._path = WORKING_FOLDER if stays_inside and can_stay_inside() else str(self.folder)
        outside = self._outside.make(user, copies) if stays_inside or copies or is_long else None
        self._programs = Programs(copied(self._binaries, outside) if outside and copies else self._binaries, user)
        if not (self.folder / "PG_VERSION").exists():
            self._initialize()
        check_is_private(self.folder, user.uid if user else _own_uid())
        place = self.folder
        if outside is not None and not self._over_tcp:
            place = socket_folder(outside, user)
            check_is_private(place, user.uid if user else _own_uid())
        self._listening = _on_a_port() if self._over_tcp else _at_a_socket(place)

    def _initialize(self) -> None:
        """Done in a folder beside the data folder, so that an interrupted set-up leaves nothing that looks like a database."""
        fresh = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        user = self._programs.user
        for folder in (fresh, fresh / "data"):
            make_private_folder(folder, user.owner if user else None)
        write_privately(fresh / "password", self._password + "\n", user.owner if user else None)
        where = WORKING_FOLDER if self._path == WORKING_FOLDER else str(fresh / "data")
        options = ("-U", "postgres", "--auth=scram-sha-256", "--pwfile=../password", "--encoding=UTF8", "--no-locale")
        done = self._programs.run("initdb", "-D", where, *options, cwd=fresh / "data")
        if done.returncode != 0:
            raise ServeProblem(f"PostgreSQL could not set up its folder {fresh}: {_last_line(done.stdout)}")
        shutil.rmtree(self.folder, ignore_errors=True)
        (fresh / "data").rename(self.folder)
        shutil.rmtree(fresh)

    def _start_postmaster(self) -> None:
        user = self._programs.user
        write_privately(self.folder / "pg_hba.conf", WHO_MAY_CONNECT, user.owner if user else None)
        log = self.folder / "log"
        words = ("-D", self._path, "-l", str(Path(self._path) / "log"), "-o", self._listening.options, "-w", "-t", str(START_SECONDS))
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            done = self._programs.run("pg_ctl", "start", *words, cwd=self.folder)
            pid = self._pid()
            if done.returncode == 0 and pid is not None:
                self._postmaster = psutil.Process(pid)
                return
            if time.monotonic() > deadline:
                raise ServeProblem(f"PostgreSQL did not start on {self.folder}: {_last_line_of(log)}")
            time.sleep(1)

    def _let_the_password_in(self) -> None:
        """Data of an earlier version have no password; those of a backup, or whose secrets were deleted, have another one."""
        try:
            connection = connect(self.url)
        except psycopg2.Error:
            self._end_running()
            self._set_password()
            self._start_postmaster()
            try:
                connection = connect(self.url)
            except psycopg2.Error as error:
                raise ServeProblem(f"The database in {self.folder} does not answer: {reason(error)}.") from error
        fault = fault_of_encoding(connection.get_parameter_status("server_encoding"))
        connection.close()
        if fault:
            raise ServeProblem(fault)

    def _set_password(self) -> None:
        """By a PostgreSQL that listens nowhere, so that there is no moment in which everybody may come."""
        statement = "ALTER ROLE postgres PASSWORD '{}';\n\n".format(self._password.replace("'", "''"))
        done = self._programs.run("postgres", "--single", "-j", "-D", self._path, "postgres", cwd=self.folder, text=statement)
        if done.returncode != 0:
            raise ServeProblem(f"The password of the database in {self.folder} cannot be set: PostgreSQL ended with {done.returncode}.")

    def _end_running(self) -> bool:
        found = self._running()
        postmaster = next((process for process in found if process.pid == self._pid()), None)
        if postmaster is not None:
            for mode, seconds in (("fast", 30), ("immediate", 10)):
                self._ask_to_end(postmaster, mode)
                if not wait_until_ended([postmaster], seconds):
                    break
        end(wait_until_ended(found, 5), 2)
        self._forget_recycled_pid()
        return bool(found)

    def _ask_to_end(self, postmaster: psutil.Process, mode: str) -> None:
        """Ask it to stop as pg_ctl does. Windows needs pg_ctl for that; elsewhere a signal is enough."""
        if os.name == "nt":
            self._programs.run("pg_ctl", "stop", "-D", self._path, "-m", mode, "-W", cwd=self.folder)
        else:
            with suppress(psutil.Error):
                postmaster.send_signal(signal.SIGINT if mode == "fast" else signal.SIGQUIT)

    def _pid(self) -> int | None:
        """The process id in PostgreSQL's own record."""
        try:
            return int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _running(self) -> list[psutil.Process]:
        return [process for process in psutil.process_iter(["name"]) if _works_in(process, self.folder)]

    def _forget_recycled_pid(self) -> None:
        """Delete a stale record: PostgreSQL would take another process of its user with the same id for itself, and refuse to start."""
        pid = self._pid()
        if pid is not None and psutil.pid_exists(pid) and not self._running():
            (self.folder / "postmaster.pid").unlink()


def _at_a_socket(place: Path) -> Listening:
    options = f"-h '' -k {shlex.quote(str(place))} -c unix_socket_permissions=0700"
    return Listening(options, "", "?host=" + urllib.parse.quote(str(place), safe=""))


def _on_a_port() -> Listening:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Listening(f"-h 127.0.0.1 -p {port} -c unix_socket_directories=", f"127.0.0.1:{port}", "")


def _own_uid() -> int:
    return 0 if os.name == "nt" else os.geteuid()


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.name().startswith("postgres") and is_alive(process) and Path(process.cwd()) == folder
    except (psutil.Error, OSError):
        return False


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it gave no reason")


def _last_line_of(path: Path) -> str:
    try:
        return _last_line(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return "it gave no reason"
