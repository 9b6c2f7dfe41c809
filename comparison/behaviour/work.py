"""Tasks spread over processes of this computer or over a Ray cluster, through joblib, with a progress bar and the results in order."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import joblib
from tqdm import tqdm

Result = TypeVar("Result")


class NoCluster(RuntimeError):
    """A Ray cluster that is not there. The message is one sentence."""


def spread(
    work: Callable[..., Result], tasks: Sequence[tuple[object, ...]], jobs: int, what: str, ray: str | None = None
) -> Iterator[Result]:
    """``work`` of each task, in their order, by ``jobs`` processes or on the cluster at the address ``ray``. Raises NoCluster."""
    if ray is not None:
        _join(ray)
    backend = "loky" if ray is None else "ray"
    bar = tqdm(total=len(tasks), desc=what, unit=" tasks", file=sys.stderr, disable=None, leave=False)
    with bar, joblib.parallel_config(backend):
        # Ray's backend hands results over all at once
        gathered = joblib.Parallel(n_jobs=jobs, return_as="list" if ray else "generator")(joblib.delayed(work)(*task) for task in tasks)
        for result in gathered:
            yield result
            bar.update()


def _join(address: str) -> None:
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError:
        raise NoCluster("--ray needs the package ray, which is not installed: pip install -r requirements-optional.txt.") from None
    rooms = Path(__file__).resolve().parents[2]
    try:
        modules = [str(rooms / name) for name in ("theory", "experiment", "comparison")]
        ray.init(address, runtime_env={"py_modules": modules}, log_to_driver=False, ignore_reinit_error=True)
    except Exception as error:
        raise NoCluster(f"The Ray cluster at {address} cannot be used: {' '.join(str(error).split())[:200]}") from None
    register_ray()
