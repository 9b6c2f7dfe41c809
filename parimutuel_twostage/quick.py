"""What oTree does at every request and need not do: write a row because somebody has read it, and look for the address of a script.

oTree's ``participant.vars`` and ``session.vars`` count as changed as soon as they are read, so every page that reads them writes
the row anew, all of them pickled, before its next query. Here they count as changed when something is put into them or taken
out. What is kept in them must be replaced and not changed in place, as it is wherever this project keeps something.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from otree.database import MixinVars, VarsDict, db
from otree.templating import nodes


class Unflushed:
    """A page that asks for its player without writing first what the pages before it, on the way to it, have changed."""

    def set_attributes(self, participant: Any) -> None:
        with db._db.no_autoflush:
            super().set_attributes(participant)  # type: ignore[misc]


_WRITERS = ("__setitem__", "__delitem__", "setdefault", "update", "pop", "popitem", "clear", "__ior__")


def _noted(write: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(write)
    def noted(kept: Any, *args: Any, **kwargs: Any) -> Any:
        answer = write(kept, *args, **kwargs)
        kept.changed()
        return answer

    return noted


def _kept(row: Any) -> Any:
    kept = row._vars
    kept.row = row  # as long as somebody may write to it: SQLAlchemy lets go of rows that have not changed
    return kept


for _name in _WRITERS:
    setattr(VarsDict, _name, _noted(getattr(dict, _name)))
MixinVars.vars = property(_kept)
nodes.url_of_static_file = cache(nodes.url_of_static_file)  # it goes through all routes, twenty times a page
