"""How many files a process may have open: each connection is one, and many systems allow 1,024 at
first, or 256.
"""

from __future__ import annotations

from experiment.network.connections import PER_ADDRESS, RESERVED_FILES

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]

ENOUGH = PER_ADDRESS + RESERVED_FILES
LOWER = (1 << 20, 65_536, 10_240)
"""Limits to try if a system does not allow its own limit, as on macOS."""


def raise_limit() -> int | None:
    """Let this process, and those it starts, open as many files as the system allows; return that
    number, None if unknown.
    """
    if resource is None:
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, *LOWER):
        if _is_more(wanted, soft) and not _is_more(wanted, hard):
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                break
            except (ValueError, OSError):
                continue
    now = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if now == resource.RLIM_INFINITY else now


def too_few(files: int | None) -> str | None:
    """A sentence for the person who starts the server, if it may open too few files; else None."""
    if files is None or files >= ENOUGH:
        return None
    people = max(1, (files - RESERVED_FILES) // 4)
    return (
        f"This system lets the server open only {files} files, enough for about {people} participants at once: "
        f"raise the hard limit to {ENOUGH} or more (`ulimit -Hn`) before you serve a larger session."
    )


def _is_more(limit: int, than: int) -> bool:
    if than == resource.RLIM_INFINITY:
        return False
    return limit == resource.RLIM_INFINITY or limit > than
