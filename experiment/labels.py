"""The name under which a recruiter knows a participant, as it comes in an address: what may stand there, and who needs one."""

from __future__ import annotations

import re

from experiment.language import say

LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}", re.ASCII)
"""Letters, digits, hyphens and underscores, no hyphen first: nothing that a page, a spreadsheet or a file could take for something else,
as a spreadsheet takes -1-1 for a formula."""
ONLINE_ROOM = "online"
"""The room in which a label is the seat, so that nobody has two and the same address leads back to the same place."""


def is_label(text: object) -> bool:
    return isinstance(text, str) and LABEL.fullmatch(text) is not None


def refusal_of_visitor(room: str, label: object) -> str | None:
    """Why somebody with this label may not enter the room, as a sentence to them; None where they may."""
    if not label:
        return say("This address is incomplete. Please open the whole link that you received.") if room == ONLINE_ROOM else None
    if not is_label(label):
        return say("This address is not right. Please open the link exactly as you received it.")
    return None
