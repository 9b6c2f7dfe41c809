"""How people type numbers, right and wrong: one list for the server's reading and for that of the pages' scripts."""

from __future__ import annotations

import itertools
import random

BLANKS = [*"\t\n\v\f\r ", "\u00a0", "\u1680", "\u2003", "\u2009", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff"]
NOT_BLANK = ["\x1c", "\x1f", "\x85", "\u200b", "\u180e", "\u2060", "\x00", "_", "'"]
"""What one side would strip and the other would not, or what neither should."""
_NUMBERS = ["3", "3.5", "3,5", ".5", ",5", "3.", "0", "00", "007", "0.0", "0,000", "10.0", "10.1", "2.55"]
_NUMBERS += ["1500", "1499.9", "6000", "6000.1"]
_LIKE_THOUSANDS = ["1,500", "1.500", "0.500", ".500", ",125", "0.125", "01,500", "2.000", "2,001", "3.500", "6,000", "7.000", "1500.000"]
_LIKE_THOUSANDS += ["1,5000", "1,50", "1.234", "1,230", "10.000", "999,999", "123456789012.345"]
_WRONG = ["", " ", ".", ",", "-", "-1", "+1", "1e3", "3.5.1", "1,234,567", "1.234,5", "1,234.5", "..5", "2..5", "2.,5"]
_WRONG += ["1 500", "1\u00a0500", "1'500", "٣", "２.５", "2٫5", "0x10", "nan", "inf", "Infinity", "2.5 q", "1_0", "−2.5", "2,5,"]
_WRONG += ["9" * 13, "1." + "1" * 13]
_NEAR = ["10.0000000000001", "2.500000000001", "0.000000000001", "999999999999.999999999999", "2.5000000001", "9.999999999999"]
SPELLINGS = (
    *(_NUMBERS + _LIKE_THOUSANDS + _WRONG + _NEAR),
    *(around + text + after for text in ("2.5", "1,500") for blank in BLANKS + NOT_BLANK for around, after in ((blank, ""), ("", blank))),
)


def drawn(seed: str, count: int) -> list[str]:
    """Spellings by chance: digits, separators and blanks in any order, most of them nearly numbers."""
    draw = random.Random(seed)
    return list(itertools.islice(iter(lambda: _one(draw), None), count))


def _one(draw: random.Random) -> str:
    if draw.random() < 0.2:
        return "".join(draw.choices("0123456789.,+- e\u00a0\ufeff\x1f", k=draw.randint(0, 9)))
    whole, part = ("".join(draw.choices("0123456789", k=draw.randint(0, most))) for most in (5, 4))
    return draw.choice(["", "", *BLANKS]) + whole + draw.choice([".", ",", ".", ",", ""]) + part + draw.choice(["", "", *BLANKS])
