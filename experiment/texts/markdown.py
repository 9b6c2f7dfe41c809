"""Markdown as a page shows it, without HTML and without pictures of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from experiment.texts.problems import InvalidText

HIGHEST_HEADING = 2
"""The page's own heading is the only one of level 1."""
_TABLES = "table"


@dataclass(frozen=True)
class Page:
    """A text as HTML. ``title`` is its first line if that is a heading of level 1, else empty."""

    title: str
    html: str


@lru_cache(maxsize=256)
def page(source: str, highest: int = HIGHEST_HEADING) -> Page:
    """The text as a page shows it; its headings are of level ``highest`` or lower."""
    parser = _parser()
    tokens = parser.parse(source)
    title = ""
    if len(tokens) >= 3 and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        words = "".join(part.content for part in tokens[1].children or () if part.type in ("text", "code_inline"))
        title, tokens = escape(words), tokens[3:]
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            level = int(token.tag[1:]) + highest - HIGHEST_HEADING
            token.tag = f"h{min(max(highest, level), 6)}"
    for link in (token for token in _all(tokens) if token.type == "link_open"):
        link.attrSet("target", "_blank")  # the page stays open, with what was typed
        link.attrSet("rel", "noopener noreferrer")
    return Page(title, str(parser.renderer.render(tokens, parser.options, {})))


def check_markdown(place: str, source: str) -> None:
    """Raises InvalidText if the text has HTML or a picture, which a page would not show."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(_TABLES).parse(source)
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type == "html_block":
            raise InvalidText(place, line, f"{_short(token.content)} is HTML, which is not shown: write Markdown.")
        for part in _line_by_line(token, line):
            if part.token.type == "html_inline":
                raise InvalidText(place, part.line, f"{_short(part.token.content)} is HTML, which is not shown: write Markdown.")
            if part.token.type == "image":
                raise InvalidText(place, part.line, "a picture is not shown: describe it in words.")


@dataclass(frozen=True)
class _Part:
    token: Token
    line: int


def _line_by_line(token: Token, line: int) -> Iterator[_Part]:
    for part in token.children or ():
        if part.type in ("softbreak", "hardbreak"):
            line += 1
        yield _Part(part, line)


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(_TABLES).disable("image")


def _short(html: str) -> str:
    one_line = re.sub(r"\s+", " ", html.strip())
    return one_line if len(one_line) <= 40 else f"{one_line[:40]}…"
