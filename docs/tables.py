"""Writes the README's table of session fields from their declarations: ``python -m docs.tables``."""

from __future__ import annotations

from pathlib import Path

from experiment.config import SETTINGS
from experiment.config_fields import Setting

README = Path(__file__).resolve().parent.parent / "README.md"
HEAD = "| field | values | default | meaning |\n|---|---|---|---|\n"


def fields_table() -> str:
    """A row for every field of a session config, in the order in which oTree's form shows them."""
    return HEAD + "".join(f"| `{one.name}` | {one.kind.values} | {_default(one)} | {one.doc} |\n" for one in SETTINGS)


def with_table(text: str) -> str:
    """The README with its table of session fields replaced by that of the declarations."""
    start = text.index(HEAD)
    end = text.index("\n\n", start) + 1
    return text[:start] + fields_table() + text[end:]


def _default(one: Setting) -> str:
    if isinstance(one.default, bool):
        return "yes" if one.default else "no"
    if isinstance(one.default, str):
        return f"`{one.default}`" if one.default else "empty"
    return f"{one.default:g}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
