"""What can go wrong before anything is served gets one sentence and status 1."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from serve.cli import _options, _parser, main
from serve.folder import Secrets
from serve.launcher import Launcher, Options, stop_running
from serve.otree_server import answers, check_port_is_free, environment, lan_addresses
from serve.problem import ServeProblem
from serve.processes import ProcessRecord, write_records
from serve.setup import PROJECT


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "LAN", "DATABASE_URL", "EXPERIMENT_LANGUAGE", "EXPERIMENT_CURRENCY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.strip()


@pytest.mark.parametrize("port", ["x", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_gets_a_sentence(port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PORT", port)
    assert main([]) == 1
    assert sentence(capsys) == f"PORT is {port!r}, but it must be a number from 1 to 65535."


def test_lan_is_on_or_off(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LAN", "maybe")
    assert main([]) == 1
    assert sentence(capsys).startswith("LAN is 'maybe', but it must be 1")


@pytest.mark.parametrize("command", ["run", "demo"])
def test_a_language_without_words_gets_a_sentence_before_anything_starts(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--language", "tlh", "--data", str(tmp_path / "data")]) == 1
    assert sentence(capsys).startswith("The language 'tlh' is not known; there are words in en, de")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("currency", ["EURO", "eur", "€"])
def test_a_currency_that_is_none_gets_a_sentence(currency: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--currency", currency, "--data", str(tmp_path / "data")]) == 1
    assert sentence(capsys) == f"The currency {currency!r} is not known; it must be an ISO code such as EUR, GBP or USD."
    assert not (tmp_path / "data").exists()


def test_language_and_currency_come_from_the_options_or_from_the_environment_but_never_from_gettexts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def told(*arguments: str) -> dict[str, str]:
        return dict(_options(_parser().parse_args([*arguments, "--data", str(tmp_path)])).speech)

    monkeypatch.setenv("LANGUAGE", "de")
    assert told() == {"EXPERIMENT_LANGUAGE": "en", "EXPERIMENT_CURRENCY": "USD"}
    assert told("--language", "de", "--currency", "EUR") == {"EXPERIMENT_LANGUAGE": "de", "EXPERIMENT_CURRENCY": "EUR"}
    monkeypatch.setenv("EXPERIMENT_LANGUAGE", "de")
    monkeypatch.setenv("EXPERIMENT_CURRENCY", "CHF")
    assert told("demo") == {"EXPERIMENT_LANGUAGE": "de", "EXPERIMENT_CURRENCY": "CHF"}
    assert told("--language", "en")["EXPERIMENT_LANGUAGE"] == "en"


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize("target", ["serve", "demo"])
def test_make_takes_the_language_from_its_command_line_only(target: str) -> None:
    def commands(*arguments: str) -> str:
        environment = {**os.environ, "LANGUAGE": "fr", "CURRENCY": "XYZ", "MAKEFLAGS": ""}
        return subprocess.run(
            ["make", "-n", target, *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert "--language" not in commands() + commands("-e")
    assert "--currency" not in commands() + commands("-e")
    assert '--language "de" --currency "EUR"' in commands("LANGUAGE=de", "CURRENCY=EUR")


def test_sqlite_is_refused_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///db.sqlite3")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert main(["--data", str(tmp_path / "data"), "--port", str(port)]) == 1
    assert "only PostgreSQL" in sentence(capsys)


def test_a_port_in_use_gets_a_sentence(tmp_path: Path, taken_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path / "data"), "--port", str(taken_port)]) == 1
    assert sentence(capsys).startswith(f"Port {taken_port} is used by another program")


def test_a_folder_without_settings_is_no_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--project", str(tmp_path), "--data", str(tmp_path / "data")]) == 1
    assert "not an oTree project" in sentence(capsys)


def test_nothing_to_stop_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stop", "--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "Nothing is being served.\n"
    assert not stop_running(tmp_path)


def test_two_launchers_on_one_folder_do_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serve.launcher.WAIT_FOR_EARLIER_SECONDS", 0.3)
    first, second = (Launcher(Options(data=tmp_path / "data"), say=lambda text: None) for _ in range(2))
    first.folder.make()
    assert first._lock.acquire(blocking=False)
    try:
        # the lock is the process's: a second launcher of this process would be let in, one of another process is not
        program = (
            "import sys; from pathlib import Path; from serve.launcher import Launcher, Options; import serve.launcher as l; "
            "l.WAIT_FOR_EARLIER_SECONDS = 0.3; Launcher(Options(data=Path(sys.argv[1])))._take_lock()"
        )
        done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "data")], capture_output=True, text=True, check=False)
    finally:
        first._lock.release()
    assert "neither serves nor stops" in done.stderr
    second.stop()


def test_what_an_earlier_run_left_and_does_not_end_is_named_at_every_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process stands for the server that an earlier run left."""
    monkeypatch.setattr("serve.launcher.end", lambda processes, grace_seconds: None)
    launchers = [Launcher(Options(data=tmp_path / "data"), say=lambda text: None) for _ in range(2)]
    launchers[0].folder.make()
    write_records(launchers[0].folder.record_file, [ProcessRecord.of("server", os.getpid())])
    for launcher in launchers:
        with pytest.raises(ServeProblem, match=rf"The server \(process {os.getpid()}\) did not stop"):
            launcher.run()


def test_the_port_of_another_program_is_told_apart_from_a_free_one(taken_port: int) -> None:
    with pytest.raises(ServeProblem, match="used by another program"):
        check_port_is_free("127.0.0.1", taken_port)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    check_port_is_free("127.0.0.1", free)
    assert not answers(free)


def test_otree_runs_as_a_study_behind_a_password() -> None:
    given = environment("postgresql://here", Secrets("password", "key", "rest"))
    assert given["OTREE_AUTH_LEVEL"] == "STUDY"
    assert given["OTREE_PRODUCTION"] == "1"
    assert given["OTREE_ADMIN_PASSWORD"] == "password"
    assert given["OTREE_REST_KEY"] == "rest"
    assert given["OTREE_SECRET_KEY"] == "key"
    assert given["DATABASE_URL"] == "postgresql://here"


def test_lan_addresses_are_not_this_machines_own_loop() -> None:
    assert not [address for address in lan_addresses() if address.startswith("127.")]
