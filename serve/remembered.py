"""The language and the currency that new sessions were last given, remembered in the launcher's folder.

`make serve` without `LANGUAGE` and `CURRENCY` after a crash is then the same as the start before. Sessions that exist do not need
this: they keep their own.
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
    """Keep both in the folder, whole or not at all, for the owner's eyes only."""
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
        raise ServeProblem(f"{path} cannot be read as the language and the currency of the last start: delete it, and name both again.")
    return {name: kept[name] for name in NAMES}
