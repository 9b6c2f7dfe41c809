"""Which requests the server reads at all, judged by method, address, and kind and size of the body.

The server answers one request at a time, and some libraries below oTree cannot be updated. So every
request that could keep the server busy, reach a file outside its folders or end in an error is
refused here, before oTree sees it. The functions take plain values and know nothing about the
server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

METHODS = ("GET", "HEAD", "POST")
LARGEST_BODY = 64_000
"""Bytes. The longest form that a page sends is an offer with a full log of 500 events, less than 50,000 bytes."""
LARGEST_JSON = 1_000_000
"""Bytes, for requests with the REST key only."""
MOST_FIELDS = 500
"""Fields of one form. A page of beliefs has one for each state; oTree's list of sessions has one
for each session that is ticked.
"""
LONGEST_NAME = 200
"""Bytes of one part of a path: the names of files are limited."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters and line separators: a log shows some of them as a new line."""
_DOTS = re.compile(r"[ .]+")
"""A part of a path that leads to the parent folder or nowhere; Windows ignores spaces and dots at
the end of a name.
"""
_HOST = re.compile(r"([\w.-]*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.IGNORECASE | re.ASCII)
_PLAIN_KIND = re.compile(r"(?!multipart/)[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}(; ?charset=[a-z0-9_-]{1,40})?|", re.IGNORECASE | re.ASCII)
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Refusal:
    """The answer to a request that the server refuses to read: a status, one sentence, and headers."""

    status: int
    sentence: str
    headers: Mapping[str, str] = field(default_factory=dict)


WRONG_METHOD = Refusal(405, f"The server answers {', '.join(METHODS[:-1])} and {METHODS[-1]} only.", {"Allow": ", ".join(METHODS)})
UNREADABLE = Refusal(400, "The request cannot be read.")
TOO_SLOW = Refusal(408, "The request did not arrive in time.")
TOO_LARGE = Refusal(413, f"The request is too large: at most {LARGEST_BODY // 1000} kB can be sent.")
TOO_MANY_FIELDS = Refusal(413, f"The form is too large: at most {MOST_FIELDS} fields can be sent.")


def refusal_of_head(method: str, path: str, query: str, headers: Iterable[tuple[str, str]]) -> Refusal | None:
    """Why a request is refused, judged by what comes before its body; None if it is not.

    ``path`` is decoded once, as servers pass it on; ``query`` is as it was sent; names of
    ``headers`` are in lower case.

    In a query only NUL is refused, because the database cannot store it. Other characters do no
    harm: a query selects no file, and logs show it as it was sent. A subject whose link has a line
    of the mail at its end should read that on the page.

    A body in parts (``multipart/form-data``) is refused: no page sends one, and its header can keep
    the parser busy for ever. Since that parser reads the header of every form, a content type with
    other parameters than a character set is refused as well.
    """
    if method not in METHODS:
        return WRONG_METHOD
    named = [(name, value) for name, value in headers if name in ("content-type", "host")]
    kinds = [value for name, value in named if name == "content-type"]
    hosts = [value for name, value in named if name == "host"]
    readable = (
        _is_plain_path(path)
        and "\0" not in unquote(query)
        and len(kinds) < 2
        and all(map(_PLAIN_KIND.fullmatch, kinds))
        and all(map(_HOST.fullmatch, hosts))
    )
    return None if readable else UNREADABLE


def refusal_of_body(body: bytes, kinds: Sequence[str]) -> Refusal | None:
    """Why a body of the allowed size is refused; None if it is not."""
    is_form = any(kind.partition(";")[0].strip().lower() == _FORM for kind in kinds)
    return TOO_MANY_FIELDS if is_form and body.count(b"&") >= MOST_FIELDS else None


def form_fields(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form, in order, as the URL standard reads them: ``&`` separates them, and
    ``;`` is an ordinary character.

    The time is proportional to the length of ``body``. Raises ValueError beyond ``MOST_FIELDS``.
    """
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)


def _is_plain_path(path: str) -> bool:
    """Whether a path leads to no other folder than it seems to, even if it is decoded once more."""
    return all(
        not CONTROL.search(text)
        and "\\" not in text
        and all(len(part.encode()) <= LONGEST_NAME and not _DOTS.fullmatch(part) for part in text.split("/"))
        for text in {path, unquote(path)}
    )
