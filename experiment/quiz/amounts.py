"""The amounts that questions name: drawn on the offer grid, with few digits, and if possible such
that the answer needs no rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import TypeVar

from experiment.bounds import points_bounds
from experiment.config import SessionSettings
from experiment.language import localized
from experiment.offers import plain
from experiment.shown.numbers import digits, needs_no_rounding
from theory.mechanism import bundles_at_price, fixed_price_trade, market_trade

TRIES = 300
T = TypeVar("T")


@dataclass(frozen=True)
class FixedTrade:
    """An inactive participant offered ``given`` of good q and ends with ``ends_with`` of good r."""

    given: Decimal
    received: float
    ends_with: float


@dataclass(frozen=True)
class Totals:
    """All second offers of a market, the experimenter's offers, the sums, and the resulting price."""

    offered_q: Decimal
    offered_r: Decimal
    added_q: Decimal
    added_r: Decimal
    price: float

    @property
    def total_q(self) -> Decimal:
        return self.offered_q + self.added_q

    @property
    def total_r(self) -> Decimal:
        return self.offered_r + self.added_r


@dataclass(frozen=True)
class MarketTradeShown:
    """An active participant offered ``given`` of good r at a ``price`` of good q and ends with ``ends_with`` of good q."""

    given: Decimal
    price: Decimal
    received: float
    ends_with: float


def fixed_trade(settings: SessionSettings, draws: Iterator[float]) -> FixedTrade:
    """A trade at the fixed price, eq. (1)."""
    env, step = settings.environment, handy_step(settings.grid.step, settings.grid.endowment_q)

    def one() -> FixedTrade:
        given = _between(step, Decimal("0.1"), Decimal("0.6"), settings.grid.endowment_q, draws)
        bundle = fixed_price_trade(env, [[float(given), 0.0]]).bundles[0]
        return FixedTrade(given, float(bundle[1]) - env.endowment_r, float(bundle[1]))

    return _first(one, lambda trade: needs_no_rounding(trade.ends_with, digits(settings).goods))


def totals(settings: SessionSettings, draws: Iterator[float]) -> Totals:
    """The totals of a stage-2 market in which about half of the active offer each good, and its price, eq. (3)."""
    env, grid, active = settings.environment, settings.grid, settings.active
    offering_q = max(1, active // 2)
    offering_r = active - offering_q
    added = [active * Decimal(repr(each)) for each in (env.epsilon_q, env.epsilon_r)]

    def one() -> Totals:
        offered = [
            _between(handy_step(grid.step, people * endowment), Decimal("0.1"), Decimal("0.8"), people * endowment, draws)
            if people
            else Decimal(0)
            for people, endowment in ((offering_q, grid.endowment_q), (offering_r, grid.endowment_r))
        ]
        offers = [[float(offered[0] / offering_q), 0.0]] * offering_q + [[0.0, float(offered[1] / (offering_r or 1))]] * offering_r
        market = market_trade(env, offers)
        return Totals(offered[0], offered[1], added[0], added[1], market.price)

    return _first(one, _tells_who_understood)


def market_purchase(settings: SessionSettings, draws: Iterator[float]) -> MarketTradeShown:
    """A trade at a price of stage 2, eq. (2); the price is near the endowments' ratio and has two digits."""
    env, grid = settings.environment, settings.grid
    step = handy_step(grid.step, grid.endowment_r)

    def one() -> MarketTradeShown:
        price = _two_digits(Decimal(repr(env.fixed_price)) * (Decimal("0.6") + Decimal(next(draws))))
        given = _between(step, Decimal("0.1"), Decimal("0.5"), grid.endowment_r, draws)
        bundle = bundles_at_price([[0.0, float(given)]], float(price), env.endowment)[0]
        return MarketTradeShown(given, price, float(bundle[0]) - env.endowment_q, float(bundle[0]))

    return _first(one, lambda trade: needs_no_rounding(trade.ends_with, digits(settings).goods) and trade.price != 1)


def common_mistakes(drawn: Totals) -> tuple[float, ...]:
    """The price without the experimenter's offers, and the inverse of the price."""
    forgotten = (float(drawn.offered_r / drawn.offered_q),) if drawn.offered_q else ()
    return (*forgotten, 1 / drawn.price)


def handy_step(step: Decimal, amount: Decimal) -> Decimal:
    """The largest of 1, 2, 5, 10, 20, ... that is a multiple of the grid's step and at most a tenth
    of the amount.
    """
    largest = amount / 10
    power = largest.adjusted()
    candidates = [Decimal(digit).scaleb(k) for k in range(power, power - 6, -1) for digit in (5, 2, 1)]
    return next((each for each in candidates if each <= largest and each % step == 0), step)


def price_decimals(price: float) -> int:
    """Two decimals, or more if two significant digits need more."""
    return max(2, 1 - math.floor(math.log10(price)))


def largest_answer(settings: SessionSettings) -> float:
    """The largest number that a question of the session can have as its answer: all of a good in a market, or points."""
    env, bounds = settings.environment, points_bounds(settings.environment, settings.active)
    goods = [
        settings.market_size * (endowment + added)
        for endowment, added in ((env.endowment_q, env.epsilon_q), (env.endowment_r, env.epsilon_r))
    ]
    return max(each for each in (*goods, abs(bounds.least), abs(bounds.most)) if math.isfinite(each))


def written(amount: Decimal | float) -> str:
    """An amount as subjects read it: no trailing zeros."""
    return localized(plain(amount))


def pick(options: Sequence[T], draws: Iterator[float]) -> T:
    """One of the options, each with the same chance."""
    return options[int(next(draws) * len(options))]


def shuffled(options: Sequence[T], draws: Iterator[float]) -> tuple[T, ...]:
    """The options in an order drawn at random."""
    lots = [next(draws) for _ in options]
    return tuple(options[place] for place in sorted(range(len(options)), key=lots.__getitem__))


def _first(draw_one: Callable[[], T], is_good: Callable[[T], bool]) -> T:
    """The first good draw, or the last draw if a limited number of tries gives none."""
    for _ in range(TRIES):
        drawn = draw_one()
        if is_good(drawn):
            break
    return drawn


def _tells_who_understood(drawn: Totals) -> bool:
    """Whether the price needs no rounding, is not 1, and differs from the price without the
    experimenter's offers and from its inverse.
    """
    if not drawn.offered_q or not drawn.offered_r:
        return False
    decimals = price_decimals(drawn.price)
    unit = 10.0**-decimals
    return needs_no_rounding(drawn.price, decimals) and all(abs(drawn.price - each) > 2 * unit for each in common_mistakes(drawn))


def _between(step: Decimal, least: Decimal, most: Decimal, whole: Decimal, draws: Iterator[float]) -> Decimal:
    """A multiple of ``step`` drawn between two shares of a whole, at least one step."""
    first, last = (int((share * whole / step).to_integral_value(ROUND_FLOOR)) for share in (least, most))
    return step * max(1, first + int(next(draws) * (last - first + 1)))


def _two_digits(value: Decimal) -> Decimal:
    return round(value, 1 - value.adjusted())
