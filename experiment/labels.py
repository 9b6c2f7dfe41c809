"""The name under which a recruiter knows a participant, taken from an address: which names are
valid, and who needs one.

Each label has one seat. It does not prove anyone's identity: in a room without a list, anyone who
makes up another label takes another seat, and anyone who knows somebody's label gets to that seat.
A list of labels with secure addresses prevents both: each address has a hash that only the server
can compute, so nobody gets in with a label they were not given.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from experiment.language import say

LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}", re.ASCII)
"""Letters, digits, hyphens and underscores, not beginning with a hyphen: nothing that a page, a
spreadsheet or a file could misread, as a spreadsheet reads -1-1 as a formula.
"""
LISTED_NAME = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)
"""What oTree accepts as the name of a room and as a label on a list, where it allows no hyphen."""
ONLINE_ROOM = "online"
"""The room in which everybody has a label, so that the same address leads back to the same seat."""
LISTS = Path(__file__).resolve().parent.parent / "_rooms"
"""The folder of lists of labels: each file ``<room>.txt`` defines a room of that name."""


def is_label(text: object) -> bool:
    return isinstance(text, str) and LABEL.fullmatch(text) is not None


def refusal_of_visitor(room: str, label: object, listed: bool = False) -> str | None:
    """Why somebody with this label may not enter the room, as a sentence to them; None if they may.

    In a room whose addresses are secure (``listed``) everybody has a label; whether it is on the
    list is checked elsewhere.
    """
    if not label:
        return say("This address is incomplete. Please open the whole link that you received.") if room == ONLINE_ROOM or listed else None
    return None if is_label(label) else wrong_address()


def wrong_address() -> str:
    """The sentence to anyone who is refused: the same for every reason, so that nobody finds out
    which labels are on a list.
    """
    return say("This address is not right. Please open the link exactly as you received it.")


def listed_rooms(welcome_page: str, taken: Collection[str], folder: Path = LISTS) -> tuple[list[dict[str, object]], list[str]]:
    """The rooms of the lists, in the form of oTree's settings, with secure addresses; and a
    sentence about each list that is left out.
    """
    rooms: list[dict[str, object]] = []
    left_out = []
    for path in sorted(folder.glob("*.txt")):
        fault = _fault(path, taken)
        if fault:
            left_out.append(f"_rooms/{path.name} defines no room: {fault}.")
        else:
            rooms.append(
                {
                    "name": path.stem,
                    "display_name": path.stem.replace("_", " ").capitalize(),
                    "participant_label_file": str(path),
                    "use_secure_urls": True,
                    "welcome_page": welcome_page,
                }
            )
    return rooms, left_out


def _fault(path: Path, taken: Collection[str]) -> str | None:
    if not LISTED_NAME.fullmatch(path.stem):
        return "its name may have letters, digits and underscores only"
    if path.stem in taken:
        return f"there is a room {path.stem} already"
    try:
        labels = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        return "it cannot be read as text in UTF-8"
    wrong = next((label for label in labels if not LISTED_NAME.fullmatch(label)), None)
    if wrong is not None:
        return f"the label {wrong!r:.40} is not made of at most 64 letters, digits and underscores"
    return None if labels else "it has no label"
