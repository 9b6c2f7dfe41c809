"""The headers of every answer, which tell the browser what it may show in a frame, cache, or send
along to other sites.

An answer gets the headers of the administrator's pages unless its address is one of the subjects',
so an address added later is strict by default.
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
"""How the addresses begin that subjects open. A recruiter may show them in a frame."""
STATIC = ("/static/", "/favicon.ico")
"""Files that are the same for everybody, which a browser may cache."""
POLICY = "base-uri 'self'; form-action 'self'; object-src 'none'"
"""Scripts are not restricted: oTree's pages have inline scripts, and a policy that allows these
keeps nothing out.
"""

Header = tuple[bytes, bytes]


def security_headers(path: str) -> dict[str, str]:
    """The headers of an answer, by the path that was requested.

    ``Referrer-Policy``: a subject's address is that subject's key, so no other site may learn it.
    ``Cache-Control``: pages behind the login must not be found in the browser after the logout.
    Subjects' pages set this header themselves: a page that answers a form, such as the quiz after a
    wrong answer, cannot be requested again, so if the browser may not cache it, Back leads to the
    browser's own error.
    """
    headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Content-Security-Policy": POLICY}
    if not path.startswith(SUBJECTS_ADDRESSES):
        headers |= {"X-Frame-Options": "SAMEORIGIN", "Content-Security-Policy": f"{POLICY}; frame-ancestors 'self'"}
    return headers if path.startswith((*SUBJECTS_ADDRESSES, *STATIC)) else headers | {"Cache-Control": "no-store"}


def secured(headers: Iterable[Header], path: str, scheme: str, host: str) -> list[Header]:
    """The headers of an answer with those of ``security_headers`` added, cookies restricted to
    HTTPS if the request came by HTTPS, and the server's name, which the client itself sent, removed
    from redirections within the server.

    ``host`` is the request's ``Host`` header. A header that the answer already has stays as it is.
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
