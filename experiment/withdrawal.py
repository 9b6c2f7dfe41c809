"""Withdrawal: the code on a participant's last page, and what is forgotten when they send it.

A code has 60 bits. It follows from a key that is stored with the session and from the participant's
code, so it is stored nowhere; exports have its fingerprint, from which it cannot be computed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Protocol

from experiment.kept import HasVars

FORGOTTEN_FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "parimutuel_twostage": ("stage1_events", "stage2_events"),
        "parimutuel_outro": ("age", "gender", "field_of_study", "risk", "comments", "own_answers"),
    }
)
"""The fields of each app that are emptied: the log of the pages, and the answers to the questionnaire."""
FORGOTTEN_EXPORTS = ("events.csv", "questionnaire.csv")
"""The exported files that lose all rows of a forgotten participant."""
WITHDRAWAL_COLUMNS = ("session_code", "participant_code", "code_sha256", "forgotten_at")

_KEY, _FORGOTTEN_AT = "withdrawal_key", "forgotten_at"
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CODE = re.compile(rf"[{_LETTERS}]{{12}}")


class InvalidCode(ValueError):
    """What was given is not a withdrawal code. The message is one sentence."""


class WithCode(HasVars, Protocol):
    """The attributes of a participant that are used here."""

    code: str


def keep_key(session: HasVars) -> None:
    """Store with the session the key from which the codes of its participants follow."""
    session.vars[_KEY] = secrets.token_hex(32)


def code_of(session: HasVars, participant: WithCode) -> str | None:
    """The participant's withdrawal code, ``ABCD-EFGH-JKMN``; None in a session without a key, of an earlier version."""
    if _KEY not in session.vars:
        return None
    digest = hmac.digest(bytes.fromhex(session.vars[_KEY]), participant.code.encode(), "sha256")
    letters = base64.b32encode(digest)[:12].decode().translate(str.maketrans(_STANDARD, _LETTERS))
    return "-".join(letters[at : at + 4] for at in (0, 4, 8))


def read_code(text: str) -> str:
    """The code as it is shown, from what somebody copied, whatever its case, spaces and hyphens. Raises InvalidCode."""
    letters = re.sub(r"[\s\u2010-\u2015-]", "", text).upper().translate(str.maketrans("OIL", "011"))
    if not _CODE.fullmatch(letters):
        raise InvalidCode(f"CODE is {text!r:.40}; a withdrawal code has 12 letters and digits, as in ABCD-EFGH-JKMN.")
    return "-".join(letters[at : at + 4] for at in (0, 4, 8))


def fingerprint(code: str) -> str:
    """The SHA-256 of a code as it is shown, in hexadecimal digits."""
    return hashlib.sha256(code.encode()).hexdigest()


def note_forgotten(participant: HasVars, now: float) -> str:
    """Note that the participant's data have been removed; the time that is kept, of the first time."""
    return str(participant.vars.setdefault(_FORGOTTEN_AT, datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")))


def forgotten_at(participant: HasVars) -> str | None:
    """When the participant's data were removed, in UTC; None if they were not."""
    return participant.vars.get(_FORGOTTEN_AT)


def withdrawal_row(session_code: str, session: HasVars, participant: WithCode) -> list[str] | None:
    """A row of ``withdrawals.csv``; None in a session without a key."""
    code = code_of(session, participant)
    return None if code is None else [session_code, participant.code, fingerprint(code), forgotten_at(participant) or ""]
