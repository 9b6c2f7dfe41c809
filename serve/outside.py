"""A folder outside the project, kept while a database runs.

It holds a socket whose path would otherwise be too long, and PostgreSQL's programs if their own folder cannot be passed
(`serve.postgres_user`). Its name is random. The name is recorded beside the data, so that the next start can remove the folder
that a killed launcher left.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from serve.postgres_user import PLACES, SystemUser, place_outside
from serve.private_files import make_private_folder, write_privately
from serve.problem import ServeProblem

PREFIX = "parimutuel-"


@dataclass(frozen=True)
class Outside:
    """The folder of the database whose data are in ``data``."""

    data: Path

    def make(self, user: SystemUser | None, for_programs: bool) -> Path:
        """A new folder that only this user can write to and that PostgreSQL's user can pass."""
        place = place_outside(user is not None, for_programs)
        if place is None:
            kind = "lets programs run" if for_programs else "this user may write to"
            raise ServeProblem(f"The database needs a folder for temporary files that {kind}: {', '.join(PLACES)} are not suitable.")
        made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place)).resolve()
        write_privately(self._record, str(made))
        write_privately(made / "data", str(self.data))
        made.chmod(0o700 if user is None else 0o711)
        return made

    def remove(self) -> None:
        """Remove the folder, whichever run made it."""
        try:
            made = Path(self._record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if self._is_ours(made):
            shutil.rmtree(made, ignore_errors=True)
        self._record.unlink(missing_ok=True)

    @property
    def _record(self) -> Path:
        return self.data.with_name(self.data.name + ".outside")

    def _is_ours(self, made: Path) -> bool:
        """False if the record came with a copy of the data: the folder then belongs to another database."""
        try:
            found = made.lstat()
            ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and made.name.startswith(PREFIX)
            return ours and (made / "data").read_text(encoding="utf-8") == str(self.data)
        except OSError:
            return False


def socket_folder(outside: Path, user: SystemUser | None) -> Path:
    """A folder inside it that only PostgreSQL's user and root can enter."""
    folder = outside / "socket"
    make_private_folder(folder, user.owner if user else None)
    return folder
