"""How often the server is restarted automatically: a few times, so that a crash costs seconds, but not endlessly."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MOST = 5
WITHIN_SECONDS = 600.0


@dataclass
class Restarts:
    """The moments of the last restarts, in seconds of ``time.monotonic``."""

    _moments: deque[float] = field(default_factory=deque)

    def another(self, now: float) -> bool:
        """Whether one more restart is allowed; if so, it is counted."""
        while self._moments and now - self._moments[0] > WITHIN_SECONDS:
            self._moments.popleft()
        if len(self._moments) >= MOST:
            return False
        self._moments.append(now)
        return True

    @property
    def count(self) -> int:
        """How many restarts there were within the last ten minutes."""
        return len(self._moments)
