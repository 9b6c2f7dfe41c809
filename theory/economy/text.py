"""An environment as the text of its file, from which ``read_environment`` reads the same economy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from theory.economy.environment import Environment, environment_fields

BARE_KEY = r"[A-Za-z0-9_-]+"


def environment_text(environment: Environment) -> str:
    """The TOML file that describes an environment; numbers keep every digit, and names of any script are quoted where they must be."""
    fields = environment_fields(environment)
    lines = [_entry(key, value) for key, value in fields.items() if not isinstance(value, Mapping)]
    for key, value in fields.items():
        if isinstance(value, Mapping):
            lines += _section(_key(key), value)
    return "\n".join(lines) + "\n"


def _section(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    """A table with a header: values and flat tables on lines of their own, deeper tables as sections below."""
    deeper = {key: value for key, value in table.items() if isinstance(value, Mapping) and not _is_flat(value)}
    if len(deeper) < len(table):
        yield from ("", f"[{name}]")
    yield from (_entry(key, value) for key, value in table.items() if key not in deeper)
    for key, value in deeper.items():
        yield from _section(f"{name}.{_key(key)}", value)


def _is_flat(table: Mapping[str, Any]) -> bool:
    return not any(isinstance(value, Mapping) for value in table.values())


def _entry(key: str, value: Any) -> str:
    return f"{_key(key)} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_entry(key, item) for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _key(key: str) -> str:
    return key if re.fullmatch(BARE_KEY, key) else _quoted(key)


def _quoted(text: str) -> str:
    """A basic string: TOML escapes as JSON does, and the character 127 besides."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
