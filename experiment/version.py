"""Which program this is: its version, stated once in ``pyproject.toml``, and the commit if its
folder is a clone.
"""

from __future__ import annotations

import subprocess
import tomllib
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@cache
def version() -> str:
    """The version of this project."""
    return str(tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


@cache
def commit() -> str | None:
    """The commit of this checkout, marked if files differ from it; None if the folder is not a
    clone or git does not answer.

    Asked once per process: a server that keeps running while another commit is checked out still
    runs the first.
    """
    if not (PROJECT / ".git").exists():
        return None
    asked = ["git", "--no-optional-locks", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(asked, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=SECONDS)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


SECONDS = 10
"""How long to wait for git."""
