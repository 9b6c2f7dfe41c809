"""Connections to PostgreSQL use UTF-8, and a database that cannot hold every character ends the program before it serves.

The launcher checks a database in the same way before it starts oTree; this is for hosts on which oTree's own commands are run. The check
is made as soon as there is a connection, which is before oTree creates its tables.
"""

from __future__ import annotations

import sys
from typing import Any

from otree.database import engine
from sqlalchemy import event

from experiment.production import fault_of_encoding


def check(connection: Any, _record: Any) -> None:
    """Of a new psycopg2 connection; the shell may have asked for another encoding of it (PGCLIENTENCODING)."""
    fault = fault_of_encoding(connection.get_parameter_status("server_encoding"))
    if fault:
        sys.exit(fault)
    connection.set_client_encoding("UTF8")


def check_connections() -> None:
    """Have every connection of oTree's to PostgreSQL checked; SQLite has one encoding only."""
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", check)
