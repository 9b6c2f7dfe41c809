"""How numbers are written for subjects: a fixed number of digits each, rounded alike here and in
the pages' scripts.

``fixed`` rounds the exact value of a float half away from zero, which is what
``Number.prototype.toFixed`` does, so a number shown by the server and the same number shown by
``arithmetic.js`` never differ in a digit. Numbers have the decimal sign of the current language.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from experiment.config import SessionSettings
from experiment.language import localized, money
from experiment.offers import OfferGrid, plain

MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
NO_NUMBER = "\N{EN DASH}"
PRICE_DIGITS = 2
MOST_PRICE_DIGITS = 12
LIKE_THOUSANDS = 3
"""No price has this many digits, with which 1.234 could be read as a number of thousands."""
POINTS_DIGITS = 2
_EXACT = Context(prec=1100)  # more digits than any float has


@dataclass(frozen=True)
class Digits:
    """Digits after the decimal point: for the goods as many as the offer grid has, and at least
    two; for prices two, or as many as the fixed price needs.
    """

    goods: int
    price: int = PRICE_DIGITS
    points: int = POINTS_DIGITS


def digits(settings: SessionSettings) -> Digits:
    """The digits that all pages of a session show."""
    return Digits(goods=goods_digits(settings.grid), price=_price_digits(settings))


def goods_digits(grid: OfferGrid) -> int:
    return max(2, -int(grid.step.normalize().as_tuple().exponent))


def needs_no_rounding(value: float, places: int) -> bool:
    """Whether this many digits write the value exactly, up to floating-point error."""
    scaled = value * 10**places
    return bool(abs(scaled - round(scaled)) <= 1e-9 * max(1.0, abs(scaled)))


def fixed(value: float | None, places: int) -> str:
    """A number with a fixed number of digits after the decimal sign; a dash for None."""
    if value is None or math.isnan(value):
        return NO_NUMBER
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else MINUS + "\N{INFINITY}"
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)
    return _signed(rounded)


def change(value: float, places: int) -> str:
    """A number with its sign: what was added to a bundle, or taken from it."""
    text = fixed(value, places)
    is_nothing = all(sign == "0" for sign in text if sign.isdigit())
    return f"+{text}" if value > 0 and (not is_nothing or math.isinf(value)) else text


def percent(probability: float) -> str:
    """A probability in percent, with one digit after the decimal sign if it needs one."""
    rounded = (100 * Decimal(probability)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{localized(plain(rounded))}{NO_BREAK}%"


def amount(exact: Decimal | float) -> str:
    """An amount as people write it: every digit it has, no exponent and no trailing zeros."""
    return localized(plain(exact))


def text(name: str) -> str:
    """A name from an environment file, safe in HTML: oTree's templates escape nothing."""
    return html.escape(name)


def _price_digits(settings: SessionSettings) -> int:
    """How many digits of the fixed price a reader needs so that their product is correct to the
    last digit of the goods, for every offer. All prices of the session have as many.
    """
    price, error = settings.environment.fixed_price, Decimal("0.4").scaleb(-goods_digits(settings.grid)) / settings.grid.endowment_q
    possible = (places for places in range(PRICE_DIGITS, MOST_PRICE_DIGITS) if places != LIKE_THOUSANDS)
    return next((d for d in possible if needs_no_rounding(price, d) or Decimal("0.5").scaleb(-d) <= error), MOST_PRICE_DIGITS)


def _signed(rounded: Decimal) -> str:
    return f"{MINUS if rounded < 0 else ''}{localized(f'{rounded.copy_abs():f}')}"


def money_text(paid: Decimal, currency: str) -> str:
    """An amount of money in the currency of this code, ready to stand in a page."""
    return text(money(paid, currency))
