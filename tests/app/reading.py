"""Pages as they are read."""

from __future__ import annotations

import html
import re


def text_of(page: str) -> str:
    """What is read on a page or a part of it, and what a screen reader reads for a figure, in one line."""
    spoken = re.sub(r'<[^>]*aria-label="([^"]*)"[^>]*>', r" \1 ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", spoken)).split())
