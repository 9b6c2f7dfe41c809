"""Static files are sent compressed to whoever can read that, and are the same files."""

from __future__ import annotations

import gzip
import urllib.request
from urllib.error import HTTPError

import pytest

from tests.server import PROJECT, Serving

pytestmark = pytest.mark.server

SCRIPT = "/static/parimutuel/offer.js"
CONTENT = (PROJECT / "_static" / "parimutuel" / "offer.js").read_bytes()


def _asks(server: Serving, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(server.base_url + path, headers=named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
    except HTTPError as error:
        return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()


@pytest.mark.parametrize("path", [SCRIPT, "/static/parimutuel/style.css", "/static/otree/js/jquery-3.2.1.min.js"])
def test_a_script_or_style_sheet_is_sent_at_less_than_half_its_length_and_unpacks_to_the_same(server: Serving, path: str) -> None:
    _, plain, content = _asks(server, path)
    status, packed, bytes_sent = _asks(server, path, accept_encoding="gzip, deflate, br")
    assert (status, packed["content-encoding"], packed["vary"]) == (200, "gzip", "Accept-Encoding")
    assert len(bytes_sent) == int(packed["content-length"]) < len(content) / 2
    assert gzip.decompress(bytes_sent) == content
    assert "content-encoding" not in plain
    for header in ("etag", "last-modified", "content-type", "x-content-type-options"):
        assert plain[header] == packed[header], header


def test_a_file_that_the_browser_has_is_not_sent_again_and_one_that_is_not_there_is_not_found(server: Serving) -> None:
    _, headers, _ = _asks(server, SCRIPT, accept_encoding="gzip")
    assert _asks(server, SCRIPT, accept_encoding="gzip", if_none_match=headers["etag"])[::2] == (304, b"")
    assert _asks(server, "/static/parimutuel/none.js", accept_encoding="gzip")[0] == 404
    status, headers, content = _asks(server, SCRIPT, "HEAD", accept_encoding="gzip")
    assert (status, headers["content-length"], content) == (200, str(len(CONTENT)), b"")


def test_a_picture_is_sent_as_it_is(server: Serving) -> None:
    status, headers, _ = _asks(server, "/static/favicon.ico", accept_encoding="gzip")
    assert status == 200
    assert "content-encoding" not in headers
