"""Nobody but its owner gets into the embedded database: neither another user of the machine, nor anybody without the password."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg2
import pytest

from serve.database import EmbeddedDatabase
from serve.postgres_programs import Programs
from serve.postgres_user import system_user
from serve.private_files import check_is_private, make_private_folder
from serve.problem import ServeProblem
from serve.processes import is_alive
from tests.serve.postgres import as_nobody, ask, needs_root, running

pytestmark = pytest.mark.server

PASSWORD = "it's a %20 secret"
LONG = "a-very-long-name-" * 6


@pytest.fixture(scope="module", params=[False, True], ids=["socket", "port"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedDatabase]:
    """As on POSIX, and as on Windows."""
    with running(EmbeddedDatabase(tmp_path_factory.mktemp("lab") / "database", PASSWORD, over_tcp=request.param)) as made:
        yield made


def with_password(url: str, password: str | None) -> str:
    return url.replace(":" + quote(PASSWORD, safe="") + "@", "@" if password is None else f":{quote(password, safe='')}@")


def socket_of(database: EmbeddedDatabase) -> Path:
    (folder,) = parse_qs(urlsplit(database.url).query)["host"]
    return Path(folder)


def owner_of(database: EmbeddedDatabase) -> int:
    user = system_user()
    return user.uid if user else os.geteuid()


def test_who_has_the_password_gets_in(database: EmbeddedDatabase) -> None:
    assert ask(database.url, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("password", [None, "", "postgres"])
def test_nobody_gets_in_without_it_not_even_its_owner(database: EmbeddedDatabase, password: str | None) -> None:
    with pytest.raises(psycopg2.OperationalError, match=r"no password supplied|password authentication failed"):
        psycopg2.connect(with_password(database.url, password), passfile="/nonexistent")


def test_no_other_rule_lets_anybody_in(database: EmbeddedDatabase) -> None:
    methods = ask(database.url, "SELECT DISTINCT auth_method FROM pg_hba_file_rules")
    assert methods == [("scram-sha-256",)]
    assert ask(database.url, "SELECT count(*) FROM pg_authid WHERE rolcanlogin AND rolpassword NOT LIKE 'SCRAM-SHA-256$%'") == [(0,)]


def test_a_port_is_this_machine_s_only_and_a_socket_has_none(database: EmbeddedDatabase) -> None:
    (listens,), (sockets,) = (ask(database.url, f"SHOW {name}")[0] for name in ("listen_addresses", "unix_socket_directories"))
    assert (listens, sockets) in [("127.0.0.1", ""), ("", str(socket_of(database)) if not listens else "")]


@needs_root
def test_another_user_of_the_machine_does_not_even_reach_the_socket(tmp_path: Path) -> None:
    with running(EmbeddedDatabase(tmp_path / "database", PASSWORD)) as database:
        program = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
        said = as_nobody("/usr/bin/python3", "-c", program, str(socket_of(database) / ".s.PGSQL.5432"))
        assert "PermissionError" in said.stderr


@needs_root
def test_a_folder_that_somebody_made_beforehand_is_not_used_for_the_socket(database_folder: Path) -> None:
    data = database_folder.with_name(LONG) / "database"
    data.parent.mkdir(mode=0o711)
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    trap = Path(tempfile.gettempdir()).resolve() / f"parimutuel-{name}"
    assert as_nobody("mkdir", "-m", "0777", str(trap)).returncode == 0
    try:
        with running(EmbeddedDatabase(data)) as database:
            folder = socket_of(database)
            assert folder != trap
            assert not any(trap.iterdir())
            check_is_private(folder, owner_of(database))
            assert as_nobody("ls", str(folder)).returncode != 0
    finally:
        trap.rmdir()


def test_the_folder_of_a_long_path_s_socket_has_another_name_at_each_start_and_is_removed(database_folder: Path) -> None:
    data = database_folder.with_name(LONG) / "database"
    data.parent.mkdir(mode=0o711)
    seen = []
    for _ in range(2):
        with running(EmbeddedDatabase(data)) as database:
            seen.append(socket_of(database))
            check_is_private(seen[-1], owner_of(database))
    assert seen[0] != seen[1]
    assert not any(folder.parent.exists() for folder in seen)


def test_what_a_killed_launcher_left_outside_the_project_s_folder_is_removed_at_the_next_start(database_folder: Path) -> None:
    data = database_folder.with_name(LONG) / "database"
    data.parent.mkdir(mode=0o711)
    left = EmbeddedDatabase(data)
    left.start()
    folder = socket_of(left).parent
    assert EmbeddedDatabase(data).end_leftover()
    assert not left.is_alive()
    assert not folder.exists()


def test_a_copy_of_the_data_does_not_remove_what_belongs_to_the_original(database_folder: Path) -> None:
    data = database_folder.with_name(LONG) / "database"
    data.parent.mkdir(mode=0o711)
    with running(EmbeddedDatabase(data)) as database:
        copy = database_folder.with_name("copy") / "database"
        copy.parent.mkdir()
        copy.with_name("database.outside").write_text(data.with_name("database.outside").read_text())
        EmbeddedDatabase(copy).end_leftover()
        assert ask(database.url, "SELECT 1") == [(1,)]


def test_only_a_private_folder_of_the_right_user_will_do(tmp_path: Path) -> None:
    good, open_to_others, link, file = (tmp_path / name for name in ("good", "open", "link", "file"))
    make_private_folder(good)
    check_is_private(good, good.stat().st_uid)
    make_private_folder(open_to_others)
    open_to_others.chmod(0o750)
    link.symlink_to(good)
    file.touch()
    for path, words in ((open_to_others, r"open to others \(mode 750\)"), (link, "is something else"), (file, "something else")):
        with pytest.raises(ServeProblem, match=words):
            check_is_private(path, good.stat().st_uid)
    with pytest.raises(ServeProblem, match="belongs to user"):
        check_is_private(good, good.stat().st_uid + 1)


def test_data_that_are_open_to_others_are_refused(database_folder: Path) -> None:
    with running(EmbeddedDatabase(database_folder)):
        pass
    database_folder.chmod(0o755)
    with pytest.raises(ServeProblem, match="chmod 700"):
        EmbeddedDatabase(database_folder).start()


def data_of_an_earlier_version(folder: Path) -> None:
    """Made as the versions before the password made them: whoever reaches the socket is let in."""
    programs = Programs(EmbeddedDatabase(folder)._binaries, system_user())
    make_private_folder(folder, programs.user.owner if programs.user else None)
    options = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale")
    assert programs.run("initdb", "-D", str(folder), *options, cwd=folder).returncode == 0


def test_data_of_an_earlier_version_are_kept_and_get_the_password(database_folder: Path) -> None:
    data_of_an_earlier_version(database_folder)
    assert "trust" in (database_folder / "pg_hba.conf").read_text().splitlines()[-1]
    with running(EmbeddedDatabase(database_folder, PASSWORD)) as database:
        ask(database.url, "CREATE TABLE answers (text TEXT)", "INSERT INTO answers VALUES ('kept')")
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(with_password(database.url, None), passfile="/nonexistent")
        test_no_other_rule_lets_anybody_in(database)
    with running(EmbeddedDatabase(database_folder, PASSWORD)) as again:
        assert ask(again.url, "SELECT text FROM answers") == [("kept",)]


def test_a_new_password_takes_the_place_of_the_old_one(database_folder: Path) -> None:
    with running(EmbeddedDatabase(database_folder, PASSWORD)) as first:
        ask(first.url, "CREATE TABLE answers (text TEXT)", "INSERT INTO answers VALUES ('kept')")
    with running(EmbeddedDatabase(database_folder, "another")) as second:
        assert ask(second.url, "SELECT text FROM answers") == [("kept",)]
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(second.url.replace(":another@", ":" + quote(PASSWORD, safe="") + "@"))


@needs_root
def test_a_link_that_the_database_s_user_puts_in_its_folder_is_replaced_and_not_written_through(database_folder: Path) -> None:
    with running(EmbeddedDatabase(database_folder)):
        pass
    target = database_folder.with_name("somebody_else_s")
    target.write_text("untouched")
    (database_folder / "pg_hba.conf").unlink()
    (database_folder / "pg_hba.conf").symlink_to(target)
    with running(EmbeddedDatabase(database_folder)) as database:
        assert is_alive(database._postmaster)
    assert target.read_text() == "untouched"
