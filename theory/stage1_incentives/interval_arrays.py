"""Interval arithmetic on arrays: from ranges of numbers, a range that holds every value of an expression of them.

The numerical proof of ``theory.stage1_incentives.sensitivity`` rests on it. Ends are rounded outwards: by one unit in the last place after
+, -, * and /, which IEEE arithmetic rounds correctly, and by ``UNITS`` after exp and log, where NumPy may be off by more than
half a unit. An infinite end means that there is no bound; the numbers themselves are finite, so that 0 times them is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray

UNITS = 8
"""Units in the last place by which exp and log are rounded outwards; NumPy states an error of at most 4."""


@dataclass(frozen=True, eq=False)
class Range:
    """All numbers from ``low`` to ``high``, element by element. If low exceeds high the range is empty and results are void."""

    low: FloatArray
    high: FloatArray

    __array_ufunc__ = None
    """Makes NumPy leave array + range to the range."""

    @classmethod
    def of(cls, value: Range | npt.ArrayLike) -> Range:
        """A number as a range; a range unchanged."""
        if isinstance(value, Range):
            return value
        exact = np.asarray(value, float)
        return cls(exact, exact)

    @classmethod
    def up_to(cls, high: npt.ArrayLike) -> Range:
        """From 0 to a number."""
        high = np.asarray(high, float)
        return cls(np.zeros_like(high), high)

    @classmethod
    def within(cls, size: npt.ArrayLike) -> Range:
        """All numbers of at most this size."""
        size = np.asarray(size, float)
        return cls(-size, size)

    def __add__(self, other: Range | npt.ArrayLike) -> Range:
        other = Range.of(other)
        with np.errstate(over="ignore"):
            return _outwards(self.low + other.low, self.high + other.high, (self.low >= 0) & (other.low >= 0))

    def __neg__(self) -> Range:
        return Range(-self.high, -self.low)

    def __sub__(self, other: Range | npt.ArrayLike) -> Range:
        return self + -Range.of(other)

    def __rsub__(self, other: npt.ArrayLike) -> Range:
        return Range.of(other) + -self

    def __mul__(self, other: Range | npt.ArrayLike) -> Range:
        other = Range.of(other)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        ends = [np.where(np.isnan(end), 0.0, end) for end in ends]
        return _outwards(np.minimum.reduce(ends), np.maximum.reduce(ends), (self.low >= 0) & (other.low >= 0))

    def __truediv__(self, other: Range | npt.ArrayLike) -> Range:
        return self * Range.of(other).inverse()

    def __rtruediv__(self, other: npt.ArrayLike) -> Range:
        return Range.of(other) * self.inverse()

    __radd__, __rmul__ = __add__, __mul__

    def inverse(self) -> Range:
        """1/x for ranges without negative numbers; no bound above where 0 is among them."""
        if not (self.low >= 0).all():
            raise ValueError(f"the range of a divisor goes down to {self.low.min():g}; it must not hold negative numbers.")
        with np.errstate(divide="ignore", over="ignore"):
            return _outwards(1 / self.high, 1 / self.low, True)

    def exp(self) -> Range:
        with np.errstate(over="ignore", under="ignore"):
            return _outwards(np.exp(self.low), np.exp(self.high), True, UNITS)

    def log(self) -> Range:
        """ln x for ranges of positive numbers; a low end of 0 gives no bound below."""
        with np.errstate(divide="ignore"):
            return _outwards(np.log(self.low), np.log(self.high), False, UNITS)

    def positive(self) -> Range:
        """max(x, 0)."""
        return Range(np.maximum(self.low, 0.0), np.maximum(self.high, 0.0))

    def meet(self, other: Range) -> Range:
        """The numbers that lie in both ranges."""
        return Range(np.maximum(self.low, other.low), np.minimum(self.high, other.high))

    def sum(self, axis: int) -> Range:
        """The sum over an axis, which stays, with length 1."""
        terms = (self[(slice(None),) * axis + (slice(i, i + 1),)] for i in range(self.low.shape[axis]))
        return reduce(add, terms)

    def __getitem__(self, index: Any) -> Range:
        return Range(self.low[index], self.high[index])


def _outwards(low: FloatArray, high: FloatArray, nonnegative: npt.ArrayLike, units: int = 1) -> Range:
    with np.errstate(over="ignore", under="ignore"):
        for _ in range(units):
            low, high = np.nextafter(low, -np.inf), np.nextafter(high, np.inf)
    return Range(np.maximum(low, np.where(nonnegative, 0.0, -np.inf)), high)
