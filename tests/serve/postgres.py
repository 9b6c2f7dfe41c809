"""What tests of the embedded database share: questions to it, other users of this machine, and the variables of a hostile shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from serve.database import EmbeddedDatabase
from serve.libpq import connect
from serve.postgres_programs import installed

HOSTILE = {
    "PGHOSTADDR": "127.0.0.1",
    "PGPORT": "1",
    "PGSERVICE": "not_defined_here",
    "PGREQUIREAUTH": "md5",
    "PGCHANNELBINDING": "require",
    "PGTARGETSESSIONATTRS": "standby",
    "PGOPTIONS": "-c search_path=elsewhere",
    "PGCLIENTENCODING": "LATIN1",
    "PGDATA": "/nowhere",
    "PGUSER": "somebody",
}
"""Each of the first eight, alone, sends data elsewhere, keeps a client from connecting, or changes what it reads."""

needs_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can act as another user of this machine")


def ask(url: str, *statements: str) -> Any:
    """Run statements in one transaction; the rows of the last one."""
    connection = connect(url)
    try:
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


@contextmanager
def running(database: EmbeddedDatabase) -> Iterator[EmbeddedDatabase]:
    try:
        database.start()
        yield database
    finally:
        database.stop()


def as_nobody(*command: str) -> subprocess.CompletedProcess[str]:
    """A command of another user of this machine."""
    return subprocess.run(command, user="nobody", group="nogroup", extra_groups=[], cwd="/", capture_output=True, text=True, check=False)


def copy_of_the_package(folder: Path) -> Path:
    """PostgreSQL as pip installs it, in another folder; what is to be put on the path of Python."""
    package = installed(Path("none")).parents[1]
    for path in (package, package.with_name(package.name + ".libs")):
        if path.is_dir():
            shutil.copytree(path, folder / path.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
    return folder
