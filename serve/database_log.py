"""PostgreSQL's own log: which of its processes ended and so cut off all connections.

If one of its processes crashes or is killed, PostgreSQL stops all the others, since their shared memory may be corrupt, recovers
from what was synced to the disk, and continues. Only its log says that this happened, and which process it was.
"""

from __future__ import annotations

import re
from pathlib import Path

_ENDED = re.compile(r"LOG:\s+(?P<kind>.+) \(PID (?P<pid>\d+)\) (?P<how>was terminated by .+|exited with exit code \d+)\s*$")
_ALL_END = "terminating any other active server processes"
KILLED = "signal 9"


class DatabaseLog:
    """The log, read from where the last reading ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = 0
        self._ended = ""

    def skip(self) -> None:
        """Ignore what earlier runs wrote."""
        self._seen, self._ended = self._size(), ""

    def crash(self) -> str | None:
        """How the process ended that cut off all connections; None if no connection was cut off since the last call."""
        crash = None
        for line in self._new_lines():
            found = _ENDED.search(line)
            if found is not None:
                self._ended = f"{found['kind']}, process {found['pid']}, {found['how']}"
            elif _ALL_END in line:
                crash = self._ended or "its log does not say which"
        return crash

    def _new_lines(self) -> list[str]:
        size = self._size()
        if size == self._seen:
            return []
        try:
            with self.path.open("rb") as file:
                file.seek(self._seen if size > self._seen else 0)
                complete, _, begun = file.read().rpartition(b"\n")
                self._seen = file.tell() - len(begun)
        except OSError:
            return []
        return complete.decode("utf-8", "replace").splitlines()

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0
