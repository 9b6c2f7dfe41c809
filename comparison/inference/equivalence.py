"""Equivalence: data agree with a prediction where they rule out every deviation beyond a stated margin, on both sides.

That a difference is not significant supports nothing. Two one-sided tests (TOST) do: that the mean lies above the lower margin, and
that it lies below the upper one; the larger of the two p-values is that of the claim that it lies between them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from statsmodels.stats.weightstats import DescrStatsW

from comparison.inference.inversion import UNBOUNDED
from comparison.inference.one_sample import flip_interval, flip_p_value, least_flip_p, present
from comparison.inference.result import LEVEL, SEED, TestResult, joined, too_few, untested


def equivalence_test(
    name: str, values: npt.ArrayLike, margin: float, null: float = 0.0, exact: bool = True, level: float = LEVEL, seed: int = SEED
) -> TestResult:
    """Whether the mean over units, (G,), lies within ``margin`` of ``null``; a small p-value says it does.

    Both one-sided tests are sign-flip tests, or Student's t through statsmodels where not ``exact``. ``low`` and ``high`` are the
    interval at 1 - 2 (1 - ``level``), 90 % by default, which lies within the margins where the claim is made at ``level``. Raises
    ValueError where the margin is not positive.
    """
    if not margin > 0:
        raise ValueError(f"The margin is {margin}; a number above zero is wanted.")
    values = present(values)
    method = f"two one-sided {'sign-flip' if exact else 't'} tests within ±{margin:g} of {null:g}"
    if len(values) < 2:
        return untested(name, len(values), method, too_few(len(values)), float(values.mean()) if len(values) else float("nan"))
    wider = 2 * level - 1
    if exact:
        above, below = flip_p_value(values - null + margin, "greater", seed), flip_p_value(values - null - margin, "less", seed)
        low, high = flip_interval(values, wider, seed)
    else:
        described = DescrStatsW(values)
        _, (_, above, _), (_, below, _) = described.ttost_mean(null - margin, null + margin)
        low, high = described.tconfint_mean(1 - wider)
    least = least_flip_p(len(values)) if exact else 0.0
    return TestResult(
        name=name,
        estimate=float(values.mean()),
        low=float(low),
        high=float(high),
        p_value=float(max(above, below)),
        least_p=least,
        units=len(values),
        method=method,
        note=joined(
            f"p = {above:.3g} at {null - margin:g}, p = {below:.3g} at {null + margin:g}; the interval is one of {wider:.0%}.",
            UNBOUNDED if np.isnan(low) else "",
        ),
    )
