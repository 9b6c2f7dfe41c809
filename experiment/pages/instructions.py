"""A page of the instructions: its section, and how far through the instructions its reader is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from experiment.instructions.document import Instructions


@dataclass(frozen=True)
class PageInList:
    """A page in the list of all: the reader has ``read`` it, or is on it (``current``), or neither."""

    short: str
    read: bool
    current: bool


def page_variables(text: Instructions, number: int) -> dict[str, Any]:
    """The template variables of the page with this ``number``, counted from 1."""
    return {
        "instructions": text,
        "section": text.sections[number - 1],
        "number": number,
        "pages": len(text.sections),
        "contents": tuple(PageInList(section.short, n < number, n == number) for n, section in enumerate(text.sections, start=1)),
    }
