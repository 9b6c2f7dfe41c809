"""Writes each message as one line of the log, so that nothing a stranger sends can begin a line of
its own.

oTree and uvicorn write some addresses and headers into the log unchanged. Tracebacks keep their
lines, but a request that is not HTTP gets none: five bytes would cause more than a kilobyte of log.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import h11

from experiment.network.request_limits import CONTROL

_UNSAFE = re.compile(CONTROL.pattern[:-1] + r"\u202a-\u202e\u2066-\u2069]")
"""Includes the marks that change the direction of writing, because text after them is shown
elsewhere.
"""


class OneLineRecord(logging.LogRecord):
    """A log record whose message and texts in ``args`` contain no control characters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.exc_info and isinstance(self.exc_info[1], h11.RemoteProtocolError):
            self.exc_info = None
        if isinstance(self.args, tuple):
            self.args = tuple(on_one_line(value) if isinstance(value, str) else value for value in self.args)

    def getMessage(self) -> str:  # noqa: N802  (the name is that of the base class)
        return on_one_line(super().getMessage().rstrip("\n"))


def on_one_line(text: str) -> str:
    """The text with control characters as Python writes them."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def write_on_one_line() -> None:
    """Make every record of the log one line."""
    logging.setLogRecordFactory(OneLineRecord)
