"""Checks the answers of a form before they are used: each field at most once, as text, and not too
long.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from otree.constants import admin_secret_code, timeout_happened
from starlette.datastructures import FormData

LONGEST_ANSWER = 40
"""Longer answers are cut, and marked so that they cannot be read as an offer; no offer needs half
this length.
"""
OTREE_FIELDS = (timeout_happened, admin_secret_code, "must_fail", "error_fields")
"""The fields that oTree's own script and bots add to a form."""


def read_answers(
    posted: Any, fields: list[str], longest: int, side_fields: Mapping[str, int] = MappingProxyType({})
) -> tuple[FormData, bool]:
    """The form's own fields, the side fields and oTree's fields, each at most once and not too
    long; and whether one had to be refused.
    """
    answers: list[tuple[str, Any]] = []
    refused = False
    for name in fields:
        values = posted.getlist(name)
        if len(values) > 1 or not all(isinstance(value, str) for value in values):
            refused = True
        elif values:
            answers.append((name, shortened(values[0], longest)))
    for name, most in side_fields.items():
        values = posted.getlist(name)
        if len(values) == 1 and isinstance(values[0], str) and len(values[0]) <= most:
            answers.append((name, values[0]))
    answers += [(name, posted[name]) for name in OTREE_FIELDS if name in posted]
    return FormData(answers), refused


def shortened(text: str, longest: int) -> str:
    """The text cut to a length and without half characters, which cannot be written into a page."""
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= longest else text[:longest] + "…"
