"""Saves work that oTree does at every request: writing a row because it was read, building a query
again, running the same query again, and looking up the address of a script.

oTree's ``participant.vars`` and ``session.vars`` count as changed as soon as they are read, so
every page that reads them writes the row again, with all values pickled, before its next query.
Here they count as changed when a value is put into them or removed. Stored values must be replaced
and not changed in place, and this project does so everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

from otree.database import AnyModel, db
from sqlalchemy import bindparam
from sqlalchemy.ext import baked
from sqlalchemy.orm.exc import NoResultFound
from starlette.exceptions import HTTPException


class Unflushed:
    """A page that loads its session and subsession once, and its player without first writing
    pending changes.
    """

    def set_attributes(self, participant: Any) -> None:
        with db._db.no_autoflush:
            super().set_attributes(participant)  # type: ignore[misc]

    @property
    def session(self) -> Any:
        return self.player.session  # type: ignore[attr-defined]

    @property
    def subsession(self) -> Any:
        return self.player.subsession  # type: ignore[attr-defined]


def _one(model: Any, columns: Mapping[str, Any]) -> Any:
    """The one row with these values, by a statement that is built once and stored."""
    statement = _statements(lambda session: session.query(model), model, *columns)
    statement.add_criteria(lambda query: query.filter(*(getattr(model, name) == bindparam(name) for name in columns)))
    return statement(db._db).params(**columns).one()


def _columns(model: Any, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """The wanted values by column, with its key in place of a row. None if a stored statement
    cannot find them.
    """
    columns = {f"{name}_id": value.id for name, value in wanted.items() if isinstance(value, AnyModel)}
    columns |= {name: value for name, value in wanted.items() if not isinstance(value, AnyModel)}
    if any(value is None or name not in model.__table__.columns for name, value in columns.items()):
        return None
    return columns


def by_kept_statement(get: Any) -> Any:
    """``Model.objects_get``, by a stored statement if there are only names and values."""

    def got(cls: Any, *conditions: Any, **wanted: Any) -> Any:
        columns = None if conditions else _columns(cls, wanted)
        return get.__func__(cls, *conditions, **wanted) if columns is None else _one(cls, columns)

    return classmethod(got)


def or_404_by_kept_statement(self: Any, Model: Any, msg: str = "Not found (maybe the session was deleted)", **wanted: Any) -> Any:
    try:
        return Model.objects_get(**wanted)
    except NoResultFound:
        raise HTTPException(404, f"{msg}: {Model.__name__}, {wanted}") from None


_statements = baked.bakery()


def noted_as_change(write: Callable[..., Any]) -> Callable[..., Any]:
    """A writing method of a dictionary, which now also marks the row of the dictionary as changed."""

    @wraps(write)
    def noted(kept: Any, *args: Any, **kwargs: Any) -> Any:
        answer = write(kept, *args, **kwargs)
        kept.changed()
        return answer

    return noted


def kept_values(row: Any) -> Any:
    """``vars`` of a participant or a session, which do not count as changed when they are only
    read.
    """
    kept = row._vars
    kept.row = row  # keeps the row while anything may write to it: SQLAlchemy drops rows that have not changed
    return kept


def looked_up_once(url_of_static_file: Any) -> Any:
    """The address of a static file, looked up once, because it does not change while the server
    runs.
    """
    return cache(url_of_static_file)
