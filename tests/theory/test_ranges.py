"""Ranges of numbers hold every value, also the last digit's rounding: compared with exact fractions and fifty decimal digits."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.stage1_incentives.interval_arrays import Range

NUMBERS = st.floats(-1e150, 1e150)
POSITIVE = st.floats(1e-150, 1e150)


def point(value: float) -> Range:
    return Range.of(np.array([value]))


def holds(found: Range, exact: Fraction | Decimal) -> bool:
    low, high = float(found.low[0]), float(found.high[0])
    convert = type(exact)
    return (low == -math.inf or convert(low) <= exact) and (high == math.inf or exact <= convert(high))


@given(NUMBERS, NUMBERS)
def test_sums_differences_and_products_are_enclosed(a, b):
    assert holds(point(a) + point(b), Fraction(a) + Fraction(b))
    assert holds(point(a) - point(b), Fraction(a) - Fraction(b))
    assert holds(a - point(b), Fraction(a) - Fraction(b))
    assert holds(point(a) * point(b), Fraction(a) * Fraction(b))


@given(NUMBERS, POSITIVE)
def test_quotients_are_enclosed(a, b):
    assert holds(point(a) / point(b), Fraction(a) / Fraction(b))
    assert holds(a / point(b), Fraction(a) / Fraction(b))


@given(st.floats(-700, 700), POSITIVE)
def test_exponentials_and_logarithms_are_enclosed(a, b):
    with localcontext() as context:
        context.prec = 50
        assert holds(point(a).exp(), Decimal(a).exp())
        assert holds(point(b).log(), Decimal(b).ln())


def test_enclosures_are_tight():
    value = np.array([1 / 3, 7.1])
    for found, exact in (
        (Range.of(value) * value, value * value),
        (1 / Range.of(value), 1 / value),
        (Range.of(value).exp(), np.exp(value)),
        (Range.of(value).log(), np.log(value)),
    ):
        assert (found.high - found.low <= 40 * np.spacing(np.abs(exact))).all()


@given(*[st.tuples(st.floats(-50, 50), st.floats(0, 20), st.floats(0, 1))] * 2)
def test_ranges_hold_what_comes_of_any_numbers_in_them(first, second):
    (a, width_a, at_a), (b, width_b, at_b) = first, second
    left, right = Range(np.array([a]), np.array([a + width_a])), Range(np.array([b]), np.array([b + width_b]))
    x, y = min(a + at_a * width_a, a + width_a), min(b + at_b * width_b, b + width_b)
    assert holds(left + right, Fraction(x) + Fraction(y))
    assert holds(left - right, Fraction(x) - Fraction(y))
    assert holds(left * right, Fraction(x) * Fraction(y))
    assert holds(left.positive(), Fraction(max(x, 0.0)))
    if b > 0:
        assert holds(left / right, Fraction(x) / Fraction(y))


def test_products_of_tiny_numbers_do_not_vanish():
    tiny = point(1e-200)
    assert (tiny * tiny).high[0] > 0
    assert (tiny * -tiny).low[0] < 0
    assert (tiny * tiny).low[0] >= 0


def test_without_a_bound_there_is_none_in_the_result():
    unbounded = Range(np.array([1.0]), np.array([np.inf]))
    assert (unbounded * 2 - 5).high[0] == np.inf
    assert holds(1 / unbounded, Fraction(0))
    assert holds(unbounded * 0, Fraction(0))
    assert (1 / Range.up_to(np.array([2.0]))).high[0] == np.inf
    assert Range.up_to(np.array([2.0])).log().low[0] == -np.inf


def test_what_overflows_has_no_bound():
    assert (point(1e300) * 1e300).high[0] == np.inf
    assert np.isfinite((point(1e300) * 1e300).low[0])
    assert point(1000.0).exp().high[0] == np.inf


def test_a_divisor_must_not_be_negative():
    with pytest.raises(ValueError, match="goes down to -1; it must not hold negative numbers"):
        1 / Range.within(np.array([1.0]))


def test_sums_over_an_axis_and_common_numbers():
    numbers = np.arange(6.0).reshape(2, 3)
    total = Range.of(numbers).sum(1)
    assert total.low.shape == (2, 1)
    assert (total.low <= numbers.sum(axis=1, keepdims=True)).all()
    assert (total.high >= numbers.sum(axis=1, keepdims=True)).all()
    common = Range.of(numbers).meet(Range.within(np.array(3.0)))
    assert (common.low <= common.high).tolist() == [[True, True, True], [True, False, False]]
