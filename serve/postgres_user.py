"""The user that PostgreSQL runs as when root starts it, and what is done about folders that this user cannot pass.

PostgreSQL refuses to run as root, so root's database runs as a system user. That user cannot pass a private folder such as
/root. A capability to pass folders would let a compromised database read every file of the machine, and containers
withhold it. Opening /root to everybody would change a machine that is not ours. So nothing is opened and nothing is granted:

- *Data* stay in the project's folder. A process may stay in a folder that it could not have walked to. Root puts the
  database's process there before it becomes the system user, and the folder has a name that needs no walk:
  /proc/self/cwd (Linux only).
- *Programs* are looked up by PostgreSQL from the root of the file system, so the few that are needed are copied, for as
  long as the database runs, into a folder of this run's own that the user can pass (`serve.outside`).

`serve.setup` imports this module before anything is installed, with whatever Python the machine has: it uses the standard library
only, and nothing newer than Python 3.7.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from serve.problem import ServeProblem

SYSTEM_USER = "pgserver"
WORKING_FOLDER = "/proc/self/cwd"
"""A name for a process's working directory that does not pass through the folders above it."""
PLACES = ("/var/cache", "/var/tmp", "/tmp", "/opt")
"""Where a run may make a folder of its own; first the places that no clean-up of old files empties."""

_BECOME = "import os; os.setgroups([]); os.setgid({gid}); os.setuid({uid})"


@dataclass(frozen=True)
class SystemUser:
    """The user that PostgreSQL runs as."""

    uid: int
    gid: int

    @property
    def owner(self) -> tuple[int, int]:
        """In the form that chown takes."""
        return self.uid, self.gid


def is_needed() -> bool:
    """Whether PostgreSQL cannot run as the current user."""
    return os.name != "nt" and os.geteuid() == 0


def system_user() -> SystemUser | None:
    """The user that PostgreSQL is to run as, created if missing, with a message; None: the current user."""
    if not is_needed():
        return None
    found = _known()
    if found is None:
        with suppress(OSError, subprocess.CalledProcessError):
            subprocess.run(["useradd", "--system", "--no-create-home", SYSTEM_USER], check=True, capture_output=True)
        found = _known()
        if found is None:
            raise ServeProblem(_no_user(f"the user {SYSTEM_USER!r} cannot be made"))
        print(f"Made the system user {SYSTEM_USER!r}, as which the database runs: PostgreSQL refuses to run as root.", flush=True)
    if not _may_become(found):
        raise ServeProblem(_no_user("this root may not become another user"))
    return found


def barring(*paths: Path) -> list[Path]:
    """The folders among these and above them that other users may not pass, outermost first."""
    folders = [folder for path in paths for folder in [*reversed(path.parents), path]]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir() and not folder.stat().st_mode & 0o001]


def can_stay_inside() -> bool:
    """Whether this system has such a name for a process's working directory."""
    return os.path.isdir(WORKING_FOLDER)


def place_outside(for_everybody: bool, for_programs: bool) -> Path | None:
    """Where a run may make a folder of its own: passable for everybody and allowing programs to run, if requested. None: nowhere."""
    for place in map(Path, (*PLACES, tempfile.gettempdir())):
        passable = not (for_everybody and barring(place.resolve()))
        if _can_hold(place) and passable and not (for_programs and _forbids_programs(place)):
            return place
    return None


def sentence_on(folders: list[Path]) -> str:
    """A sentence that says what to do about folders that PostgreSQL's user cannot pass."""
    names = " ".join(shlex.quote(str(folder)) for folder in folders)
    return (
        f"PostgreSQL refuses to run as root, and its user {SYSTEM_USER!r} cannot pass through {names}: move the project to a folder that "
        f"everybody may pass through, such as /opt, run the command as an ordinary user, or let others through with `chmod o+x {names}`."
    )


def check_before_installing(project: Path) -> None:
    """Raises ServeProblem if the embedded database will not be able to run. Creates nothing."""
    if not is_needed():
        return
    found = _known()
    if found is None and shutil.which("useradd") is None:
        raise ServeProblem(_no_user(f"there is neither a user {SYSTEM_USER!r} nor the program useradd"))
    if not _may_become(found or SystemUser(65534, 65534)):
        raise ServeProblem(_no_user("this root may not become another user"))
    folders = barring(project.resolve())
    if folders and not (can_stay_inside() and place_outside(for_everybody=True, for_programs=True)):
        raise ServeProblem(sentence_on(folders))


def _known() -> SystemUser | None:
    import pwd

    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None
    return SystemUser(entry.pw_uid, entry.pw_gid)


def _may_become(user: SystemUser) -> bool:
    """Found by trying: a container may have taken the necessary capabilities from root, or may not map the user's number."""
    program = _BECOME.format(uid=user.uid, gid=user.gid)
    return subprocess.call([sys.executable, "-I", "-S", "-c", program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def _no_user(why: str) -> str:
    return f"PostgreSQL refuses to run as root, and {why}: run the command as an ordinary user, or name another database with DATABASE_URL."


def _can_hold(place: Path) -> bool:
    """Whether we can make a folder there that no other user can move away."""
    if not place.is_dir() or not os.access(str(place), os.W_OK):
        return False
    mode = place.stat().st_mode
    return os.name == "nt" or not mode & 0o022 or bool(mode & stat.S_ISVTX)


def _forbids_programs(place: Path) -> bool:
    return bool(os.statvfs(str(place)).f_flag & getattr(os, "ST_NOEXEC", 0))
