"""Where the experiment keeps things while a session runs: with the session or with the participant, wherever these are stored."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Protocol


class HasVars(Protocol):
    """A session or a participant: it has a place to keep things in."""

    @property
    def vars(self) -> MutableMapping[str, Any]: ...
