"""Where the experiment stores values while a session runs: with the session or with the
participant.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Protocol


class HasVars(Protocol):
    """A session or a participant: an object with a dictionary for stored values."""

    @property
    def vars(self) -> MutableMapping[str, Any]: ...
