"""Sends scripts and style sheets compressed: a page then loads a third of their bytes."""

from __future__ import annotations

import gzip
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response

COMPRESSED_TYPES = ("text/", "application/javascript", "image/svg+xml")
KEPT_FILES = 256


def compressed(file_response: Any) -> Any:
    """Wrap oTree's answer with a static file: a text is compressed if the browser accepts that."""

    @wraps(file_response)
    def answer(self: Any, full_path: Any, stat_result: Any, scope: Any, status_code: int = 200) -> Any:
        file = file_response(self, full_path, stat_result, scope, status_code)
        if not isinstance(file, FileResponse) or not file.media_type or not file.media_type.startswith(COMPRESSED_TYPES):
            return file
        file.headers["vary"] = "Accept-Encoding"
        if scope["method"] != "GET" or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            return file
        kept = {name: file.headers[name] for name in ("etag", "last-modified", "vary") if name in file.headers}
        content = _compressed(str(full_path), stat_result.st_mtime_ns, stat_result.st_size)
        return Response(content, status_code, kept | {"content-encoding": "gzip"}, file.media_type)

    return answer


@lru_cache(maxsize=KEPT_FILES)
def _compressed(path: str, changed: int, size: int) -> bytes:
    """A file's bytes, compressed once; again when it has changed."""
    return gzip.compress(Path(path).read_bytes(), mtime=0)
