"""How often the server is started again by itself: a few times, so that an accident costs seconds, and not for ever."""

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
        """Whether there may be one more, which is then counted."""
        while self._moments and now - self._moments[0] > WITHIN_SECONDS:
            self._moments.popleft()
        if len(self._moments) >= MOST:
            return False
        self._moments.append(now)
        return True

    @property
    def count(self) -> int:
        """How many there were lately."""
        return len(self._moments)
