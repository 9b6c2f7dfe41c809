"""The announcement as a picture and a table: one bar per offered value on an axis that is the same
in every round.

The axis runs from an offer of all of good q over no offer to an offer of all of good r. All
positions are percentages of the drawing, so that it fits any screen while its text keeps its size.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from experiment.config import SessionSettings
from experiment.language import language
from experiment.offers import GOOD_Q, GOOD_R, NOTHING, Offer, OfferGrid
from experiment.rounds import Announcement
from experiment.shown.numbers import amount, fixed, goods_digits
from theory.mechanism import net_offers

WIDEST_BAR = 2.4  # percent of the axis
SHARE_OF_GAP = 0.85  # of the distance between two offered values, so that no two bars touch
MOST_TICKS_PER_SIDE = 5


@dataclass(frozen=True)
class HistogramBar:
    """A bar: its position (``left``, ``middle``, ``width``) and height in percent, what it counts,
    and whether it includes the reader's own offer.
    """

    good: str
    amount: str
    count: int
    own: bool
    left: str
    middle: str
    width: str
    height: str
    top: str
    anchor: str


@dataclass(frozen=True)
class Tick:
    label: str
    place: str


@dataclass(frozen=True)
class Chart:
    """The histogram as drawn; ``missing`` counts the active agents who made no offer."""

    bars: tuple[HistogramBar, ...]
    offers: tuple[Tick, ...]
    counts: tuple[Tick, ...]
    zero: str
    missing: int


def chart(settings: SessionSettings, announcement: Announcement, own: Offer | None) -> Chart:
    """Draw an announcement; ``own`` is the reader's stage-1 offer if it is among the announced ones, else None."""
    drawn = _drawn(settings.grid, announcement, language().code)
    places = [(bar.offer_q, bar.offer_r) for bar in announcement.bars]
    if own is None or (own.q, own.r) not in places:
        return drawn
    place = places.index((own.q, own.r))
    bars = list(drawn.bars)
    bars[place] = replace(bars[place], own=True)
    return replace(drawn, bars=tuple(bars))


@lru_cache(maxsize=64)
def _drawn(grid: OfferGrid, announcement: Announcement, language_code: str) -> Chart:
    """The chart for a reader who made none of the offers, which is the same for a whole market."""
    axis = _Axis(float(grid.endowment_q), float(grid.endowment_r))
    highest = max([bar.count for bar in announcement.bars], default=0)
    step = next(size for size in _round_steps() if highest / size <= 5)
    top = max(-(-highest // step) * step, 3 * step)
    signed = [float(net_offers((bar.offer_q, bar.offer_r))) for bar in announcement.bars]
    width = _bar_width(axis, signed, float(grid.step))
    bars = []
    for bar, value in zip(announcement.bars, signed, strict=True):
        height, middle = 100 * bar.count / top, axis.place(value)
        bars.append(
            HistogramBar(
                good=GOOD_Q if bar.offer_q > 0 else GOOD_R if bar.offer_r > 0 else NOTHING,
                amount=fixed(abs(value), goods_digits(grid)),
                count=bar.count,
                own=False,
                left=_number(middle - width / 2),
                middle=_number(middle),
                width=_number(width),
                height=_number(height),
                top=_number(100 - height),
                anchor="start" if middle < 6 else "end" if middle > 94 else "middle",
            )
        )
    return Chart(
        bars=tuple(bars),
        offers=axis.ticks(),
        counts=tuple(Tick(str(n), _number(100 - 100 * n / top)) for n in range(0, top + 1, step)),
        zero=_number(axis.place(0.0)),
        missing=announcement.without_offer,
    )


@dataclass(frozen=True)
class _Axis:
    """Signed offers from ``-left`` (all of good q) to ``right`` (all of good r)."""

    left: float
    right: float

    def place(self, signed: float) -> float:
        """The position of a signed offer, in percent of the axis."""
        return 100 * (signed + self.left) / (self.left + self.right)

    def ticks(self) -> tuple[Tick, ...]:
        longer = Decimal(repr(max(self.left, self.right)))
        step = next(size for size in _decimal_steps(longer) if longer / size <= MOST_TICKS_PER_SIDE)
        places = [-step * n for n in range(int(Decimal(repr(self.left)) / step), 0, -1)]
        places += [step * n for n in range(int(Decimal(repr(self.right)) / step) + 1)]
        return tuple(Tick(amount(abs(place)), _number(self.place(float(place)))) for place in places)


def _bar_width(axis: _Axis, signed: list[float], grid_step: float) -> float:
    gaps = [right - left for left, right in itertools.pairwise(signed)]
    narrowest = min([gap for gap in gaps if gap > grid_step / 2], default=axis.left + axis.right)
    return min(WIDEST_BAR, SHARE_OF_GAP * (axis.place(narrowest) - axis.place(0.0)))


def _round_steps() -> list[int]:
    return [digit * 10**power for power in range(6) for digit in (1, 2, 5)]


def _decimal_steps(longest: Decimal) -> list[Decimal]:
    power = longest.adjusted() - 1
    return [Decimal(digit).scaleb(power + extra) for extra in range(3) for digit in (1, 2, 5)]


def _number(percentage: float) -> str:
    return f"{percentage:.3f}"
