"""A data folder as a first start leaves it, made once in each run of the tests and copied for each server.

The first start of a launcher makes a PostgreSQL and oTree's tables in it, which is always the same. A copy of the folder has
secrets of its own, and its database a password of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import fasteners

from serve.database import EmbeddedDatabase
from serve.folder import Folder

VARIABLE = "TEST_RUN_FOLDER"
"""Where the run keeps what its processes share; the workers of pytest-xdist inherit it."""


@contextmanager
def run_folder() -> Iterator[None]:
    """A folder for this run of the tests, removed in the end; where there is one already, it is another process's to remove."""
    if VARIABLE in os.environ:
        yield
        return
    folder = public_folder()
    os.environ[VARIABLE] = str(folder)
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        shutil.rmtree(folder, ignore_errors=True)


def public_folder() -> Path:
    """A fresh folder that everybody may pass, as a laboratory's is. `test_below_private_folders` and others have private ones."""
    folder = Path(tempfile.mkdtemp(prefix="parimutuel-"))
    folder.chmod(0o711)
    return folder


def fill_data_folder(data: Path, first_start: Callable[[Path], None]) -> None:
    """Make ``data`` what ``first_start`` makes of an empty folder, but for secrets and logs; outside a run of tests leave it empty."""
    if VARIABLE not in os.environ:
        return
    run = Path(os.environ[VARIABLE])
    finished = run / "finished"
    with fasteners.InterProcessLock(run / "lock"):
        if not finished.exists():
            made = run / "made"
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(mode=0o711)
            first_start(made)
            made.rename(finished)
    folder = Folder(data)
    copy_database(Folder(finished).database, folder.database, folder.make_secrets().database_password)


def copy_database(source: Path, target: Path, password: str) -> None:
    """Copy the data of a PostgreSQL that does not run, with their owner, and give the copy a password."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
    database = EmbeddedDatabase(target, password)
    database._prepare()
    database._set_password()
    database.end_leftover()
