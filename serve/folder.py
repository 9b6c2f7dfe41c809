"""The launcher's folder, `.serve/`, which git ignores: database, secrets, log, and the record of what runs."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import MISSING, asdict, dataclass, fields, replace
from itertools import dropwhile, takewhile
from pathlib import Path

from serve.postgres_user import is_needed
from serve.private_files import make_private_folders, write_privately
from serve.problem import ServeProblem

OLD_LOGS = 9
LONGEST_REASON = 400
_TRACEBACK = "Traceback (most recent call last):"


@dataclass(frozen=True)
class Secrets:
    """Made once: a restarted server must accept the logins, links and keys it issued before."""

    admin_password: str
    secret_key: str
    rest_key: str
    database_password: str = ""
    """Of the embedded database; empty if an earlier version made the file."""


@dataclass(frozen=True)
class Folder:
    """Where the launcher keeps what must outlive it."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "database"

    @property
    def secrets_file(self) -> Path:
        return self.path / "secrets.json"

    @property
    def record_file(self) -> Path:
        return self.path / "processes.json"

    @property
    def lock_file(self) -> Path:
        return self.path / "lock"

    @property
    def log_file(self) -> Path:
        return self.path / "server.log"

    @property
    def earlier_log(self) -> Path:
        """The log of the start before this one."""
        return self._old_log(1)

    def make(self) -> None:
        """Make the folder and close its files to other users, whatever the umask and whatever an earlier version left.

        If root's database runs as another user, that user must be able to pass through the folder but not to list it.
        """
        try:
            mode = 0o711 if is_needed() else 0o700
            make_private_folders(self.path, mode)
            self.path.chmod(mode)
            os.close(os.open(self.lock_file, os.O_WRONLY | os.O_CREAT, 0o600))
            for kept in (self.lock_file, self.record_file, self.secrets_file, self.log_file, *map(self._old_log, range(1, OLD_LOGS + 1))):
                if kept.exists():
                    kept.chmod(0o600)
        except OSError as error:
            raise ServeProblem(f"The folder {self.path} cannot be made or written to: {error.strerror}.") from error

    def make_secrets(self) -> Secrets:
        """The secrets kept here, readable by their owner only. Missing ones are made; only the start of a server does this."""
        kept = self.secrets() if self.secrets_file.exists() else None
        if kept is None or not kept.database_password:
            fresh = Secrets(_readable_word(), secrets.token_urlsafe(32), secrets.token_urlsafe(24), secrets.token_urlsafe(24))
            kept = fresh if kept is None else replace(kept, database_password=fresh.database_password)
            write_privately(self.secrets_file, json.dumps(asdict(kept), indent=2) + "\n")
        return kept

    def secrets(self) -> Secrets:
        """The secrets kept here. Raises ServeProblem if there are none: new ones would not be those of the running server."""
        if not self.secrets_file.exists():
            raise ServeProblem(
                f"{self.secrets_file} is missing: it holds the server's passwords and keys. "
                "Put it back from a backup, or start the server again, which makes new ones."
            )
        return _read_secrets(self.secrets_file)

    def new_log(self) -> int:
        """A file descriptor of an empty log; the logs of earlier runs are kept as server.1.log and so on."""
        for age in range(OLD_LOGS, 0, -1):
            younger = self._old_log(age - 1) if age > 1 else self.log_file
            if younger.exists():
                younger.replace(self._old_log(age))
        return os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def last_log_line(self) -> str:
        """Why the server ended, from its log: its last error, or else its last line; empty if it wrote nothing."""
        if not self.log_file.exists():
            return ""
        return last_error(self.log_file.read_text(encoding="utf-8", errors="replace"))

    def _old_log(self, age: int) -> Path:
        return self.path / f"server.{age}.log"


def last_error(log: str) -> str:
    """The exception at the end of the last traceback, on one line, without SQLAlchemy's additions; or else the last line."""
    _, traceback, after = log.rpartition(_TRACEBACK)
    lines = [line for line in after.splitlines() if line.strip()]
    raised = list(dropwhile(lambda line: line[0].isspace(), lines)) if traceback else []
    said = raised[:1] + list(takewhile(lambda line: line[0].isspace(), raised[1:])) or lines[-1:]
    text = " ".join(" ".join(said).split())
    return text if len(text) <= LONGEST_REASON else text[:LONGEST_REASON] + "…"


def _read_secrets(path: Path) -> Secrets:
    names = [field.name for field in fields(Secrets) if field.default is MISSING]
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        values = [kept[name] for name in names]
        password = kept.get("database_password", "")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ServeProblem(
            f"{path} cannot be read as a JSON object with {', '.join(names)}: repair it, or delete it to get new secrets."
        ) from error
    if not all(isinstance(value, str) and value for value in values) or not isinstance(password, str):
        raise ServeProblem(f"{path} has an empty secret: each of {', '.join(names)} must be a non-empty string.")
    return replace(Secrets(*values), database_password=password)


def _readable_word() -> str:
    """A password of 60 bits that can be read aloud: no letters that look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))
