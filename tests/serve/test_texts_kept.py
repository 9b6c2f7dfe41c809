"""A wrong text file is named when the server starts, and the sessions that run go on with the texts that they have."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.played import copy_project
from tests.server import public_folder, serving

pytestmark = pytest.mark.server


@pytest.fixture
def project() -> Iterator[Path]:
    folder = public_folder()
    copy_project(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_running_sessions_go_on_when_a_file_breaks_and_the_server_starts_again(project: Path) -> None:
    with serving(project=project) as server:
        assert "left out" not in server.output
        _, people = server.create_session("small_market", 4, texts="example", minutes=45)
        before = _read(server.start_link(people[0]))
        assert "<strong>45 minutes</strong>" in before
        (project / "texts" / "example" / "en" / "questionnaire.toml").write_text('[[item]]\nid = "x"\ntype = "slider"\nlabel = "?"\n')
        server.stop()
        server.restart()
        sentence = "texts/example/en/questionnaire.toml, line 3: type is 'slider'; it must be choice, scale, number or text."
        assert f"The texts of example are left out: {sentence}" in server.output
        assert "<strong>45 minutes</strong>" in _read(server.start_link(people[0]))
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.create_session("small_market", 4, texts="example", minutes=45)
        assert refused.value.read().decode() == sentence
        _, others = server.create_session("small_market", 4)
        assert "This is a study of decisions in markets" in _read(server.start_link(others[0]))


def _read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=60) as page:
        return str(page.read().decode())
