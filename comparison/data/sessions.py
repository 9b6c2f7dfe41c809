"""The sessions of a data set: the economy that each played, and the check that no session and no
environment is there in two versions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from comparison.data.export_files import LARGEST_NUMBER, SESSIONS, Cells, ExportTable, InvalidExport, Place
from experiment.config import SessionSettings, read_settings, renamed
from experiment.config_fields import InvalidSettings
from experiment.market_options import PARTICIPANTS
from theory.economy.environment import Environment, InvalidEnvironment, environment_fields, parse_environment


@dataclass(frozen=True, eq=False)
class Session:
    """A line of ``sessions.csv``: the economy that was played and the experimenter's choices.

    ``environment`` has the session's own number of agents N; ``seed`` is None if the file does not
    give it. ``record`` is the line's JSON as it is, with fields that this version may not know.
    """

    code: str
    place: Place
    settings: SessionSettings
    seed: int | None
    software: Mapping[str, str]
    record: Mapping[str, Any]

    @property
    def environment(self) -> Environment:
        return self.settings.environment

    @cached_property
    def economy(self) -> str:
        """The environment as text, without its description: two sessions with the same text have the same predictions."""
        return json.dumps(_contents(self.environment))


UNSAID = {"practice_rounds": 0, "practice_with": PARTICIPANTS}
"""The meaning of a config that does not mention practice, like those of old exports and of
simulated sessions; a session created on a server has other defaults.
"""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def read_sessions(tables: Iterable[ExportTable]) -> dict[str, Session]:
    """The sessions by code. Raises InvalidExport if one is wrong, is there twice, or contradicts
    another's environment.
    """
    sessions: dict[str, Session] = {}
    for table in tables:
        if table.kind == SESSIONS:
            for cells in table.cells():
                code = cells.text("session_code")
                if code in sessions:
                    _refuse_twice(code, sessions[code], cells)
                sessions[code] = _session(code, cells)
    _refuse_mixed_environments(sessions.values())
    return sessions


def _refuse_twice(code: str, first: Session, cells: Cells) -> None:
    """Reports one session read twice or, if the lines describe different sessions, two servers that
    drew the same code.
    """
    again = _session(code, cells)
    for field, one, other in _differences(_identity(first), _identity(again)):
        raise InvalidExport(
            f"The {again.place} and {first.place} both have session_code {code}, but not the same session: {field} is {other} instead of "
            f"{one}; two servers may have drawn the same code by chance: report these sessions separately."
        )
    advice = "one line is enough" if first.place.file == again.place.file else "where two downloads overlap, keep the later one only"
    raise InvalidExport(f"The {again.place} repeats {first.place}: session_code {code} is in the data twice; {advice}.")


def _identity(session: Session) -> dict[str, Any]:
    """The part that stays the same in every download of a session; fees may be changed while it
    runs.
    """
    return {"environment": environment_fields(session.environment), "rounds": session.settings.schedule.rounds, "seed": session.seed}


def _refuse_mixed_environments(sessions: Iterable[Session]) -> None:
    """One name, one environment: sessions may differ only in the number of agents, which a
    session's config chooses.
    """
    seen: dict[str, tuple[Session, Mapping[str, Any]]] = {}
    for session in sessions:
        contents = _contents(session.environment)
        del contents["mechanism"]["agents"]
        first, known = seen.setdefault(session.environment.name, (session, contents))
        for field, one, other in _differences(known, contents):
            raise InvalidExport(
                f"In {session.place}, json has an environment {session.environment.name!r} (session {session.code}) that is not that of "
                f"{first.place} (session {first.code}): {field} is {other} instead of {one}; sessions with one environment's name may "
                "differ in the number of agents only, so report these separately."
            )


def _contents(environment: Environment) -> dict[str, Any]:
    fields = environment_fields(environment)
    del fields["description"]
    return fields


def _differences(one: object, other: object, field: str = "") -> Iterator[tuple[str, str, str]]:
    """The fields in which two nested tables differ, with both values."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in [*one, *(key for key in other if key not in one)]:
            yield from _differences(one.get(key), other.get(key), f"{field}.{key}" if field else key)
        if one.keys() == other.keys() and list(one) != list(other):
            yield field, _shown(one), _shown(other)
    elif one != other:
        yield field, _shown(one), _shown(other)


def _shown(value: object) -> str:
    return "nothing" if value is None else ", ".join(value) if isinstance(value, Mapping | list) else str(value)


def _session(code: str, cells: Cells) -> Session:
    record = _record(cells)
    if not isinstance(record, dict) or not isinstance(record.get("environment"), dict) or not isinstance(record.get("config"), dict):
        raise InvalidExport(f"In {cells.place}, json must be an object that holds the tables environment and config.")
    _refuse_large_numbers(cells, record["environment"], "environment")
    try:
        environment = parse_environment(record["environment"])
        settings = read_settings({**UNSAID, **renamed(record["config"], {})}, environment=environment)
    except InvalidEnvironment as error:
        raise InvalidExport(f"In {cells.place}, json holds a wrong environment: {error}") from None
    except InvalidSettings as error:
        raise InvalidExport(f"In {cells.place}, json holds a wrong session config: {error}") from None
    seeds, software = record.get("seeds"), record.get("software")
    seed = seeds.get("seed") if isinstance(seeds, dict) else None
    return Session(
        code=code,
        place=cells.place,
        settings=settings,
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        software=_versions(software) if isinstance(software, dict) else {},
        record=record,
    )


def _versions(software: Mapping[object, object]) -> dict[str, str]:
    """Versions by package; a package that was not installed, such as oTree for a simulated session,
    has none.
    """
    return {str(name): str(version) for name, version in software.items() if version is not None}


def _record(cells: Cells) -> object:
    """The JSON of the line, checked for anything that a report could not print."""
    try:
        record: object = json.loads(cells.raw("json"))
    except json.JSONDecodeError as error:
        raise InvalidExport(f"In {cells.place}, json is not valid JSON: {error}.") from None
    except RecursionError:
        raise InvalidExport(f"In {cells.place}, json is nested too deep.") from None
    except ValueError:
        raise InvalidExport(f"In {cells.place}, json holds a number with thousands of digits.") from None
    text = "".join(_texts(record))
    if unprintable := _UNPRINTABLE.search(text):
        raise InvalidExport(f"In {cells.place}, json holds the character {unprintable.group()!a}; a report could not print it.")
    return record


def _refuse_large_numbers(cells: Cells, value: object, field: str) -> None:
    """Refuse numbers beyond LARGEST_NUMBER: economies are computed in doubles, too coarse for sums
    of such numbers.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_large_numbers(cells, item, f"{field}.{key}")
    elif isinstance(value, int | float) and abs(value) > LARGEST_NUMBER:
        raise InvalidExport(f"In {cells.place}, json holds as {field} a number beyond {LARGEST_NUMBER:g}; it must be of that size at most.")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
