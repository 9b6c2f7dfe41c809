"""Results with labelled arrays: the same numbers by the names of types and states.

An array of a result covers all markets of a batch. ``result["offers"]`` is the same array by name, and ``result["offers"]["blue"]``
is one row of it; the batch axis is left out if the batch holds only one market. A field states its axes in its metadata.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

MARKETS, TYPES, STATES, GOODS = "markets", "types", "states", "goods"
MOST_SHOWN = 3
"""A longer batch is not printed."""


def axes(*one: str, or_else: tuple[str, ...] = ()) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The metadata of a field with these axes, or with others where it has as many dimensions as those."""
    return {"axes": (one, or_else)}


OF_TYPES = {"members": TYPES}
"""The metadata of a field that holds indices of types."""


class Labelled:
    """A dataclass with the names of its ``types`` and ``states``, by which its fields can be looked up.

    ``markets`` names the rows of the batch, if they have names.
    """

    types: tuple[str, ...]
    states: tuple[str, ...]
    markets: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        """A field by name, with its axes labelled. The two goods stay an array (q, r)."""
        shown = self.as_dict()
        if name not in shown:
            raise KeyError(f"{type(self).__name__} has no {name}; it has {', '.join(shown)}.")
        return shown[name]

    def as_dict(self) -> dict[str, Any]:
        """Every field by name, with its axes labelled."""
        hidden = ("types", "states", "markets")
        found = {}
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if "members" in field.metadata:
                found[field.name] = tuple(self.types[index] for index in value)
            elif field.name not in hidden:
                given = next((one for one in field.metadata.get("axes", ()) if len(one) == np.ndim(value)), ())
                found[field.name] = self._by_name(value, given)
        return found

    def __repr__(self) -> str:
        return "\n  ".join((type(self).__name__, *(f"{name}: {_text(value)}" for name, value in self.as_dict().items())))

    def _by_name(self, value: Any, given: tuple[str, ...]) -> Any:
        if not given or given[0] == GOODS:
            return value.item() if isinstance(value, np.generic) else value
        axis, rest = given[0], given[1:]
        names = {TYPES: self.types, STATES: self.states, MARKETS: self.markets}[axis]
        if names:
            return {name: self._by_name(row, rest) for name, row in zip(names, value, strict=True)}
        return self._by_name(value[0], rest) if len(value) == 1 else [self._by_name(row, rest) for row in value]


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {{{_text(of)}}}" if isinstance(of, dict) else f"{name} {_text(of)}" for name, of in value.items())
    if isinstance(value, list) and len(value) > MOST_SHOWN:
        return f"for {len(value)} markets"
    if isinstance(value, list):
        return "; ".join(map(_text, value))
    if isinstance(value, np.ndarray):
        return f"[{', '.join(map(_text, value.tolist()))}]" if value.size <= MOST_SHOWN else f"an array of shape {value.shape}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
