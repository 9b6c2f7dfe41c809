"""Stage-1 incentives: the enumeration of ``theory`` beside the naive one, and time per type
configuration as markets grow.

The naive enumeration is the scalar one that the tests compare the theory with. Both run at M = 10;
at the sizes that matter only ours runs. Growth is shown as time per type configuration relative to
the smallest in the table, with the peak memory.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np

from tests.economies import make_environment, with_active
from tests.theory.slow_incentives import slow_incentives
from theory.economy.environment import Environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, FAMILIES
from theory.equilibrium.separating import defection
from theory.equilibrium.stage2 import solve_stage2
from theory.stage1_incentives.slack import incentives
from theory.stage1_incentives.threshold import threshold

BOTH_RUN_AT = 10
BATCH = 10_000
SIZES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)


def table() -> str:
    """The benchmark's report."""
    return "\n".join([*_speed(), "", *_growth()])


def two_types(family: str) -> Environment:
    return make_environment(
        [[0.25, 0.5], [0.45, 0.8]],
        [[0.65, 0.35], [0.2, 0.8]],
        family,
        curvature={COBB_DOUGLAS: 0.6, CES: 0.5, CRRA: 1.8}.get(family),
        rho=0.4,
    )


def three_types(family: str) -> Environment:
    return make_environment(
        [[0.2, 0.45], [0.55, 0.7], [0.35, 0.85]],
        [[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]],
        family,
        curvature={COBB_DOUGLAS: 0.7, CES: 0.6, CRRA: 2.5}.get(family),
        rho=0.3,
    )


def _speed() -> list[str]:
    lines = [
        "stage-1 incentives, seconds; naive: scalar enumeration at M = 10, times as long as ours there",
        f"{'family':18}{'k=2 N=100,000':>15}{'k=3 N=400':>12}{'threshold to 1,000':>20}{'naive k=2':>12}",
    ]
    for family in FAMILIES:
        two, three, small = two_types(family), three_types(family), with_active(two_types(family), BOTH_RUN_AT)
        ours = min(_seconds(partial(incentives, small)) for _ in range(5))
        naive = _seconds(partial(slow_incentives, small, small.inactive_probability))
        large = _seconds(partial(incentives, two.with_agents(100_000)))
        wide = _seconds(partial(incentives, three.with_agents(400)))
        many = _seconds(partial(threshold, two, 1_000))
        lines.append(f"{family:18}{large:15.2f}{wide:12.2f}{many:20.2f}{naive / ours:11.0f}x")
    return lines


def _growth() -> list[str]:
    rows = []
    for active in SIZES:
        env = with_active(two_types(CES), active)
        tracemalloc.start()
        count = incentives(env).configurations
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        rows.append((active, count, min(_seconds(partial(_one_batch, env)) for _ in range(5)) / BATCH, peak))
    least = min(taken for _, _, taken, _ in rows)
    lines = [
        f"growth (ces, two types): stage 2 and the defector's reply for batches of {BATCH:,} likely type configurations",
        f"{'M':>12}{'time each, over the least':>28}{'summed over by incentives':>28}{'peak memory, MB':>18}",
    ]
    return [*lines, *(f"{active:12,}{taken / least:27.2f}x{count:28,}{peak / 1e6:18.1f}" for active, count, taken, peak in rows)]


def _one_batch(env: Environment) -> None:
    mean = env.likelihood[0, 0] * env.active
    first = np.clip(np.rint(mean + np.sqrt(mean) * np.linspace(-3, 3, BATCH)), 1, env.active - 1).astype(int)
    counts = np.stack([first, env.active - first], axis=1)
    beta = solve_stage2(env, counts).offers
    defection(env, 1, counts - [1, 0], beta, np.full(BATCH, env.active))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
