"""The launcher's folder, `.serve/`, which git ignores: database, secrets, log, and the record of what runs."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from itertools import dropwhile, takewhile
from pathlib import Path

from serve.problem import ServeProblem

OLD_LOGS = 9
LONGEST_REASON = 400
_TRACEBACK = "Traceback (most recent call last):"


@dataclass(frozen=True)
class Secrets:
    """Made once: a server that starts again must know its earlier logins, links and keys."""

    admin_password: str
    secret_key: str
    rest_key: str


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
        """Make the folder. The database may run as another user, who has to pass through it but not to look around."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o711)
        except OSError as error:
            raise ServeProblem(f"The folder {self.path} cannot be made or written to: {error.strerror}.") from error

    def secrets(self) -> Secrets:
        """The secrets kept here, made on the first call, for the owner's eyes only."""
        if not self.secrets_file.exists():
            made = Secrets(_readable_word(), secrets.token_urlsafe(32), secrets.token_urlsafe(24))
            _write_privately(self.secrets_file, json.dumps(asdict(made), indent=2) + "\n")
        return _read_secrets(self.secrets_file)

    def new_log(self) -> int:
        """A file descriptor of an empty log; the logs of the runs before are kept as server.1.log and so on."""
        for age in range(OLD_LOGS, 0, -1):
            younger = self._old_log(age - 1) if age > 1 else self.log_file
            if younger.exists():
                younger.replace(self._old_log(age))
        return os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def last_log_line(self) -> str:
        """What the server last wrote that says why it ended: its last error, or else its last line; empty where it wrote nothing."""
        if not self.log_file.exists():
            return ""
        return last_error(self.log_file.read_text(encoding="utf-8", errors="replace"))

    def _old_log(self, age: int) -> Path:
        return self.path / f"server.{age}.log"


def last_error(log: str) -> str:
    """The exception at the end of the last traceback, in one line, without what SQLAlchemy adds to it; or else the last line."""
    _, traceback, after = log.rpartition(_TRACEBACK)
    lines = [line for line in after.splitlines() if line.strip()]
    raised = list(dropwhile(lambda line: line[0].isspace(), lines)) if traceback else []
    said = raised[:1] + list(takewhile(lambda line: line[0].isspace(), raised[1:])) or lines[-1:]
    text = " ".join(" ".join(said).split())
    return text if len(text) <= LONGEST_REASON else text[:LONGEST_REASON] + "…"


def _read_secrets(path: Path) -> Secrets:
    names = [field.name for field in fields(Secrets)]
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        values = [kept[name] for name in names]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ServeProblem(
            f"{path} cannot be read as a JSON object with {', '.join(names)}: mend it, or delete it to get new secrets."
        ) from error
    if not all(isinstance(value, str) and value for value in values):
        raise ServeProblem(f"{path} has an empty secret: each of {', '.join(names)} must be a text.")
    return Secrets(*values)


def _write_privately(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _readable_word() -> str:
    """A password of 60 bits that can be read aloud: no letters that look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))
