"""The data folder that the tests' servers are copies of: made once in a run, with secrets and a database password for each copy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from serve.database import EmbeddedDatabase
from serve.folder import Folder
from serve.libpq import connect
from tests.prepared import VARIABLE, fill_data_folder, public_folder
from tests.serve.postgres import ask, running
from tests.server import _first_start

pytestmark = pytest.mark.server


@pytest.fixture
def folders() -> Iterator[list[Path]]:
    """Two data folders of servers."""
    made = [public_folder() for _ in range(2)]
    for folder in made:
        fill_data_folder(folder, _first_start)
    yield made
    for folder in made:
        EmbeddedDatabase(folder / "database").end_leftover()
        shutil.rmtree(folder)


def test_each_copy_has_otrees_tables_and_secrets_of_its_own(folders: list[Path]) -> None:
    one, other = (Folder(folder).secrets() for folder in folders)
    for name in ("admin_password", "secret_key", "rest_key", "database_password"):
        assert getattr(one, name) != getattr(other, name)
    with running(EmbeddedDatabase(folders[0] / "database", one.database_password)) as database:
        assert ask(database.url, "SELECT count(*) FROM otree_session") == [(0,)]
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            connect(database.url.replace(one.database_password, other.database_password))


def test_the_first_start_is_made_once_in_a_run(folders: list[Path]) -> None:
    (folders[0] / "third").mkdir()
    fill_data_folder(folders[0] / "third", lambda data: pytest.fail("it was made already"))


def test_outside_a_run_of_tests_a_data_folder_stays_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    fill_data_folder(tmp_path, lambda data: pytest.fail("nothing is to be started"))
    assert os.listdir(tmp_path) == []
