"""How people type numbers, right and wrong: one list for the server's reading and for that of the pages' scripts.

``MEANT`` says what each can mean; ``SPELLINGS`` has these, and others on which the two readings must only agree.
"""

from __future__ import annotations

import itertools
import random

MEANT: dict[str, tuple[str, ...]] = {
    # a point and a comma, and what may be missing before or after
    **dict.fromkeys(("3", "3.", "3,", "03", "3.0", "3,0", "3.0000"), ("3",)),
    **dict.fromkeys(("2.5", "2,5", "2.50", "2,50", "02.5", "2.5000", "2,5000"), ("2.5",)),
    **dict.fromkeys((".5", ",5", "0.5", "0,5", "00.5"), ("0.5",)),
    **dict.fromkeys(("0", "00", "0.0", "0,0", "0.000", "0,000"), ("0",)),
    **dict.fromkeys(("10", "10.0", "10,0", "010"), ("10",)),
    # blanks around, and a byte order mark
    **dict.fromkeys((" 2.5", "2.5 ", "\u00a02.5", "2.5\u202f", "\u30002,5", "\ufeff2.5", "2.5\ufeff", "\ufeff 2,5 "), ("2.5",)),
    # full-width, Arabic and Persian digits
    **dict.fromkeys(
        ("２.５", "２．５", "２，５", "２,５", "２．５０", "\u3000２．５", "٢٫٥", "٢.٥", "٢,٥", "٢٫٥٠", "۲٫۵", "۲.۵", "۲,۵", "2٫5"),
        ("2.5",),
    ),
    **dict.fromkeys(("３", "٣", "۳", "٣٫", "٠٣", "۳٫۰"), ("3",)),
    **dict.fromkeys(("．５", "٫٥", "٠٫٥", "۰٫۵", "٫5"), ("0.5",)),
    **dict.fromkeys(("１０", "١٠", "۱۰"), ("10",)),
    **dict.fromkeys(("٤٫٦", "۴٫۶"), ("4.6",)),
    # what may be a separator of thousands, and the Arabic decimal sign, which never is one
    **dict.fromkeys(("1,500", "1.500", "01.500", "１．５００", "１，５００", "١.٥٠٠", "۱,۵۰۰", " 1,500"), ("1.5", "1500")),
    **dict.fromkeys(("0.500", ",500", "．５００"), ("0.5", "500")),
    **dict.fromkeys(("1٫500", "١٫٥٠٠", "۱٫۵۰۰"), ("1.5",)),
    **dict.fromkeys(("1500", "１５００", "١٥٠٠", "1500.0", "1500,0"), ("1500",)),
    # no numbers
    **dict.fromkeys(
        (" ", ".", ",", "٫", "-1", "−1", "－１", "+1", "1e0", "1E0", "0x2", "½", "²", "nan", "Infinity", "q", "2.5 q", "2,5€", "10%"), ()
    ),
    **dict.fromkeys(
        ("2..5", "2.,5", "2,5,", "3.5.1", "٢٫٥٫", "1,234,567", "1.234,5", "1,234.5", "1 500", "1\u00a0500", "1'500", "1’500"), ()
    ),
    **dict.fromkeys(("1٬500", "١٬٥٠٠", "۱٬۵۰۰", "2،5", "٢،٥", "२.५", "2\u200b.5", "2.5\u200b", "2_5", "1/2", "9" * 13), ()),
}
"""What is typed, and the numbers that it can mean: none, one, or two where a separator may be one of thousands."""
BLANKS = [*"\t\n\v\f\r ", "\u00a0", "\u1680", "\u2003", "\u2009", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff"]
NOT_BLANK = ["\x1c", "\x1f", "\x85", "\u200b", "\u180e", "\u2060", "\x00", "_", "'"]
"""What one side would strip and the other would not, or what neither should."""
_NUMBERS = ["3", "3.5", "3,5", ".5", ",5", "3.", "0", "00", "007", "0.0", "0,000", "10.0", "10.1", "2.55"]
_NUMBERS += ["1500", "1499.9", "6000", "6000.1"]
_LIKE_THOUSANDS = ["1,500", "1.500", "0.500", ".500", ",125", "0.125", "01,500", "2.000", "2,001", "3.500", "6,000", "7.000", "1500.000"]
_LIKE_THOUSANDS += ["1,5000", "1,50", "1.234", "1,230", "10.000", "999,999", "123456789012.345"]
_WRONG = ["", " ", ".", ",", "-", "-1", "+1", "1e3", "3.5.1", "1,234,567", "1.234,5", "1,234.5", "..5", "2..5", "2.,5"]
_WRONG += ["1 500", "1\u00a0500", "1'500", "0x10", "nan", "inf", "Infinity", "2.5 q", "1_0", "−2.5", "2,5,"]
_WRONG += ["9" * 13, "1." + "1" * 13]
_NEAR = ["10.0000000000001", "2.500000000001", "0.000000000001", "999999999999.999999999999", "2.5000000001", "9.999999999999"]
SPELLINGS = (
    *(_NUMBERS + _LIKE_THOUSANDS + _WRONG + _NEAR),
    *MEANT,
    *(around + text + after for text in ("2.5", "1,500") for blank in BLANKS + NOT_BLANK for around, after in ((blank, ""), ("", blank))),
)


def drawn(seed: str, count: int) -> list[str]:
    """Spellings by chance: digits, separators and blanks in any order, most of them nearly numbers."""
    draw = random.Random(seed)
    return list(itertools.islice(iter(lambda: _one(draw), None), count))


def _one(draw: random.Random) -> str:
    if draw.random() < 0.2:
        return "".join(draw.choices("0123456789.,+- e\u00a0\ufeff\x1f٢۵８٫٬．，", k=draw.randint(0, 9)))
    digits = draw.choice(["0123456789"] * 3 + ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９"])
    whole, part = ("".join(draw.choices(digits, k=draw.randint(0, most))) for most in (5, 4))
    return (
        draw.choice(["", "", *BLANKS])
        + whole
        + draw.choice([".", ",", ".", ",", "", "٫", "٬", "．"])
        + part
        + draw.choice(["", "", *BLANKS])
    )
