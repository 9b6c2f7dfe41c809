"""oTree's own commands in production: they refuse to serve strangers if a setting is missing, and serve if none is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from experiment.production import fault_of_encoding, faults
from serve.database import EmbeddedDatabase
from serve.libpq import connect
from serve.otree_server import answers
from serve.processes import end, is_alive
from tests.app.played import copy_project
from tests.prepared import copy_database
from tests.server import free_port

pytestmark = pytest.mark.server

SCRIPTS = sysconfig.get_path("scripts")
OTREE = Path(SCRIPTS) / "otree"
SECONDS = 300
"""Far beyond what a busy machine needs."""
GOOD = {
    "OTREE_PRODUCTION": "1",
    "OTREE_ADMIN_PASSWORD": "quiet-harbour",
    "OTREE_AUTH_LEVEL": "STUDY",
    "OTREE_SECRET_KEY": "s" * 43,
    "OTREE_REST_KEY": "r" * 32,
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
}
FAULTS = [
    {"OTREE_ADMIN_PASSWORD": ""},
    {"OTREE_ADMIN_PASSWORD": "elevenchars"},
    {"OTREE_AUTH_LEVEL": ""},
    {"OTREE_AUTH_LEVEL": "DEMO"},
    {"OTREE_SECRET_KEY": ""},
    {"OTREE_SECRET_KEY": "short"},
    {"OTREE_REST_KEY": ""},
    {"OTREE_REST_KEY": "short"},
    {"DATABASE_URL": ""},
    {"DATABASE_URL": "sqlite:///db.sqlite3"},
]
SERVERS = ["prodserver", "prodserver1of2", "prodserver2of2", "devserver", "devserver_inner", "timeoutworker"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("host"))


def environment(values: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTREE_") and name not in ("DATABASE_URL", "PORT")}
    return {**kept, "PATH": SCRIPTS + os.pathsep + os.environ.get("PATH", ""), **{name: value for name, value in values.items() if value}}


def run(project: Path, values: Mapping[str, str], command: str) -> tuple[subprocess.CompletedProcess[str], int]:
    """The command, which is to end by itself, and the port it was to serve."""
    port = free_port()
    words = [] if command in ("prodserver2of2", "timeoutworker") else [str(port) if command == "devserver" else f"127.0.0.1:{port}"]
    done = subprocess.run(
        [str(OTREE), command, *words], cwd=project, env=environment(values), capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return done, port


def assert_refused(project: Path, values: Mapping[str, str], command: str, sentences: list[str]) -> None:
    done, port = run(project, values, command)
    assert done.stderr.splitlines() == sentences
    assert "Running" not in done.stdout
    assert not answers(port)
    assert not (project / "db.sqlite3").exists()
    if command != "devserver":  # oTree's devserver forgets how the server that it starts has ended
        assert done.returncode == 1


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "=".join(*fault.items()))
def test_each_fault_alone_keeps_the_server_from_starting_with_its_sentence(project: Path, fault: dict[str, str]) -> None:
    (sentence,) = faults(GOOD | fault)
    assert_refused(project, GOOD | fault, "prodserver1of2", [sentence])


@pytest.mark.parametrize("command", SERVERS)
def test_no_command_that_serves_starts_where_everything_is_missing_and_all_is_said(project: Path, command: str) -> None:
    seen = {"OTREE_PRODUCTION": "1"} | ({"OTREE_IN_MEMORY": "1"} if command.startswith("devserver") else {})
    assert len(faults(seen)) == 5
    assert_refused(project, {"OTREE_PRODUCTION": "1"}, command, faults(seen))


def test_the_devserver_does_not_serve_in_production_even_with_everything_set(project: Path) -> None:
    assert_refused(project, GOOD, "devserver", faults(GOOD | {"OTREE_IN_MEMORY": "1"}))


def test_commands_that_serve_nothing_go_on_working(project: Path) -> None:
    program = "import sys; sys.argv[1:] = ['startapp', '--help']; from otree.main import execute_from_command_line as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project,
        env=environment({"OTREE_PRODUCTION": "1", "OTREE_IN_MEMORY": "1"}),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout


@pytest.fixture
def address(empty_database: Path, database_folder: Path) -> str:
    """Of a PostgreSQL of its own: oTree makes its tables there."""
    copy_database(empty_database, database_folder, "a password")
    database = EmbeddedDatabase(database_folder, "a password")
    database.start()
    return database.url


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_with_everything_set_and_postgresql_the_lines_of_the_procfile_serve(project: Path, address: str, scheme: str) -> None:
    port, log = free_port(), project / f"{scheme}.log"
    values = GOOD | {"DATABASE_URL": re.sub("^postgresql", scheme, address)}
    lines = dict(line.split(": ", 1) for line in (project / "Procfile").read_text().splitlines())
    with ExitStack() as running:
        web = running.enter_context(going_on(project, values, f"{lines['web']} 127.0.0.1:{port}", log))
        wait_for(lambda: answers(port), web, log)
        assert ["timeoutsubprocess" in " ".join(child.cmdline()) for child in web.children()] == [True], "it starts oTree's worker itself"
        worker = running.enter_context(going_on(project, values, lines["worker"], project / "worker.log"))
        wait_for(lambda: bool(worker.net_connections("unix")), worker, project / "worker.log")  # with the database
        assert is_alive(worker), (project / "worker.log").read_text()


def wait_for(holds: Callable[[], bool], process: psutil.Process, log: Path) -> None:
    """Until this holds; the process must not end before."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert is_alive(process), log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_letter_is_refused_before_it_gets_a_table(project: Path, address: str, encoding: str) -> None:
    connection = connect(address)
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE other ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    connection.close()
    other = address.replace("/postgres?", "/other?")
    sentence = fault_of_encoding(encoding)
    assert sentence is not None
    done, port = run(project, GOOD | {"DATABASE_URL": other}, "prodserver1of2")
    assert (done.returncode, done.stderr.splitlines()) == (1, [sentence])
    assert not answers(port)
    tables = connect(other)
    cursor = tables.cursor()
    cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    assert cursor.fetchone() == (0,)
    tables.close()


def test_a_shell_s_encoding_does_not_change_what_otree_writes_and_reads(project: Path, address: str) -> None:
    program = (
        "import sys; sys.argv[1:] = ['prodserver1of2']; from otree.main import setup; setup(); from otree.database import engine\n"
        "print(*(engine.execute(text).scalar() == value for text, value in "
        "(('SHOW client_encoding', 'UTF8'), ('SELECT chr(9786)', chr(9786)), (f'SELECT ascii({chr(9786)!r})', 9786))))"
    )
    values = environment(GOOD | {"DATABASE_URL": address, "PGCLIENTENCODING": "LATIN1"})
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project, env=values, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.stdout.split() == ["True"] * 3, done.stderr


@contextmanager
def going_on(project: Path, values: Mapping[str, str], line: str, log: Path) -> Iterator[psutil.Process]:
    """A line of the Procfile, as a host runs it; in the end it and what it started are ended."""
    program, *words = line.split()
    with log.open("w") as output:
        started = subprocess.Popen(
            [str(Path(SCRIPTS) / program), *words],
            cwd=project,
            env=environment(values),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    process = psutil.Process(started.pid)
    try:
        yield process
    finally:
        end([*process.children(recursive=True), process], 10)
        started.wait(10)


def test_the_server_takes_its_port_from_the_host() -> None:
    program = "from otree.cli.prodserver1of2 import get_addr_port; print(*get_addr_port(None))"
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | {"PORT": "5123"}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0.0.0.0", "5123"]
