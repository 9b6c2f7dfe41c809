"""The colours of the style sheet have the contrast WCAG requires, in light and in dark: axe-core measures text, not lines and bars."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLE = (Path(__file__).parents[2] / "_static" / "parimutuel" / "style.css").read_text(encoding="utf-8")
SURFACES = ("paper", "wash", "bar")
TEXT = ("ink", "soft", "accent", "own")
GRAPHICS = ("edge", "accent", "own", "others")
ON_THEIR_OWN = (("on-accent", "accent"), ("ink", "chosen"), ("ink", "caution"))


def _colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#\w+);", block))


_blocks = re.findall(r":root \{(.*?)\}", STYLE, flags=re.DOTALL)
LIGHT = _colours(_blocks[0])
DARK = LIGHT | _colours(_blocks[1])


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_four_and_a_half_times_and_graphics_three_times(scheme: dict[str, str]) -> None:
    for surface in SURFACES:
        assert {name: _contrast(scheme[name], scheme[surface]) for name in TEXT if _contrast(scheme[name], scheme[surface]) < 4.5} == {}
        assert {name: _contrast(scheme[name], scheme[surface]) for name in GRAPHICS if _contrast(scheme[name], scheme[surface]) < 3} == {}
    assert all(_contrast(scheme[text], scheme[surface]) >= 4.5 for text, surface in ON_THEIR_OWN)


def test_every_colour_has_a_dark_side_and_none_is_written_outside_the_variables() -> None:
    assert set(_colours(_blocks[0])) == set(_colours(_blocks[1]))
    rules = STYLE.replace(_blocks[0], "").replace(_blocks[1], "")
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[ ;,)])", rules) == []


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
