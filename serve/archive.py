"""The archive of a session: one dated folder with everything a server exports, the environment, versions and checksums.

Recruiters' labels are left out. Everything is fetched before anything is written, and written to a temporary folder that is then
renamed, so an archive folder is always complete.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from experiment.config import read_settings
from experiment.config_fields import InvalidSettings
from experiment.version import commit, version
from serve.archive_readme import readme
from serve.folder import Folder
from serve.launcher import running_port
from serve.private_files import make_private_folders
from serve.problem import ServeProblem
from serve.rest import RequestRefused, Rest, SessionInfo
from serve.unlabelled import of_session, without_labels
from theory.economy.environment import InvalidEnvironment, parse_environment
from theory.economy.text import environment_text

WITHDRAWALS = "withdrawals.csv"
MARKET, INTRO, OUTRO = "parimutuel_twostage", "parimutuel_intro", "parimutuel_outro"
EXPORTS: Mapping[str, tuple[str, str]] = {
    "decisions.csv": (MARKET, "custom_export"),
    "sessions.csv": (MARKET, "custom_export_sessions"),
    "payments.csv": (MARKET, "custom_export_payments"),
    "beliefs.csv": (MARKET, "custom_export_beliefs"),
    "events.csv": (MARKET, "custom_export_events"),
    "quiz.csv": (INTRO, "custom_export_quiz"),
    "questionnaire.csv": (OUTRO, "custom_export_questionnaire"),
    WITHDRAWALS: (OUTRO, "custom_export_withdrawals"),
    "consent.csv": (INTRO, "custom_export_consent"),
    "texts.csv": (INTRO, "custom_export_texts"),
}
"""Every export of the project except those made for payment, the only ones with labels."""
CHECKSUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Archived:
    """The folder that was written, and a warning about it (None: no warning)."""

    folder: Path
    files: int
    warning: str | None


def server(url: str | None, data: Path) -> Rest:
    """The server at ``url``, with the REST key in OTREE_REST_KEY, or the one that the launcher serves from ``data``."""
    if url:
        if not url.startswith(("http://", "https://")):
            raise ServeProblem(f"--url is {url!r}; it must be an address that begins with https:// or http://.")
        key = os.environ.get("OTREE_REST_KEY")
        if not key:
            raise ServeProblem(f"OTREE_REST_KEY is not set; it must be the REST key of the server {url}.")
        return Rest(url.rstrip("/"), key)
    folder = Folder(data.resolve())
    port = running_port(folder)
    if port is None:
        raise ServeProblem(f"Nothing is being served from {data}: start it with `make serve`, or name another server with --url.")
    return Rest(f"http://localhost:{port}", folder.secrets().rest_key)


def archive(rest: Rest, session: str, out: Path) -> Archived:
    """Write the archive of a session into a new folder in ``out``."""
    told = _told(rest, session)
    now = datetime.now(UTC)
    record, files = _files(rest, told, now)
    folder = out / f"{session}-{now:%Y%m%dT%H%M%SZ}"
    _write(folder, files)
    return Archived(folder, len(files) + 1, _not_over(record, files["decisions.csv"]))


def _told(rest: Rest, session: str) -> SessionInfo:
    if not session.isascii() or not session.isalnum():
        which = (
            f"SESSION is {session!r:.40}, but a session code is letters and digits"
            if session
            else "Name the session, for example SESSION=code"
        )
        raise ServeProblem(f"{which}; the server has {_listed(rest.sessions())}.")
    try:
        return rest.session(session)
    except RequestRefused as refused:
        if refused.status == 403:
            raise ServeProblem(f"The server {rest.url} refuses this REST key; OTREE_REST_KEY must be that server's key.") from None
        if refused.status != 404:
            raise
        raise ServeProblem(f"The server {rest.url} has no session {session}; it has {_listed(rest.sessions())}.") from None


def _listed(codes: list[str]) -> str:
    return ", ".join(codes[-10:]) if codes else "none"


def _files(rest: Rest, told: SessionInfo, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    """The session's record, and the text of every file by its name in the folder."""
    files = {name: rest.export(app, function, told.code) for name, (app, function) in EXPORTS.items() if app in told.apps}
    files["page_times.csv"] = of_session(rest.page_times(), told.code)
    files |= {f"tables/{app}.csv": rest.table(app, told.code) for app in told.apps}
    files = {name: without_labels(text, told.labels) for name, text in files.items()}
    record = _record(files.get("sessions.csv", ""), told.code)
    try:
        environment = environment_text(parse_environment(record["environment"]))
    except InvalidEnvironment as error:
        raise ServeProblem(f"The server exports an environment of session {told.code} that this program cannot read: {error}") from None
    files["environment.toml"] = environment
    files["session.json"] = _json(record)
    files["versions.json"] = _json(_versions(rest, record, now))
    files["README.txt"] = readme(told.code, now, tuple(files), CHECKSUMS)
    return record, files


def _record(sessions: str, code: str) -> dict[str, Any]:
    for row in csv.DictReader(io.StringIO(sessions, newline="")):
        if row.get("session_code") == code:
            found: dict[str, Any] = json.loads(row["json"])
            return found
    raise ServeProblem(f"Session {code} does not belong to this experiment: the server exports no record of it.")


def _versions(rest: Rest, record: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The versions of the server, from the session's export, and of the program that wrote the archive."""
    here = {"parimutuel-lab": version(), "python": platform.python_version(), "commit": commit()}
    return {"archived_at": now.isoformat(timespec="seconds"), "server": {**record["software"], "otree": rest.version()}, "archive": here}


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _write(folder: Path, files: Mapping[str, str]) -> None:
    """Write all files and their checksums beside ``folder``, then rename. Only this user can read them."""
    partial = folder.with_name(f".{folder.name}.partial")
    content = {name: text.encode("utf-8") for name, text in files.items()}
    content[CHECKSUMS] = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(content.items())).encode()
    made = [parent for parent in (folder.parent, *folder.parent.parents) if not parent.exists()]
    try:
        for name, data in content.items():
            make_private_folders((partial / name).parent)
            descriptor = os.open(partial / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        partial.rename(folder)
    except BaseException as error:
        shutil.rmtree(partial, ignore_errors=True)
        for parent in made:
            if parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()
        if isinstance(error, OSError):
            raise ServeProblem(f"The archive {folder} cannot be written: {error.strerror or error}.") from error
        raise


def _not_over(record: Mapping[str, Any], decisions: str) -> str | None:
    """A warning if not all rounds of the session have ended, since the archive is then incomplete."""
    try:
        settings = read_settings(record["config"], environment=parse_environment(record["environment"]))
    except InvalidSettings:  # a fee that was changed in oTree's pages to something that is not an amount
        return None
    ended: dict[int, bool] = {}
    for row in csv.DictReader(io.StringIO(decisions, newline="")):
        number = int(row["round_number"])
        ended[number] = ended.get(number, True) and row["points"] != ""
    if (over := sum(ended.values())) == settings.total_rounds:
        return None
    return f"The session is not over: {over} of its {settings.total_rounds} rounds have ended. Archive it again when it is over."
