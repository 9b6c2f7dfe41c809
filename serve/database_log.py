"""PostgreSQL's own log: which of its processes ended in a way that cut off all connections.

Where one of its processes crashes or is killed, PostgreSQL ends all the others, since the memory they share may be spoilt, repairs
itself from what was synced to the disk, and goes on. Only its log says so, and which process it was.
"""

from __future__ import annotations

import re
from pathlib import Path

_ENDED = re.compile(r"LOG:\s+(?P<kind>.+) \(PID (?P<pid>\d+)\) (?P<how>was terminated by .+|exited with exit code \d+)\s*$")
_ALL_END = "terminating any other active server processes"
KILLED = "signal 9"


class DatabaseLog:
    """The log from where it stood when it was last looked at."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = 0
        self._ended = ""

    def skip(self) -> None:
        """Whatever was written so far is of earlier runs."""
        self._seen, self._ended = self._size(), ""

    def crash(self) -> str | None:
        """How the process ended because of which all connections were cut off; None where none were since the last call."""
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
