"""Requests written byte by byte onto a socket that stays open: what no HTTP library would send."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

FORM = ("Content-Type", "application/x-www-form-urlencoded")
LOST = 0
"""The status of a request whose connection the server closed without an answer."""


@dataclass(frozen=True)
class Request:
    """One request: ``target`` as it stands in the first line, headers in order, and a body, in one piece or in chunks."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    chunk: int = 0

    def written(self) -> bytes:
        """All bytes of it. Characters beyond latin-1 are sent as UTF-8, lone surrogates too."""
        length = [("Transfer-Encoding", "chunked")] if self.chunk else [("Content-Length", str(len(self.body)))] if self.body else []
        own = [(name, value) for name, value in length if name not in dict(self.headers)]
        head = [f"{self.method} {self.target} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in (*self.headers, *own))]
        return "\r\n".join([*head, "", ""]).encode("utf-8", "surrogatepass") + self._in_chunks()

    def _in_chunks(self) -> bytes:
        if not self.chunk:
            return self.body
        pieces = [self.body[start : start + self.chunk] for start in range(0, len(self.body), self.chunk)]
        return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def leads_to(self) -> str | None:
        return self.headers.get("location")

    @property
    def waits(self) -> bool:
        return "otree-wait-page" in self.headers


@dataclass
class Line:
    """One connection to a server; opened again whenever it was closed."""

    port: int
    seconds: float = 60.0
    _socket: socket.socket | None = None

    def ask(self, request: Request) -> Answer:
        try:
            return self._ask(request)
        except (OSError, http.client.HTTPException):
            self.close()
            return Answer(LOST, "")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self, request: Request) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=self.seconds)
        self._socket.sendall(request.written())
        answer = http.client.HTTPResponse(self._socket, method=request.method)
        answer.begin()
        text = answer.read().decode("utf-8", "replace")
        if answer.will_close:
            self.close()
        return Answer(answer.status, text, {name.lower(): value for name, value in answer.getheaders()})


def form(fields: Sequence[tuple[str, str]]) -> bytes:
    """Fields as a page posts them, each as often as it stands there."""
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in fields).encode()


def encoded(text: str) -> str:
    """For an address or a form; lone surrogates become bytes that are not UTF-8."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")
