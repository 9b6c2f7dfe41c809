"""No variable of a shell that uses PostgreSQL reaches the embedded database, and none sets a database's encoding."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from serve.database import EmbeddedDatabase
from serve.external_database import ExternalDatabase
from serve.folder import Secrets
from serve.libpq import connect, forget_variables, is_about_security
from serve.otree_server import environment
from serve.problem import ServeProblem
from tests.serve.postgres import HOSTILE, ask, running

ENCODINGS = ("SQL_ASCII", "LATIN1")


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("hostile")
def test_a_hostile_shell_neither_stops_the_embedded_database_nor_leads_elsewhere(database_folder: Path) -> None:
    with running(EmbeddedDatabase(database_folder)) as database:
        connection = psycopg2.connect(database.url)
        assert connection.encoding == "UTF8"
        connection.close()
        assert ask(database.url, "SELECT inet_server_addr(), current_user, current_setting('search_path')") == [
            (None, "postgres", '"$user", public')
        ]


@pytest.mark.usefixtures("hostile")
def test_nothing_that_is_started_with_it_sees_the_variables(database_folder: Path) -> None:
    with running(EmbeddedDatabase(database_folder)) as database:
        given = environment(database.url, Secrets("password", "secret", "rest"))
        assert not [name for name in given if name.startswith("PG")]
        postmaster = database._postmaster
        assert postmaster is not None
        assert not HOSTILE.keys() - {"PGDATA"} & postmaster.environ().keys(), "PostgreSQL sets PGDATA itself"
        assert postmaster.environ().get("PGDATA") != HOSTILE["PGDATA"]


def test_a_named_database_keeps_what_says_how_a_connection_is_secured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("PG"):
            monkeypatch.delenv(name)
    kept = {"PGSSLROOTCERT": "/etc/ca.pem", "PGSSLMODE": "verify-full", "PGPASSFILE": "/etc/pass", "PGCHANNELBINDING": "require"}
    for name, value in {**kept, "PGHOSTADDR": "127.0.0.1", "PGOPTIONS": "-c x=1", "PGSERVICE": "x", "PGCLIENTENCODING": "LATIN1"}.items():
        monkeypatch.setenv(name, value)
    forget_variables(but=is_about_security)
    assert {name: value for name, value in os.environ.items() if name.startswith("PG")} == kept


@pytest.fixture(scope="module")
def other_encodings(database: EmbeddedDatabase) -> Iterator[dict[str, str]]:
    """Addresses of databases that cannot hold every character, by encoding."""
    connection = connect(database.url)
    connection.autocommit = True
    cursor = connection.cursor()
    for encoding in ENCODINGS:
        cursor.execute(f"CREATE DATABASE {encoding} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    yield {encoding: database.url.replace("/postgres?", f"/{encoding.lower()}?") for encoding in ENCODINGS}
    for encoding in ENCODINGS:
        cursor.execute(f"DROP DATABASE {encoding}")
    connection.close()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_named_database_that_cannot_hold_every_letter_is_refused_with_a_sentence(other_encodings: dict[str, str], encoding: str) -> None:
    with pytest.raises(ServeProblem, match=f"has the encoding {encoding}, not UTF8, .* createdb --encoding=UTF8"):
        ExternalDatabase(other_encodings[encoding]).start()


def test_a_shell_s_encoding_is_not_taken_for_the_database_s(database: EmbeddedDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    assert ExternalDatabase(database.url).start() == []
    assert ask(database.url, "SELECT '“☺”'") == [("“☺”",)]
