"""Secrets are made once and for the owner only; logs of earlier runs are kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from serve.folder import Folder
from serve.problem import ServeProblem


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "serve")
    made.make()
    return made


def test_secrets_are_made_once(folder: Folder) -> None:
    first = folder.secrets()
    assert folder.secrets() == first
    assert len({first.admin_password, first.secret_key, first.rest_key}) == 3


def test_two_folders_have_different_secrets(folder: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other")
    other.make()
    assert other.secrets() != folder.secrets()


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_secrets_and_logs_are_for_the_owner_only(folder: Folder) -> None:
    folder.secrets()
    os.close(folder.new_log())
    for path in (folder.secrets_file, folder.log_file):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["{", "[]", '{"admin_password": "x"}', '{"admin_password": "", "secret_key": "x", "rest_key": "x"}'])
def test_broken_secrets_get_a_sentence_with_the_file(folder: Folder, text: str) -> None:
    folder.secrets_file.write_text(text)
    with pytest.raises(ServeProblem, match=r"secrets\.json"):
        folder.secrets()


def test_the_logs_of_nine_earlier_runs_are_kept(folder: Folder) -> None:
    for run in range(12):
        log = folder.new_log()
        os.write(log, f"run {run}\n\n".encode())
        os.close(log)
    assert folder.last_log_line() == "run 11"
    assert sorted(path.name for path in folder.path.glob("server*.log")) == ["server.1.log"] + [
        f"server.{age}.log" for age in range(2, 10)
    ] + ["server.log"]
    assert (folder.path / "server.9.log").read_text().strip() == "run 2"


def test_a_folder_that_cannot_be_made_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServeProblem, match="cannot be made"):
        Folder(tmp_path / "file" / "serve").make()
