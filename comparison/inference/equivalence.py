"""Equivalence: data agree with a prediction if they rule out every deviation beyond a stated
margin, on both sides.

A difference that is not significant is no support for agreement. Two one-sided tests (TOST) are:
one that the mean lies above the lower margin, and one that it lies below the upper margin. The
larger of the two p-values is that of the claim that the mean lies between them.

A mean over unlike situations can lie near the prediction because errors of opposite sign cancel.
``equivalence_everywhere`` claims agreement only if each part of the data shows it: the largest
p-value of the parts is that of this claim, whatever their number (an intersection-union test;
Berger 1982, Technometrics 24).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isnan

import numpy.typing as npt
from statsmodels.stats.weightstats import DescrStatsW

from comparison.inference.inversion import NO_INTERVAL, unbounded_note
from comparison.inference.one_sample import flip_interval, flip_p_value, least_flip_p, present
from comparison.inference.result import LEVEL, SEED, TestResult, joined, too_few, untested


def equivalence_test(
    name: str, values: npt.ArrayLike, margin: float, null: float = 0.0, exact: bool = True, level: float = LEVEL, seed: int = SEED
) -> TestResult:
    """Whether the mean over units, (G,), lies within ``margin`` of ``null``; a small p-value says
    it does.

    Both one-sided tests are sign-flip tests, or Student's t from statsmodels if not ``exact``.
    ``low`` and ``high`` are the interval at 1 - 2 (1 - ``level``), 90 % by default, which lies
    within the margins if the claim is made at ``level``. Raises ValueError if the margin is not
    positive.
    """
    if not margin > 0:
        raise ValueError(f"The margin is {margin}; it must be a number above zero.")
    values = present(values)
    method = f"two one-sided {'sign-flip' if exact else 't'} tests within ±{margin:g} of {null:g}"
    if len(values) < 2:
        return untested(name, len(values), method, too_few(len(values)), float(values.mean()) if len(values) else float("nan"))
    wider = 2 * level - 1
    if exact:
        above, below = flip_p_value(values - null + margin, "greater", seed), flip_p_value(values - null - margin, "less", seed)
        ends = flip_interval(values, wider, seed)
    else:
        described = DescrStatsW(values)
        _, (_, above, _), (_, below, _) = described.ttost_mean(null - margin, null + margin)
        ends = described.tconfint_mean(1 - wider)
    least = least_flip_p(len(values)) if exact else 0.0
    return TestResult(
        name=name,
        estimate=float(values.mean()),
        low=float(ends[0]),
        high=float(ends[1]),
        p_value=float(max(above, below)),
        least_p=least,
        units=len(values),
        method=method,
        note=joined(
            f"p = {above:.3g} at {null - margin:g}, p = {below:.3g} at {null + margin:g}; the interval is one of {wider:.0%}.",
            unbounded_note(ends, level),
        ),
    )


def equivalence_everywhere(
    name: str, parts: Iterable[tuple[str, npt.ArrayLike]], margin: float, level: float = LEVEL, seed: int = SEED
) -> TestResult:
    """Whether the mean over units lies within ``margin`` of zero in every part; ``parts`` are pairs
    of a name and the units' numbers.

    The estimate is that of the part that lies farthest from zero, the interval runs from the least
    to the greatest end of the parts' intervals, and ``units`` is their number in the part that has
    the fewest. If a part has fewer than two units, nothing is tested.
    """
    found = [equivalence_test(part, values, margin, level=level, seed=seed) for part, values in parts]
    method = f"two one-sided sign-flip tests within ±{margin:g} of 0 in every part, of which the largest p counts"
    if not found:
        return untested(name, 0, method, too_few(0))
    fewest = min(found, key=lambda part: part.units)
    if fewest.units < 2:
        return untested(name, fewest.units, method, f"{fewest.name}: {too_few(fewest.units)}")
    farthest = max(found, key=lambda part: abs(part.estimate))
    lows, highs = [part.low for part in found], [part.high for part in found]
    ends = NO_INTERVAL if any(map(isnan, lows + highs)) else (min(lows), max(highs))
    said = "; ".join(f"{part.name}: mean {part.estimate:+.3f}, p = {part.p_value:.3g}, {part.units} units" for part in found)
    return TestResult(
        name=name,
        estimate=farthest.estimate,
        low=ends[0],
        high=ends[1],
        p_value=max(part.p_value for part in found),
        least_p=max(part.least_p for part in found),
        units=fewest.units,
        method=method,
        note=joined(f"{said}.", unbounded_note(ends, level)),
    )
