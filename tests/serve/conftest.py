"""A real embedded PostgreSQL for the tests of ``serve``. A test that asks for one needs a server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from serve.database import EmbeddedDatabase
from tests.prepared import public_folder

HERE = Path(__file__).parent
DATABASES = {"database", "empty_database", "database_folder"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and DATABASES & set(getattr(item, "fixturenames", ())):
            item.add_marker("server")


@pytest.fixture(scope="session")
def database() -> Iterator[EmbeddedDatabase]:
    """One that runs; tests make tables of their own in it."""
    folder = public_folder()
    running = EmbeddedDatabase(folder / "database")
    running.start()
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def empty_database() -> Iterator[Path]:
    """The data of one that was made and does not run; tests that are not about making one copy it."""
    folder = public_folder()
    EmbeddedDatabase(folder / "database")._prepare()
    yield folder / "database"
    shutil.rmtree(folder)


@pytest.fixture
def database_folder() -> Iterator[Path]:
    """Where a test may make a database of its own; whatever runs there in the end is stopped."""
    folder = public_folder()
    yield folder / "database"
    if (folder / "database").exists():
        EmbeddedDatabase(folder / "database").end_leftover()
    shutil.rmtree(folder)
