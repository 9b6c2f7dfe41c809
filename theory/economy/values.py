"""The values of an environment: which are allowed, with a one-sentence error for each invalid value.

Every message names the field, the value and what is wanted. The same rules apply to an environment read from a file and to one made
in Python: both call these functions.
"""

from __future__ import annotations

import math
import re
import reprlib
import sys
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray, read_only

PROBABILITY_TOLERANCE = 1e-9
ROUNDING = 2.3e-16
LARGEST, SMALLEST = 1e12, 1e-12
"""Beyond these sizes, differences that matter are lost in the rounding of floating point numbers, or numbers overflow."""
NAME = r"\w(?:[\w .+-]{0,38}[\w.+-])?"
"""Names of environments, states, types and roles: they are typed on the command line and appear on pages and in tables."""
LONGEST_DESCRIPTION = 1000
JOINERS = "\u200c\u200d"
"""Characters without a shape of their own that some scripts need inside words."""
LINE_ENDS = "\u2028\u2029"
NAME_WANTED = "a name is made of at most 40 letters, digits, spaces and _ . + -, and begins with a letter, a digit or _"
SHARE = r"[0-9]{1,18}/[0-9]{1,18}|0?\.[0-9]{1,17}"
"""An inactive share as text; a decimal of 17 digits is a fraction of 18."""


class InvalidEnvironment(ValueError):
    """Fields that do not describe an economy of the paper. The message is one sentence."""


def missing(field: str) -> InvalidEnvironment:
    """The error that a field is missing."""
    return InvalidEnvironment(f"{field} is missing from the environment.")


def text(field: str, value: Any, may_be_empty: bool = False) -> str:
    if not isinstance(value, str) or not (may_be_empty or value.strip()):
        raise InvalidEnvironment(f"{field} is {shown(value)}; it must be text in quotes.")
    return value


def number(field: str, value: Any) -> float:
    if not _is_number(value) or not abs(value) <= sys.float_info.max:
        raise InvalidEnvironment(f"{field} is {shown(value)}; it must be a finite number.")
    if abs(value) > LARGEST:
        raise InvalidEnvironment(f"{field} is {float(value):g}; numbers beyond {LARGEST:g} lose too many digits.")
    return float(value)


def positive(field: str, value: Any) -> float:
    found = number(field, value)
    if found <= 0:
        raise InvalidEnvironment(f"{field} is {found:g}; it must be positive.")
    if found < SMALLEST:
        raise InvalidEnvironment(f"{field} is {found:g}; it must be at least {SMALLEST:g}, or it is lost in rounding.")
    return found


def count(field: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value <= most:
        raise InvalidEnvironment(f"{field} is {shown(value)}; it must be a whole number from {least} to {most}.")
    return int(value)


def numbers(field: str, values: npt.ArrayLike, rows: Sequence[str], columns: Sequence[str] | None = None) -> FloatArray:
    """Numbers by name, or by two names: shape (rows,) or (rows, columns)."""
    try:
        found = read_only(values)
    except (TypeError, ValueError):
        raise InvalidEnvironment(f"{field} is {shown(values)}; it must be an array of numbers.") from None
    wanted = (len(rows),) if columns is None else (len(rows), len(columns))
    if found.shape != wanted:
        names = ", ".join(rows) if columns is None else f"{', '.join(rows)}, and a column for each of {', '.join(columns)}"
        what = "number" if columns is None else "row"
        raise InvalidEnvironment(f"{field} has shape {found.shape}; it needs shape {wanted}, a {what} for each of {names}.")
    if not (np.abs(found) <= LARGEST).all():
        for place in np.ndindex(wanted):
            number(".".join((field, *(axis[i] for axis, i in zip((rows, columns or ()), place, strict=False)))), float(found[place]))
    return found


def names(field: str, values: Any) -> tuple[str, ...]:
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise InvalidEnvironment(f'{field} is {shown(values)}; it must be a list of names, such as ["blue", "green"].')
    if not values:
        raise InvalidEnvironment(f"{field} is empty; it must hold at least one name.")
    for name in values:
        if not _is_name(name):
            raise InvalidEnvironment(f"{field} has the name {shown(name)}; {NAME_WANTED}.")
    if len(set(values)) < len(values):
        raise InvalidEnvironment(f"{field} is {list(values)!r}; every name must be used once only.")
    return tuple(values)


def one_name(field: str, value: Any) -> str:
    """One name, checked by the rule for all names."""
    if not _is_name(value):
        raise InvalidEnvironment(f"{field} is {shown(value)}; {NAME_WANTED}.")
    return str(value)


def sentence(field: str, value: Any) -> str:
    """Text that is shown unchanged, on one line: any punctuation, and nothing that moves, hides or reverses other text.

    Line breaks and tabs between its words become blanks: a file may break a long sentence.
    """
    said = re.sub(r"[ \t\r\n]+", " ", text(field, value, may_be_empty=True)).strip()
    odd = next((c for c in said if (unicodedata.category(c)[0] == "C" and c not in JOINERS) or c in LINE_ENDS), None)
    if odd is not None or len(said) > LONGEST_DESCRIPTION:
        found = f"has {len(said)} characters" if odd is None else f"has the character {odd!a}"
        raise InvalidEnvironment(
            f"{field} {found}; it is a sentence of at most {LONGEST_DESCRIPTION} characters without control characters "
            "or marks of direction."
        )
    return said


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Fraction | np.integer | np.floating) and not isinstance(value, bool)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(NAME, value) is not None


def distribution(field: str, values: npt.ArrayLike, names: Sequence[str]) -> FloatArray:
    """Probabilities by name."""
    found = numbers(field, values, names)
    if not ((found >= 0) & (found <= 1)).all():
        worst = int(((found >= 0) & (found <= 1)).argmin())
        raise InvalidEnvironment(f"{field}.{names[worst]} is {found[worst]:g}; a probability lies between 0 and 1.")
    if abs(found.sum() - 1) > PROBABILITY_TOLERANCE:
        raise InvalidEnvironment(f"{field} sums to {found.sum():.12g}; the probabilities must sum to 1.")
    off = abs(math.fsum(found) - 1) > ROUNDING * len(found)  # an environment that is read again stays the same to the last digit
    return read_only(found / math.fsum(found)) if off else found


def weights(field: str, values: npt.ArrayLike, rows: Sequence[str], columns: Sequence[str]) -> FloatArray:
    """The weights w(x, z) of utility."""
    found = numbers(field, values, rows, columns)
    if not ((found >= SMALLEST) & (found <= 1 - SMALLEST)).all():
        for (x, z), value in np.ndenumerate(found):
            if not 0 < value < 1:
                raise InvalidEnvironment(f"{field}.{rows[x]}.{columns[z]} is {value:g}; a weight must lie strictly between 0 and 1.")
            if not SMALLEST <= value <= 1 - SMALLEST:
                raise InvalidEnvironment(
                    f"{field}.{rows[x]}.{columns[z]} is less than {SMALLEST:g} away from 0 or 1, and lost in rounding."
                )
    return found


def share(value: Any) -> Fraction:
    """The inactive share eta. If it is given as a Fraction, it may be 0: nobody is inactive."""
    wanted = 'it must be an exact fraction strictly between 0 and 1, written in quotes: "1/6" or "0.1"'
    if isinstance(value, Fraction) and value == 0:
        return value
    share = value if isinstance(value, Fraction) else None
    try:
        if isinstance(value, str) and re.fullmatch(SHARE, value.strip()):
            share = Fraction(value.strip())
    except ZeroDivisionError:
        share = None
    if share is None or not 0 < share < 1:
        raise InvalidEnvironment(f"mechanism.inactive_share is {shown(value)}; {wanted}.")
    return share


def shown(value: Any) -> str:
    """A value as a message shows it, shortened if it is long."""
    try:
        return reprlib.repr(value)
    except ValueError:
        return "an integer of thousands of digits"
