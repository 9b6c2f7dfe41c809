"""The embedded PostgreSQL keeps what was committed, whatever is killed; other databases get a sentence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

from serve.database import EmbeddedDatabase, database_for
from serve.external_database import ExternalDatabase
from serve.libpq import connect
from serve.problem import ServeProblem
from serve.processes import wait_until_ended
from serve.setup import PROJECT


def ask(database: EmbeddedDatabase, *statements: str) -> Any:
    """Run statements in one transaction; the rows of the last one."""
    connection = connect(database.url)
    try:
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


def kill_postmaster(database: EmbeddedDatabase, pid: int) -> None:
    process = psutil.Process(pid)
    os.kill(pid, signal.SIGKILL)
    wait_until_ended([process], 120)
    assert not database.is_alive()


def test_commits_are_synced_to_the_disk(database: EmbeddedDatabase) -> None:
    settings = dict(
        ask(database, "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')")
    )
    assert settings == {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def test_the_database_listens_to_no_network(database: EmbeddedDatabase) -> None:
    assert ask(database, "SHOW listen_addresses") == [("",)]


def test_only_its_owner_can_enter_the_database(database: EmbeddedDatabase) -> None:
    assert database.folder.stat().st_mode & 0o077 == 0


def test_what_was_committed_survives_a_killed_postmaster(database_folder: Path) -> None:
    first = EmbeddedDatabase(database_folder)
    pid = first.start()[0].pid
    ask(first, "CREATE TABLE answers (text TEXT)", "INSERT INTO answers VALUES ('kept')")
    kill_postmaster(first, pid)
    again = EmbeddedDatabase(database_folder)
    again.end_leftover()
    again.start()
    assert ask(again, "SELECT text FROM answers") == [("kept",)]
    again.stop()
    assert not again.is_alive()


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_a_process_of_the_database_that_is_killed_is_named_and_the_database_answers_again(database_folder: Path) -> None:
    database = EmbeddedDatabase(database_folder)
    postmaster = database.start()[0].pid
    ask(database, "CREATE TABLE answers (text TEXT)", "INSERT INTO answers VALUES ('kept')")
    assert database.how_it_ended() is None
    connection = connect(database.url)
    pid = connection.get_backend_pid()
    os.kill(pid, signal.SIGKILL)
    while (said := database.how_it_ended()) is None:
        assert psutil.pid_exists(postmaster)
    assert f"client backend, process {pid}, was terminated by signal 9: Killed, which the system does when memory runs out" in said
    connection.close()
    while not database.answers():
        assert database.is_alive()
    assert database.start_again() == [], "it has started again by itself"
    assert ask(database, "SELECT text FROM answers") == [("kept",)]
    kill_postmaster(database, postmaster)
    said = database.how_it_ended()
    assert said is not None
    assert said.startswith(f"The database (process {postmaster}) was killed, or stopped by itself")
    assert database.start_again()[0].pid != postmaster
    assert database.how_it_ended() is None
    assert ask(database, "SELECT text FROM answers") == [("kept",)]
    database.stop()


def test_what_a_killed_launcher_left_running_is_ended_first(database_folder: Path) -> None:
    left = EmbeddedDatabase(database_folder)
    pid = left.start()[0].pid
    mine = EmbeddedDatabase(database_folder)
    mine.end_leftover()
    assert not left.is_alive()
    assert mine.start()[0].pid != pid
    assert mine.is_alive()


def test_a_recorded_id_that_another_process_has_now_stops_nothing(database_folder: Path) -> None:
    database = EmbeddedDatabase(database_folder)
    database.start()
    database.stop()
    record = database_folder / "postmaster.pid"
    record.write_text(f"{os.getpid()}\n{database_folder}\n")
    database.end_leftover()
    assert not record.exists()
    database.start()
    assert database.is_alive()


def test_a_set_up_broken_off_leaves_nothing_behind(database_folder: Path) -> None:
    half = database_folder.with_name("database.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    database = EmbeddedDatabase(database_folder)
    database.start()
    assert ask(database, "SELECT 1") == [(1,)]
    assert not half.exists()


def test_a_long_path_gets_its_socket_elsewhere(database_folder: Path) -> None:
    deep = database_folder.with_name("a-very-long-name-" * 6) / "database"
    deep.parent.mkdir(mode=0o711)
    database = EmbeddedDatabase(deep)
    database.start()
    try:
        assert ask(database, "SELECT 1") == [(1,)]
        (place,) = ask(database, "SHOW unix_socket_directories")[0]
        assert Path(place).stat().st_mode & 0o077 == 0
    finally:
        database.stop()
    assert not Path(place).exists()


def test_a_folder_with_spaces_and_signs_works(database_folder: Path) -> None:
    odd = database_folder.with_name("it's a lab & more %20") / "database"
    odd.parent.mkdir(mode=0o711)
    database = EmbeddedDatabase(odd)
    database.start()
    try:
        assert ask(database, "SELECT 1") == [(1,)]
    finally:
        database.stop()


def test_data_of_an_unknown_version_get_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServeProblem, match="made by PostgreSQL 9"):
        EmbeddedDatabase(tmp_path)


@pytest.mark.parametrize("url", ["sqlite:///db.sqlite3", "mysql://root@localhost/lab", "postgresql://", "localhost"])
def test_databases_that_are_not_postgresql_are_refused(url: str) -> None:
    with pytest.raises(ServeProblem, match="only PostgreSQL"):
        database_for(Path("unused"), url, "")


def test_the_short_name_of_postgresql_is_understood() -> None:
    assert ExternalDatabase("postgres://lab:secret@db/lab").url == "postgresql://lab:secret@db/lab"


def test_a_named_database_that_does_not_answer_gets_a_sentence() -> None:
    with pytest.raises(ServeProblem, match="does not answer"):
        ExternalDatabase("postgresql://nobody@127.0.0.1:1/none").start()


def test_a_named_database_is_asked_whether_it_lives(database: EmbeddedDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    named = ExternalDatabase(database.url)
    monkeypatch.setattr(ExternalDatabase, "CHECK_SECONDS", -1.0)
    assert named.start() == []
    assert named.is_alive()
    named.url = "postgresql://nobody@127.0.0.1:1/none"
    assert named.is_alive(), "one missing answer may be the network's"
    assert named.how_it_ended() == "The database that DATABASE_URL names does not answer."
    assert not named.answers()
    assert named.start_again() == [], "it is not ours to start"
    named.url = database.url
    assert named.answers()
    assert named.how_it_ended() is None


def test_the_backup_that_the_documents_name_brings_everything_back(database_folder: Path) -> None:
    text = (PROJECT / "docs" / "hosting.md").read_text(encoding="utf-8")
    dump, restore = re.findall(r"^(?:pg_dump|pg_restore) .*$", text, flags=re.MULTILINE)
    database = EmbeddedDatabase(database_folder)
    database.start()
    environment = os.environ | {"PATH": f"{database._binaries}:/usr/bin:/bin", "DATABASE_URL": database.url}
    ask(database, "CREATE TABLE answers (text TEXT)", "INSERT INTO answers VALUES ('before')")
    subprocess.run(["sh", "-c", dump], cwd=database_folder.parent, env=environment, check=True)
    ask(database, "UPDATE answers SET text = 'spoilt'")
    subprocess.run(["sh", "-c", restore], cwd=database_folder.parent, env=environment, check=True)
    assert ask(database, "SELECT text FROM answers") == [("before",)]
