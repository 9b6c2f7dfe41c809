"""Secrets are made once and for the owner only; logs of earlier runs are kept."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from serve.folder import Folder
from serve.problem import ServeProblem
from serve.processes import write_records


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "serve")
    made.make()
    return made


def test_secrets_are_made_once(folder: Folder) -> None:
    first = folder.make_secrets()
    assert folder.make_secrets() == first == folder.secrets()
    assert len({first.admin_password, first.secret_key, first.rest_key, first.database_password}) == 4


def test_two_folders_have_different_secrets(folder: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other")
    other.make()
    assert other.make_secrets() != folder.make_secrets()


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_secrets_and_logs_are_for_the_owner_only(folder: Folder) -> None:
    before = os.umask(0)
    try:
        folder.make_secrets()
        os.close(folder.new_log())
        write_records(folder.record_file, [])
    finally:
        os.umask(before)
    for path in (folder.secrets_file, folder.log_file, folder.record_file, folder.lock_file):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_what_an_earlier_version_left_open_is_closed(folder: Folder) -> None:
    for path in (folder.record_file, folder.lock_file, folder.log_file):
        path.write_text("")
        path.chmod(0o666)
    folder.path.chmod(0o777)
    folder.make()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder.record_file, folder.lock_file, folder.log_file)} == {0o600}
    assert stat.S_IMODE(folder.path.stat().st_mode) & 0o066 == 0


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_the_folders_above_that_are_made_on_the_way_are_closed_too(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Folder(tmp_path / "serve" / "demo").make()
    finally:
        os.umask(before)
    assert [path for path in (tmp_path / "serve", tmp_path / "serve" / "demo") if stat.S_IMODE(path.stat().st_mode) & 0o066] == []


def test_only_who_starts_a_server_makes_secrets(folder: Folder) -> None:
    with pytest.raises(ServeProblem, match=r"secrets\.json is missing"):
        folder.secrets()
    assert not folder.secrets_file.exists()


def test_secrets_of_an_earlier_version_are_kept_and_get_the_password_of_the_database(folder: Folder) -> None:
    earlier = {"admin_password": "a", "secret_key": "b", "rest_key": "c"}
    folder.secrets_file.write_text(json.dumps(earlier))
    assert folder.secrets().rest_key == "c"
    assert json.loads(folder.secrets_file.read_text()) == earlier
    made = folder.make_secrets()
    assert (made.admin_password, made.secret_key, made.rest_key) == ("a", "b", "c")
    assert len(made.database_password) >= 32
    assert folder.make_secrets() == made


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
