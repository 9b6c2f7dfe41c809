"""Files and folders that are their owner's alone, whatever the umask, and whoever put something there before."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from serve.problem import ServeProblem


def write_privately(path: Path, text: str, owner: tuple[int, int] | None = None) -> None:
    """Whole or not at all, and never readable by others, not even for a moment. A link at ``path`` is replaced, not followed.

    ``owner`` is the uid and gid of whom it is to belong to; None leaves it this user's.
    """
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        if owner is not None:
            os.fchown(descriptor, *owner)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)


def make_private_folder(path: Path, owner: tuple[int, int] | None = None) -> None:
    """A new folder; one that is there already was made by somebody else, and raises FileExistsError."""
    path.mkdir(mode=0o700)
    if owner is not None:
        os.chown(path, *owner, follow_symlinks=False)


def make_private_folders(path: Path, mode: int = 0o700) -> None:
    """The folder and those above it, as far as they are not there."""
    for folder in [*reversed(path.parents), path]:
        if not folder.exists():
            folder.mkdir(mode=mode)


def check_is_private(path: Path, uid: int) -> None:
    """Raise a sentence unless it is a folder, no link to one, of the user ``uid``, and closed to all others."""
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise ServeProblem(f"{path} must be a folder, and is something else or a link: somebody else may have put it there. Remove it.")
    if found.st_uid != uid:
        raise ServeProblem(
            f"The folder {path} belongs to user {found.st_uid}, but its database has to run as user {uid}: "
            f"run the command as the user who ran it before, or give the folder away with `chown -R {uid}`."
        )
    if os.name != "nt" and stat.S_IMODE(found.st_mode) & 0o077:
        raise ServeProblem(f"The folder {path} is open to others (mode {stat.S_IMODE(found.st_mode):o}): close it with `chmod 700`.")
