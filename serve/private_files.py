"""Files and folders that only their owner can read, whatever the umask and whatever was there before."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from serve.problem import ServeProblem


def write_privately(path: Path, text: str, owner: tuple[int, int] | None = None) -> None:
    """Write a file atomically, never readable by others, not even for a moment. A link at ``path`` is replaced, not followed.

    ``owner`` is the uid and gid of its owner; None: this user.
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
    """Make a new folder. Raises FileExistsError if it exists, since somebody else made it."""
    path.mkdir(mode=0o700)
    if owner is not None:
        os.chown(path, *owner, follow_symlinks=False)


def make_private_folders(path: Path, mode: int = 0o700) -> None:
    """Make the folder and the missing folders above it."""
    for folder in [*reversed(path.parents), path]:
        if not folder.exists():
            folder.mkdir(mode=mode)


def check_is_private(path: Path, uid: int) -> None:
    """Raises ServeProblem unless ``path`` is a folder, not a link, that belongs to the user ``uid`` and is closed to all others."""
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise ServeProblem(f"{path} must be a folder, but it is something else, perhaps put there by another user: remove it.")
    if found.st_uid != uid:
        raise ServeProblem(
            f"The folder {path} belongs to user {found.st_uid}, but its database has to run as user {uid}: "
            f"run the command as the user who ran it before, or change the owner of the folder with `chown -R {uid}`."
        )
    if os.name != "nt" and stat.S_IMODE(found.st_mode) & 0o077:
        raise ServeProblem(f"The folder {path} is open to others (mode {stat.S_IMODE(found.st_mode):o}): close it with `chmod 700`.")
