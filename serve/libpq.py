"""The variables by which a shell configures PostgreSQL's client library, and what of them a server of ours may see.

psycopg2, and with it oTree, reads them besides the address it is given: PGHOSTADDR alone would send all data into another
database. They are taken out of the launcher's own environment, so that nothing which it starts has them either.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import psycopg2

PREFIX = "PG"
SECURITY = (
    *("PGSSL", "PGGSS", "PGKRB", "PGREQUIRE", "PGCHANNELBINDING", "PGMINPROTOCOLVERSION", "PGMAXPROTOCOLVERSION"),
    *("PGPASSWORD", "PGPASSFILE", "PGCONNECT_TIMEOUT"),
)
"""How to prove who one is and to whom one talks, which an address often leaves out on purpose. All others say where the data are,
or what text, dates and statements mean."""


def is_about_security(name: str) -> bool:
    """Whether a variable says how a connection is secured."""
    return name.startswith(SECURITY)


def forget_variables(but: Callable[[str], bool] = lambda name: False) -> None:
    """Take libpq's variables out of this process's environment, but those that ``but`` says yes to."""
    for name in [name for name in os.environ if name.startswith(PREFIX) and not but(name)]:
        del os.environ[name]


def connect(url: str) -> Any:
    """A psycopg2 connection that speaks UTF-8."""
    connection = psycopg2.connect(url, connect_timeout=10)
    connection.set_client_encoding("UTF8")
    return connection


def can_connect(url: str) -> bool:
    """Whether the database answers now."""
    try:
        connect(url).close()
    except psycopg2.Error:
        return False
    return True


def reason(error: Exception) -> str:
    """What an exception says, on one line, without a full stop."""
    return (" ".join(str(error).split()) or type(error).__name__).removesuffix(".")
