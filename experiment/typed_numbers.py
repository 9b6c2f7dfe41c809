"""A number as people type it: its value, and whether it may mean another one.

A point and a comma are both read as the decimal sign. If exactly three digits follow, it may have
been meant as a separator of thousands instead, as in 1,500. The code that reads a number knows up
to which amount that makes sense, and asks the subject in that case. Full-width digits, point and
comma, as East Asian keyboards have them, and Arabic and Persian digits are read like the European
ones. The Arabic decimal sign separates nothing but decimals, so no question follows; a number with
the Arabic separator of thousands is refused. ``_static/parimutuel/typed.js`` reads in the same way;
browser tests compare the two.
"""

from __future__ import annotations

import re
from decimal import Decimal

from experiment.language import localized, message, say

BLANKS = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What may stand before and after a number: what a browser's ``trim`` removes, including the byte
order mark.
"""
ASK_BACK = message("Please type {large} or {small}, because {typed} can mean either.")
MINUS_SIGNS = "-\N{MINUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}"
PERCENT_SIGNS = "%\N{ARABIC PERCENT SIGN}\N{FULLWIDTH PERCENT SIGN}"
_ARABIC_DECIMAL = "\N{ARABIC DECIMAL SEPARATOR}"
_ZEROS = "\N{ARABIC-INDIC DIGIT ZERO}\N{EXTENDED ARABIC-INDIC DIGIT ZERO}\N{FULLWIDTH DIGIT ZERO}"
_EUROPEAN = {ord(zero) + digit: str(digit) for zero in _ZEROS for digit in range(10)} | {
    ord("\N{FULLWIDTH FULL STOP}"): ".",
    ord("\N{FULLWIDTH COMMA}"): ",",
}
_NUMBER = re.compile(rf"[0-9]{{1,12}}(?:[.,{_ARABIC_DECIMAL}][0-9]{{0,12}})?|[.,{_ARABIC_DECIMAL}][0-9]{{1,12}}", re.ASCII)
_LIKE_THOUSANDS = re.compile(r"([0-9]*)[.,]([0-9]{3})", re.ASCII)


def bare(text: str) -> str:
    """The text without the blanks around it."""
    return text.strip(BLANKS)


def european(text: str) -> str:
    """The text with European digits, points and commas, and without the blanks around it."""
    return bare(text).translate(_EUROPEAN)


def number(text: str) -> Decimal | None:
    """The number that was typed, without a sign before it; None if it is not a number."""
    typed = european(text)
    return Decimal(in_data(typed).replace(",", ".")) if _NUMBER.fullmatch(typed) else None


def in_data(text: str) -> str:
    """A number as it was typed, for the data: in European digits, with its own point or comma; an
    Arabic decimal sign becomes a point.
    """
    return european(text).replace(_ARABIC_DECIMAL, ".")


def in_thousands(text: str) -> Decimal | None:
    """The number if its one separator separates thousands; None if it cannot, or if that changes
    nothing.
    """
    found = _LIKE_THOUSANDS.fullmatch(european(text))
    if not found or number(text) is None:
        return None
    meant = Decimal("".join(found.groups()))
    return meant if meant else None


def unmistakable(quantity: Decimal | float) -> str:
    """A number in a form that can be typed whatever the largest amount is: never with exactly three
    decimals.
    """
    text = f"{Decimal(repr(quantity) if isinstance(quantity, float) else quantity).normalize():f}"
    return f"{text}0" if _LIKE_THOUSANDS.fullmatch(text.removeprefix("-")) else text


def ask_back(text: str, meant: Decimal, sign: str = "") -> str:
    """The sentence that asks which number was meant: ``meant``, in thousands, or the decimal one;
    ``sign`` precedes both.
    """
    read = number(text) or Decimal(0)
    return say(
        ASK_BACK,
        large=sign + localized(unmistakable(meant)),
        small=sign + localized(unmistakable(read)),
        typed=sign + bare(text),
    )
