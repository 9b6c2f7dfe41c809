"""The figures of the instructions as geometry: positions in percent of the drawing or in its own
units, never words or colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ICONS_PER_ROW = 10
MOST_ICONS = 60
CELL = 32
"""The side of an icon's square, in the drawing's units."""


@dataclass(frozen=True)
class Icon:
    """One of a row of equal things; ``marked`` if it is of the other kind."""

    x: int
    y: int
    label: str
    marked: bool


@dataclass(frozen=True)
class Icons:
    """Rows of icons on a drawing of ``width`` by ``height``; empty if there are too many to count
    by eye.
    """

    width: int
    height: int
    icons: tuple[Icon, ...]


@dataclass(frozen=True)
class Span:
    """A piece of a line or of a bar: where it starts, its middle and its length, in percent;
    ``kind`` selects its style.
    """

    start: str
    middle: str
    length: str
    kind: str
    label: str = ""


def icon_rows(labels: Sequence[str], marked: int) -> Icons:
    """One icon per label, the last ``marked`` of them of the other kind."""
    count = len(labels)
    if count > MOST_ICONS:
        return Icons(0, 0, ())
    rows = -(-count // ICONS_PER_ROW)
    icons = tuple(
        Icon(CELL * (n % ICONS_PER_ROW) + CELL // 2, CELL * (n // ICONS_PER_ROW) + CELL // 2, label, n >= count - marked)
        for n, label in enumerate(labels)
    )
    return Icons(CELL * min(count, ICONS_PER_ROW), CELL * rows, icons)


def spans(lengths: Sequence[float], kinds: Sequence[str], labels: Sequence[str] | None = None) -> tuple[Span, ...]:
    """Pieces that fill a line end to end, each as long as its share; pieces of length zero are left
    out.
    """
    total, start, pieces = sum(lengths), 0.0, []
    for length, kind, label in zip(lengths, kinds, labels or [""] * len(kinds), strict=True):
        share = 100 * length / total
        if share > 0:
            pieces.append(Span(percentage(start), percentage(start + share / 2), percentage(share), kind, label))
        start += share
    return tuple(pieces)


def percentage(value: float) -> str:
    return f"{value:.3f}"
