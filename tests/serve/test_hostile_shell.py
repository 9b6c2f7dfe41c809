"""The launcher in a hostile shell: PG variables, a umask that closes nothing, and a path that is private, long and odd."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.serve.postgres import HOSTILE, ask, copy_of_the_package
from tests.serve.test_below_private_folders import ODD
from tests.server import PROJECT, Serving, _wait_until_announced, ended, free_port

pytestmark = [pytest.mark.server, pytest.mark.skipif(os.name == "nt", reason="modes and the umask are POSIX's")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("root") / ODD
    data = folder / ("l" * 120)
    for private in (folder, data):
        private.mkdir(mode=0o700)
    packages = copy_of_the_package(folder / "packages")
    port = free_port()
    plain = {name: value for name, value in os.environ.items() if name not in ("PORT", "LAN", "DATABASE_URL")}
    with (data / "launcher.log").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "serve", "--port", str(port), "--data", str(data)],
            cwd=PROJECT,
            env={**plain, **HOSTILE, "PYTHONPATH": str(packages)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            umask=0,
            start_new_session=True,
        )
    serving = Serving(port, data, PROJECT, process)
    with ended(serving):
        _wait_until_announced(serving, 0)
        yield serving


def environment_of(server: Serving, role: str) -> dict[str, str]:
    return dict(psutil.Process(server.pids[role]).environ())


def test_it_serves_and_the_data_are_in_the_folder_that_it_names(server: Serving) -> None:
    code, _ = server.create_session("small_market", 4)
    url = environment_of(server, "server")["DATABASE_URL"]
    assert ask(url, "SELECT code FROM otree_session") == [(code,)]
    assert Path(psutil.Process(server.pids["database"]).cwd()) == server.data / "database"
    assert (server.data / "database" / "PG_VERSION").exists()


def test_neither_server_nor_worker_nor_database_has_a_variable_of_the_shell(server: Serving) -> None:
    for role in ("server", "worker", "database"):
        given = environment_of(server, role)
        assert not [name for name, value in HOSTILE.items() if given.get(name) == value]


def test_whatever_the_launcher_writes_is_private(server: Serving) -> None:
    written = [path for path in server.data.rglob("*") if path.name != "launcher.log" and path.lstat().st_mode & 0o170000 != 0o140000]
    assert {"secrets.json", "processes.json", "server.log", "lock"} <= {path.name for path in written}
    assert [path for path in written if stat.S_IMODE(path.lstat().st_mode) & 0o077] == []
    assert stat.S_IMODE(server.data.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)


def test_the_database_s_password_is_in_no_command_line_and_no_log(server: Serving) -> None:
    password = json.loads((server.data / "secrets.json").read_text())["database_password"]
    assert password in environment_of(server, "server")["DATABASE_URL"]
    logs = [server.data / "server.log", server.data / "launcher.log", server.data / "processes.json", server.data / "database" / "log"]
    assert [path for path in logs if password in path.read_text(errors="replace")] == []
    assert [process.pid for process in psutil.process_iter(["cmdline"]) if password in " ".join(process.info["cmdline"] or [])] == []
    assert stat.S_IMODE(Path(f"/proc/{server.pids['server']}/environ").stat().st_mode) & 0o077 == 0


def test_an_archive_is_private(server: Serving, tmp_path: Path) -> None:
    code, _ = server.create_session("small_market", 4)
    out = tmp_path / "above" / "archive"
    done = subprocess.run(
        [sys.executable, "-m", "serve", "archive", code, "--data", str(server.data), "--out", str(out)],
        cwd=PROJECT, capture_output=True, text=True, umask=0, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = [out.parent, out, *out.rglob("*")]
    assert any(path.name == "decisions.csv" for path in found)
    assert [path for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_an_archive_makes_no_new_secrets_where_they_were_deleted(server: Serving, tmp_path: Path) -> None:
    kept, aside = server.data / "secrets.json", server.data / "aside.json"
    kept.rename(aside)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "serve", "archive", "abcdefgh", "--data", str(server.data), "--out", str(tmp_path)],
            cwd=PROJECT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert not kept.exists()
    finally:
        aside.replace(kept)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{kept} is missing: it holds the server's passwords and keys.")
