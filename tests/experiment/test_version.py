"""The version is stated once, and the commit is given if there is one."""

import json
import subprocess

import pytest

from experiment import version
from experiment.config import DEFAULTS, read_settings
from experiment.export import session_row


@pytest.fixture(autouse=True)
def asked_anew():
    version.commit.cache_clear()
    yield
    version.commit.cache_clear()


def test_a_session_s_line_carries_version_and_commit(tmp_path, monkeypatch):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "-c", "user.name=A", "-c", "user.email=a@localhost", "commit", "--quiet", "--message", "one")
    assert version.version()
    monkeypatch.setattr(version, "PROJECT", tmp_path)
    head = git(tmp_path, "rev-parse", "HEAD")
    assert software() == {"parimutuel-lab": version.version(), "commit": head}
    (tmp_path / "file").write_text("two")
    assert software()["commit"] == head, "asked once"
    version.commit.cache_clear()
    assert software()["commit"] == f"{head}-dirty"


def test_without_a_clone_or_without_git_there_is_no_commit_and_no_error(tmp_path, monkeypatch):
    monkeypatch.setattr(version, "PROJECT", tmp_path)
    assert version.commit() is None
    version.commit.cache_clear()
    (tmp_path / ".git").mkdir()
    assert version.commit() is None, "a folder of that name that is not git's"
    version.commit.cache_clear()
    monkeypatch.setenv("PATH", "")
    assert version.commit() is None


def git(folder, *words):
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def software():
    config = {**DEFAULTS, "environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 1}
    said = json.loads(session_row("code", read_settings(config).environment, config, 7)[1])["software"]
    return {name: said[name] for name in ("parimutuel-lab", "commit")}
