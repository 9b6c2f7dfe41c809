"""Copies of the project to play in; see played.py. A test that asks for one boots oTree."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.app.played import copy_project

HERE = Path(__file__).parent
COPIES = {"project_with", "own_project"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and COPIES & set(getattr(item, "fixturenames", ())):
            item.add_marker("otree")


@pytest.fixture(scope="session")
def project_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The copy of the project with this Python appended to its settings: one for each, for scenes that change no file."""
    return cache(lambda more_settings: copy_project(tmp_path_factory.mktemp("project"), more_settings))


@pytest.fixture(scope="session")
def project(project_with: Callable[[str], Path]) -> Path:
    """An unchanged copy of the project."""
    return project_with("")


@pytest.fixture(scope="module")
def own_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy for the tests of one file, which may change its files."""
    return copy_project(tmp_path_factory.mktemp("own_project"))
