"""`make forget CODE=…`: remove what a participant who withdraws left, from the database of a server and from the archives in a folder.

Label, questionnaire and events go; types, offers and points stay, so every market can still be computed again. An archive is written
anew beside the old one, with new checksums, and takes its place when it is complete.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from experiment.withdrawal import FORGOTTEN_EXPORTS, FORGOTTEN_FIELDS, InvalidCode, fingerprint, read_code
from serve.archive import CHECKSUMS, WITHDRAWALS
from serve.problem import ServeProblem
from serve.rest import Rest

NEW, OLD = "{}.forgetting", "{}.before"
"""The names of an archive while it is written anew, and of the old one until the new one has taken its place."""


@dataclass(frozen=True)
class Withdrawn:
    """A participant in an archive, and when they were forgotten there; empty if they have not been."""

    session: str
    participant: str
    forgotten_at: str


def forget(code: str, now: str, server: Callable[[], Rest], archives: Path) -> Iterator[str]:
    """Forget the participant with this code, in the archives first. Yields a sentence about each place; raises ServeProblem.

    ``now`` is the time to note in archives, in ISO 8601. ``server`` is called when the archives are done.
    """
    try:
        code = read_code(code)
    except InvalidCode as wrong:
        raise ServeProblem(str(wrong)) from None
    found = False
    for folder in _archives(archives):
        who = _withdrawn(folder, fingerprint(code))
        if who is not None:
            found = True
            yield _forget_in(folder, who, now)
    try:
        answer = server().forget(code)
    except ServeProblem as problem:
        raise ServeProblem(f"The database was not searched. {problem} Then run this again.") from None
    if answer:
        place = f"Participant {answer['participant']} of session {answer['session']}"
        removed = answer["removed"]
        yield (
            f"{place} is forgotten in the database: {removed} {'entry' if removed == 1 else 'entries'} removed."
            if removed
            else f"{place} had nothing left in the database."
        )
    elif not found:
        raise ServeProblem(f"Nobody has the code {code}, neither in the database nor in an archive in {archives}.")


def _archives(folder: Path) -> Iterator[Path]:
    """The archives in a folder, or the folder itself if it is one; what an interrupted run left is put right first."""
    if not folder.is_dir():
        return
    for path in (folder, *sorted(folder.iterdir())):
        _recover(path)
    yield from (path for path in (folder, *sorted(folder.iterdir())) if (path / WITHDRAWALS).is_file() and (path / CHECKSUMS).is_file())


def _recover(path: Path) -> None:
    """After an interruption: the old archive goes back to its place if the new one has not taken it; what is left is removed."""
    if path.suffix == Path(OLD.format("a")).suffix and path.is_dir():
        if path.with_suffix("").exists():
            shutil.rmtree(path)
        else:
            path.rename(path.with_suffix(""))
    elif path.suffix == Path(NEW.format("a")).suffix and path.is_dir():
        shutil.rmtree(path)


def _withdrawn(folder: Path, print_of_code: str) -> Withdrawn | None:
    for row in csv.DictReader(io.StringIO(_text(folder / WITHDRAWALS), newline="")):
        if row["code_sha256"] == print_of_code:
            return Withdrawn(row["session_code"], row["participant_code"], row["forgotten_at"])
    return None


def _forget_in(folder: Path, who: Withdrawn, now: str) -> str:
    """Write the archive anew without what the participant left; raises ServeProblem if it is not as its checksums say."""
    _verify(folder)
    new, old = (folder.with_name(name.format(folder.name)) for name in (NEW, OLD))
    try:
        shutil.copytree(folder, new)
        changed = [path for path in sorted(new.rglob("*.csv")) if _rewrite(path, path.relative_to(new).as_posix(), who, now)]
        if not changed:
            shutil.rmtree(new)
            return f"Participant {who.participant} had nothing left in {folder}."
        _write(new / CHECKSUMS, _sums(new))
        folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        raise ServeProblem(f"The archive {folder} cannot be written anew: {error.strerror or error}.") from error
    return f"Participant {who.participant} of session {who.session} is forgotten in {folder}, whose checksums are new."


def _verify(folder: Path) -> None:
    if _sums(folder) != _text(folder / CHECKSUMS):
        raise ServeProblem(
            f"The files of {folder} are not those that its {CHECKSUMS} names, so it is left as it is: see what changed with sha256sum -c."
        )


def _sums(folder: Path) -> str:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != CHECKSUMS)
    return "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)


def _rewrite(path: Path, name: str, who: Withdrawn, now: str) -> bool:
    """Whether the file had something of the participant, which it has no longer."""
    before = _text(path)
    if not before:
        return False
    header, *rows = csv.reader(io.StringIO(before, newline=""))
    if name in FORGOTTEN_EXPORTS:
        place = header.index("participant_code")
        rows = [row for row in rows if row[place] != who.participant]
    elif name == WITHDRAWALS:
        code, at = header.index("participant_code"), header.index("forgotten_at")
        rows = [[*row[:at], row[at] or now, *row[at + 1 :]] if row[code] == who.participant else row for row in rows]
    else:
        emptied = {f"player.{field}" for field in FORGOTTEN_FIELDS.get(PurePosixPath(name).stem, ())}
        if not emptied or "participant.code" not in header:
            return False
        place = header.index("participant.code")
        rows = [
            ["" if column in emptied else cell for column, cell in zip(header, row, strict=True)] if row[place] == who.participant else row
            for row in rows
        ]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    if text.getvalue() == before:
        return False
    _write(path, text.getvalue())
    return True


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _write(path: Path, text: str) -> None:
    """Only this user can read the file, as before."""
    path.unlink()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb") as file:
        file.write(text.encode("utf-8"))
