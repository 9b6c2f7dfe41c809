"""A PostgreSQL that somebody else runs and that DATABASE_URL names.

The address alone says where the data are and how they are read. libpq's variables apply only where they say how a connection is
secured (`serve.libpq`).
"""

from __future__ import annotations

import time

import psycopg2

from experiment.production import fault_of_encoding
from serve.libpq import can_connect, connect, forget_variables, is_about_security, reason
from serve.problem import ServeProblem
from serve.processes import ProcessRecord


class ExternalDatabase:
    """Checked at the start and from time to time. The launcher does not stop it."""

    CHECK_SECONDS = 15.0

    def __init__(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        if scheme.partition("+")[0] not in ("postgres", "postgresql") or not rest:
            raise ServeProblem(
                f"DATABASE_URL names a database of kind {scheme!r}, but only PostgreSQL (postgresql://user:password@host/name) "
                "keeps page deadlines under load: unset it to use the embedded PostgreSQL."
            )
        self.url = f"postgresql://{rest}"
        self._checked = 0.0
        self._failures = 0

    def start(self) -> list[ProcessRecord]:
        forget_variables(but=is_about_security)
        try:
            connection = connect(self.url)
        except psycopg2.Error as error:
            raise ServeProblem(f"The database that DATABASE_URL names does not answer: {reason(error)}.") from error
        try:
            fault = fault_of_encoding(connection.get_parameter_status("server_encoding"))
        finally:
            connection.close()
        if fault:
            raise ServeProblem(fault)
        return []

    def is_alive(self) -> bool:
        """Checked from time to time; a single missing answer may be the network's fault."""
        if time.monotonic() - self._checked > self.CHECK_SECONDS:
            self._checked = time.monotonic()
            self._failures = 0 if can_connect(self.url) else self._failures + 1
        return self._failures < 2

    def start_again(self) -> list[ProcessRecord]:
        """The launcher does not start it."""
        return []

    def answers(self) -> bool:
        if not can_connect(self.url):
            return False
        self._failures = 0
        return True

    def how_it_ended(self) -> str | None:
        return None if self.is_alive() else "The database that DATABASE_URL names does not answer."

    def stop(self) -> None:
        """The launcher does not stop it."""
