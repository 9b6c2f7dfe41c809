"""What is wrong with a text: one sentence that names the file and the line."""

from __future__ import annotations


class InvalidText(ValueError):
    """A text that cannot be shown. The message is one sentence for the experimenter."""

    def __init__(self, place: str, line: int | None, what: str) -> None:
        super().__init__(f"{place}, line {line}: {what}" if line else f"{place}: {what}")
