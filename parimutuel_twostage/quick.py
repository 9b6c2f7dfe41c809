"""What oTree does at every request and need not do: a row is not written because somebody has read what is kept with it.

oTree's ``participant.vars`` and ``session.vars`` count as changed as soon as they are read, so every page that reads them writes
the row anew, all of them pickled, before its next query. Here they count as changed when something is put into them or taken
out. What is kept in them must be replaced and not changed in place, as it is wherever this project keeps something.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from otree.database import MixinVars, VarsDict

_WRITERS = ("__setitem__", "__delitem__", "setdefault", "update", "pop", "popitem", "clear", "__ior__")


def _noted(write: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(write)
    def noted(kept: Any, *args: Any, **kwargs: Any) -> Any:
        answer = write(kept, *args, **kwargs)
        kept.changed()
        return answer

    return noted


for _name in _WRITERS:
    setattr(VarsDict, _name, _noted(getattr(dict, _name)))
MixinVars.vars = property(lambda row: row._vars)
