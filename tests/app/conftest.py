"""Copies of the project to play in; see played.py. A test that asks for one boots oTree."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.played import copy_project

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("otree")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project as it is, for scenes that change no file."""
    return copy_project(tmp_path_factory.mktemp("project"))
