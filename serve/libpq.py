"""The environment variables that configure PostgreSQL's client library, and which of them our server may see.

psycopg2, and so oTree, reads them in addition to the address it is given: PGHOSTADDR alone would send all data to another
database. They are removed from the launcher's own environment, so that no program it starts inherits them.
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
"""Variables about authentication and encryption, which an address often leaves out on purpose. All others say where the data are,
or how text, dates and statements are read."""


def is_about_security(name: str) -> bool:
    """Whether a variable says how a connection is secured."""
    return name.startswith(SECURITY)


def forget_variables(but: Callable[[str], bool] = lambda name: False) -> None:
    """Remove libpq's variables from this process's environment, except those for which ``but`` returns True."""
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
    """The text of an exception, on one line, without a full stop."""
    return (" ".join(str(error).split()) or type(error).__name__).removesuffix(".")
