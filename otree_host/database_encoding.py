"""Connections to PostgreSQL use UTF-8, and a database that cannot hold every character ends the
program before it serves.

The launcher checks a database in the same way before it starts oTree; this module is for hosts on
which oTree's own commands are run. It checks as soon as there is a connection, before oTree creates
its tables.
"""

from __future__ import annotations

import sys
from typing import Any

from otree.database import engine
from sqlalchemy import event

from experiment.production import fault_of_encoding


def check(connection: Any, _record: Any) -> None:
    """Check a new psycopg2 connection, and set its encoding, since the shell may have set another
    one (PGCLIENTENCODING).
    """
    fault = fault_of_encoding(connection.get_parameter_status("server_encoding"))
    if fault:
        sys.exit(fault)
    connection.set_client_encoding("UTF8")


def check_connections() -> None:
    """Check every connection that oTree makes to PostgreSQL; SQLite has only one encoding."""
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", check)
