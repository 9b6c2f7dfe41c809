"""Copies of the project to play in; see played.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.played import copy_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project as it is, for scenes that change no file."""
    return copy_project(tmp_path_factory.mktemp("project"))
