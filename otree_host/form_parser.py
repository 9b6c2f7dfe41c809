"""Forms are read by Python's own parser.

The time that oTree's parser (python-multipart 0.0.5) takes grows with the square of the number of
fields, and it also splits a form at ``;``. Browsers send ``;`` as ``%3B``, so every form of a page
is read as before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from experiment.network.request_limits import TOO_MANY_FIELDS, form_fields


class FormParser:
    """Replaces starlette's class of this name."""

    def __init__(self, headers: Any, stream: AsyncIterator[bytes]) -> None:
        self.stream = stream

    async def parse(self) -> FormData:
        try:
            return FormData([*form_fields(b"".join([chunk async for chunk in self.stream]))])
        except ValueError:
            raise HTTPException(TOO_MANY_FIELDS.status, TOO_MANY_FIELDS.sentence) from None
