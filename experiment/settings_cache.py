"""What follows from a session's settings alone is computed once, and not for every page of every
subject.

Which cache to use: ``once_per_settings`` for what is computed from the settings of a session, words
included. Its key is the identity of the settings object, which a session keeps for as long as the
server knows it; it needs no size, and it distinguishes languages. ``functools.lru_cache``, with a
size, for numbers that follow from an environment or from other values that compare equal and may
recur in many sessions (``bounds``, ``predicted``, ``shown.histogram``); what depends on the
language takes it as an argument. ``functools.cached_property`` for what follows from one frozen
object. ``functools.cache`` for what is the same for the whole process (``version``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from weakref import finalize

from experiment.config import SessionSettings
from experiment.language import language

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def once_per_settings(
    work_out: Callable[Concatenate[SessionSettings, Given], Answer],
) -> Callable[Concatenate[SessionSettings, Given], Answer]:
    """Remember the answers of a function for as long as the settings exist, one per language and further arguments.

    The answers are shared, so they must not be changed; the further arguments must be hashable, and few.
    """
    known: dict[int, dict[Hashable, Answer]] = {}

    @wraps(work_out)
    def remembered(settings: SessionSettings, /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        if id(settings) not in known:
            known[id(settings)] = {}
            finalize(settings, _forget, known, id(settings))
        answers = known[id(settings)]
        key = (language().code, args, tuple(sorted(kwargs.items())))
        if key not in answers:
            answers[key] = work_out(settings, *args, **kwargs)
        return answers[key]

    return cast("Callable[Concatenate[SessionSettings, Given], Answer]", remembered)


def _forget(known: dict[int, Any], settings: int) -> None:
    known.pop(settings, None)
