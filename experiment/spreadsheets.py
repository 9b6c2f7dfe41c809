"""Cells of a CSV file that no spreadsheet reads as a formula."""

from __future__ import annotations

import re
import unicodedata

LEADS = "=+-@＝＋－＠\t\r"
"""Characters that a spreadsheet reads as the beginning of a formula; in Japan their wide forms too."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]inf", re.ASCII)


def plain_cell(text: str) -> str:
    """A text that no spreadsheet reads as a formula: one that begins like a formula gets an
    apostrophe before it.
    """
    first = next((character for character in text if character in LEADS or not _is_unseen(character)), " ")
    return f"'{text}" if first in LEADS else text


def plain_value(text: str) -> str:
    """The same for a cell that may contain a number as text: -0.5 begins with a minus, and does not
    change.
    """
    return text if _NUMBER.fullmatch(text) else plain_cell(text)


def _is_unseen(character: str) -> bool:
    """Whether it is invisible: a space, or a mark such as the byte order mark, which some programs
    skip.
    """
    return character.isspace() or unicodedata.category(character) == "Cf"
