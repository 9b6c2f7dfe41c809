"""The language and currency of the last start, remembered in the launcher's folder.

After a crash, `make serve` without `LANGUAGE` and `CURRENCY` then starts as before. Existing sessions do not need this: they keep
their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from serve.private_files import write_privately
from serve.problem import ServeProblem

NAME = "subjects.json"
NAMES = ("language", "currency")


def remember(folder: Path, language: str, currency: str) -> None:
    """Write both into the folder, atomically and readable by the owner only."""
    write_privately(folder / NAME, json.dumps({"language": language, "currency": currency}) + "\n")


def remembered(folder: Path) -> Mapping[str, str]:
    """``language`` and ``currency`` of the last start from this folder; empty before the first one."""
    path = folder / NAME
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        kept = None
    if not isinstance(kept, dict) or not all(isinstance(kept.get(name), str) for name in NAMES):
        raise ServeProblem(f"{path} does not hold the language and currency of the last start: delete it, and name both again.")
    return {name: kept[name] for name in NAMES}
