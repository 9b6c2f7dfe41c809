"""Tasks spread over processes of this computer or over a Ray cluster, with a progress bar if
somebody can see it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

from theory.sweeps.workers import check_cluster, cores, in_processes, on_cluster

Result = TypeVar("Result")

PACKAGES = ("theory", "experiment", "comparison")
"""The code that a cluster's workers are sent."""


def spread(
    work: Callable[..., Result], tasks: Sequence[tuple[object, ...]], jobs: int | None, what: str, ray: str | None = None
) -> Iterator[Result]:
    """``work`` of each task, in their order, by ``jobs`` processes (default: one per core) or on
    the cluster at the address ``ray``.

    Raises NoWorkers.
    """
    if ray is None:
        found = in_processes(max(1, min(jobs or cores(), len(tasks))), work, tasks)
    else:
        check_cluster(ray)
        found = on_cluster(ray, jobs, work, tasks, PACKAGES)
    with tqdm(total=len(tasks), desc=what, unit=" tasks", file=sys.stderr, disable=None, leave=False) as bar:
        for result in found:
            yield result
            bar.update()
