"""A number as people type it: its value, and whether it may mean another one.

A point and a comma are both read as the decimal sign. If exactly three digits follow, it may have
been meant as a separator of thousands instead, as in 1,500. The code that reads a number knows up
to which amount that makes sense, and asks the subject in that case. ``_static/parimutuel/typed.js``
reads in the same way; a browser test compares the two.
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
MINUS_SIGNS = "-\N{MINUS SIGN}"
_NUMBER = re.compile(r"[0-9]{1,12}(?:[.,][0-9]{0,12})?|[.,][0-9]{1,12}", re.ASCII)
_LIKE_THOUSANDS = re.compile(r"([0-9]*)[.,]([0-9]{3})", re.ASCII)


def bare(text: str) -> str:
    """The text without the blanks around it."""
    return text.strip(BLANKS)


def number(text: str) -> Decimal | None:
    """The number that was typed, without a sign before it; None if it is not a number."""
    typed = bare(text)
    return Decimal(typed.replace(",", ".")) if _NUMBER.fullmatch(typed) else None


def in_thousands(text: str) -> Decimal | None:
    """The number if its one separator separates thousands; None if it cannot, or if that changes
    nothing.
    """
    found = _LIKE_THOUSANDS.fullmatch(bare(text))
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
