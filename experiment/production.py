"""What a server that strangers can reach must have before it serves anybody: a password, keys, a
lasting database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from urllib.parse import urlsplit

SHORTEST_PASSWORD = 12
"""Characters of the one password that strangers may try; ``login_limits`` says how often."""
SHORTEST_SECRET = 32
"""Characters. A subject's address contains a hash of the secret, from which a short secret could be
found by trial.
"""
SHORTEST_REST_KEY = 16

SERVING = frozenset(
    (
        *("prodserver", "prodserver1of2", "prodserver2of2", "devserver", "devserver_inner", "zipserver"),
        # oTree's other names for them
        *("runprodserver", "webandworkers", "runprodserver1of2", "runprodserver2of2", "timeoutworker"),
    )
)
"""The commands of oTree that serve subjects or keep their deadlines."""
OTHER_SERVERS = frozenset(("uvicorn", "gunicorn", "hypercorn", "daphne"))
POSTGRESQL = frozenset(("postgres", "postgresql", "postgresql+psycopg2"))


def refusal(command_line: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """Why this command may not serve with this environment, one sentence per line; None if it may,
    or serves nothing.
    """
    if serves(command_line) and in_production(environment):
        return "\n".join(faults(environment)) or None
    return None


def warning(command_line: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """What to say if a server starts without the checks that a server for strangers needs."""
    if serves(command_line) and not in_production(environment) and not _is_for_development(command_line):
        return "OTREE_PRODUCTION is not set: nothing checks who can open the admin pages, and error pages reveal internal data."
    return None


def serves(command_line: Sequence[str]) -> bool:
    """Whether the command serves subjects: one of oTree's own, or another server that runs oTree's
    application.
    """
    program = PurePath(command_line[0]) if command_line else PurePath()
    name = program.parent.name if program.stem == "__main__" else program.stem
    return name in OTHER_SERVERS or any(word in SERVING for word in command_line[1:2])


def in_production(environment: Mapping[str, str]) -> bool:
    """Whether oTree runs in production, as oTree itself decides it."""
    return environment.get("OTREE_PRODUCTION", "") not in ("", "0")


def faults(environment: Mapping[str, str]) -> list[str]:
    """Everything that is missing or wrong, one sentence each. None of them repeats a value, because
    they end up in logs.
    """
    return [*_about_who_gets_in(environment), *_about_the_database(environment)]


def fault_of_encoding(encoding: str | None) -> str | None:
    """Why a database with this encoding (``server_encoding``) will not do: it cannot store every
    letter that subjects type.
    """
    if encoding == "UTF8":
        return None
    return (
        f"The database has the encoding {encoding}, not UTF8, and could not keep every letter that subjects type: "
        "make one with createdb --encoding=UTF8 --template=template0, and let DATABASE_URL name that."
    )


def _is_for_development(command_line: Sequence[str]) -> bool:
    return any(word.startswith(("devserver", "zipserver")) for word in command_line[1:2])


def _about_who_gets_in(environment: Mapping[str, str]) -> Iterator[str]:
    for name, shortest, purpose in (
        ("OTREE_ADMIN_PASSWORD", SHORTEST_PASSWORD, "the password of the admin pages"),
        ("OTREE_SECRET_KEY", SHORTEST_SECRET, "the secret that signs logins and the addresses of labels"),
        ("OTREE_REST_KEY", SHORTEST_REST_KEY, "the key of the exports and of oTree's REST interface"),
    ):
        length = len(environment.get(name, "").strip())
        if not length:
            yield f"{name} is missing: set {purpose}, of at least {shortest} characters."
        elif length < shortest:
            yield f"{name} is too short: {purpose} must have at least {shortest} characters, not {length}."
    level = environment.get("OTREE_AUTH_LEVEL", "")
    if level != "STUDY":
        found = repr(level) if level else "missing"
        yield f"OTREE_AUTH_LEVEL is {found}: set it to STUDY, or everybody can open the admin pages and the data."


def _about_the_database(environment: Mapping[str, str]) -> Iterator[str]:
    wanted = "set it to the address of a PostgreSQL database"
    url = environment.get("DATABASE_URL", "").strip()
    if environment.get("OTREE_IN_MEMORY"):
        yield "The data would be kept in memory only (OTREE_IN_MEMORY, which oTree's devserver sets): serve with otree prodserver1of2."
    elif not url:
        yield f"DATABASE_URL is missing, and oTree would use SQLite, on which deadlines get lost: {wanted}."
    elif url.startswith("sqlite"):
        yield f"DATABASE_URL names a SQLite database, on which deadlines get lost: {wanted}."
    elif urlsplit(url).scheme not in POSTGRESQL:
        yield f"DATABASE_URL does not begin with postgresql:// or postgres://: {wanted}."
