"""Whether a websocket was opened by one of the server's own pages.

A browser sends cookies along with a websocket that any page opens, and names that page's origin in
``Origin``. Without a check of that header, a page of another port or of a neighbouring host, open
in the experimenter's browser, could do what the experimenter can do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlsplit

VARIABLE = "EXPERIMENT_ORIGINS"
"""The environment variable with the addresses under which browsers reach the server, if a proxy
does not pass on the ``Host``.
"""
DEFAULT_PORTS = {"http": 80, "https": 443}
ENCRYPTED = ("https", "wss")
Place = tuple[str, int]


def is_from_own_page(origins: Sequence[str], hosts: Sequence[str], scheme: str, public: Collection[str] = ()) -> bool:
    """Whether these headers ``Origin`` and ``Host`` name the same server, or ``Origin`` is one of
    the ``public`` addresses.

    A connection without an ``Origin`` does not come from a browser's page, since browsers always
    send one. ``scheme`` is that of the connection, or ``https`` behind a proxy that says so.
    """
    if not origins:
        return True
    if len(origins) > 1:
        return False
    asked = _place_of_origin(origins[0])
    if asked is None:
        return False
    if asked in map(_place_of_origin, public):
        return True
    kind, place = asked
    return (kind == "https" or scheme not in ENCRYPTED) and place in (_place(host, DEFAULT_PORTS[kind]) for host in hosts)


def public_origins(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The addresses that the variable names, separated by commas.

    :raises ValueError: with a sentence, if one is not an address such as ``https://study.example``.
    """
    named = tuple(text.strip() for text in environment.get(VARIABLE, "").split(",") if text.strip())
    for text in named:
        if _place_of_origin(text) is None:
            raise ValueError(f"{VARIABLE} has {text!r:.80}: write addresses such as https://study.example, separated by commas.")
    return named


def _place_of_origin(origin: str) -> tuple[str, Place] | None:
    """Scheme, host and port of an origin; None if it is not that of a web page, such as ``null``."""
    scheme, separator, rest = origin.strip().partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in DEFAULT_PORTS:
        return None
    place = _place(rest.removesuffix("/"), DEFAULT_PORTS[scheme])
    return None if place is None else (scheme, place)


def _place(host: str, default_port: int) -> Place | None:
    """The host and port that a ``Host`` header names."""
    try:
        parts = urlsplit(f"//{host.strip()}")
        if not parts.hostname or parts.username is not None or parts.path or parts.query or parts.fragment:
            return None
        return parts.hostname, parts.port or default_port
    except ValueError:
        return None
