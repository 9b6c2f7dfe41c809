"""What every answer tells the browser beside its text: what may be framed, kept, or sent along to other sites.

An answer is the administrator's unless its address is one of the subjects': an address that is added later is strict by default.
"""

from __future__ import annotations

from collections.abc import Iterable

SUBJECTS_ADDRESSES = (
    "/p/",
    "/InitializeParticipant/",
    "/OutOfRangeNotification/",
    "/GBATInactive",
    "/join/",
    "/room/",
    "/instructions/",
    "/browser_bot_start",
    "/static/",
)
"""How the addresses begin that subjects open. A recruiter may show them in a frame of a page of its own."""
STATIC = ("/static/", "/favicon.ico")
"""Files that are the same for everybody, which a browser may keep."""
POLICY = "base-uri 'self'; form-action 'self'; object-src 'none'"
"""Nothing is said of scripts: oTree's pages have scripts within the page, and a policy that allows these keeps nothing out."""

Header = tuple[bytes, bytes]


def security_headers(path: str) -> dict[str, str]:
    """The headers of an answer, by the path that was asked for.

    ``Referrer-Policy``: a subject's address is that subject's key, so no other site is told it. ``Cache-Control``: what is behind the
    login must not be found in the browser after the logout. Of
    subjects' pages the pages themselves say it: one that answers a form, as the quiz after a wrong answer, cannot be asked
    for again, so where the browser may not keep it, Back leads to the browser's own error.
    """
    headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Content-Security-Policy": POLICY}
    if not path.startswith(SUBJECTS_ADDRESSES):
        headers |= {"X-Frame-Options": "SAMEORIGIN", "Content-Security-Policy": f"{POLICY}; frame-ancestors 'self'"}
    return headers if path.startswith((*SUBJECTS_ADDRESSES, *STATIC)) else headers | {"Cache-Control": "no-store"}


def secured(headers: Iterable[Header], path: str, scheme: str, host: str) -> list[Header]:
    """The headers of an answer with those of ``security_headers`` added, cookies for HTTPS only where the request came by HTTPS, and a
    redirection within the server without the server's name, which the client has said itself.

    ``host`` is the request's ``Host`` header. A header that the answer has already is left as it is.
    """
    kept = [_secured(name, value, scheme, host) for name, value in headers]
    present = {name.lower() for name, _ in kept}
    added = [(name.lower().encode(), value.encode()) for name, value in security_headers(path).items()]
    return kept + [(name, value) for name, value in added if name not in present]


def _secured(name: bytes, value: bytes, scheme: str, host: str) -> Header:
    if name.lower() == b"set-cookie" and scheme == "https" and b"; secure" not in value.lower():
        return name, value + b"; secure"
    if name.lower() == b"location":
        place = value.removeprefix(f"{scheme}://{host}".encode("latin-1", "replace"))
        if place.startswith(b"/") and not place.startswith(b"//"):  # two slashes would lead to another server
            return name, place
    return name, value
