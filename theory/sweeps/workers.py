"""Work spread over processes of this computer or over a Ray cluster, through joblib, with the results in the order of the work.
Where joblib is not installed, the work is done in this process.

Workers use one thread each for linear algebra: more would compete with one another, and the number of threads changes how sums are
split, and so how they are rounded.
"""

from __future__ import annotations

import logging
import re
import reprlib
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TypeVar

from theory.interrupts import ignore_interrupts, interrupts_wait
from theory.threads import ONE_THREAD

Result = TypeVar("Result")

ADDRESS = r"[\w.-]{1,253}:[0-9]{1,5}"
JOINING = (
    "import sys, ray\ntry: ray.init(sys.argv[1], log_to_driver=False)\nexcept Exception as error: sys.exit(' '.join(str(error).split()))"
)
SECONDS_TO_JOIN = 30
SECONDS_IDLE = 30
"""A process ends by itself after this long without work, also when the process that started it was killed."""

OPTIONS = {"inner_max_num_threads": 1, "idle_worker_timeout": SECONDS_IDLE, "initializer": ignore_interrupts}

JOBLIB_THREAD = "ExecutorManagerThread"

SECONDS_AHEAD = 5
"""A cluster receives more and more tasks at a time until a batch takes this long: results arrive when the whole batch is done."""


class NoWorkers(RuntimeError):
    """Workers that are missing or have stopped. The message is one sentence."""


def cores() -> int:
    """How many processes this computer runs at a time; one where joblib, which starts them, is not installed."""
    try:
        import joblib
    except ImportError:
        return 1
    return int(joblib.cpu_count())


def in_processes(jobs: int, work: Callable[..., Result], tasks: Iterable[tuple[object, ...]]) -> Iterator[Result]:
    """``work`` of each of the ``tasks``, in their order, from ``jobs`` processes; a single job runs in this process. Raises NoWorkers."""
    if jobs <= 1:
        yield from (work(*task) for task in tasks)
        return
    try:
        import joblib
    except ImportError:
        raise NoWorkers(f"{jobs} jobs at a time need the package joblib, which is not installed; one job does not.") from None
    found: Generator[Result] | None = None
    try:
        with joblib.parallel_config("loky", **OPTIONS), interrupts_wait():
            found = joblib.Parallel(n_jobs=jobs, return_as="generator")(joblib.delayed(work)(*task) for task in tasks)
        for result in found:  # noqa: UP028 - "yield from" would close it before the warning is switched off
            yield result
    except BrokenExecutor:
        raise NoWorkers("A worker process ended unexpectedly, for want of memory perhaps.") from None
    finally:
        if found is not None:
            with warnings.catch_warnings(), _lost_tasks_ignored():
                warnings.simplefilter("ignore", UserWarning)  # joblib would advise handing over fewer tasks
                found.close()


@contextmanager
def _lost_tasks_ignored() -> Iterator[None]:
    """While joblib kills its processes, its thread may look for a task that it has just given up; nobody reads that KeyError.

    Seen in joblib 1.6.0. Killing waits for the thread, so the thread ends before this block does.
    """
    reports = threading.excepthook

    def report(error: threading.ExceptHookArgs) -> None:
        lost = error.exc_type is KeyError and error.thread is not None and error.thread.name == JOBLIB_THREAD
        if not lost:
            reports(error)

    threading.excepthook = report
    try:
        yield
    finally:
        threading.excepthook = reports


def on_cluster(
    address: str,
    jobs: int | None,
    work: Callable[..., Result],
    tasks: Iterable[tuple[object, ...]],
    packages: Sequence[str] = ("theory",),
) -> Iterator[Result]:
    """``work`` of each of the ``tasks``, in their order, on the Ray cluster at ``address``; by default on all its cores. Raises NoWorkers.

    The workers are sent the whole ``packages``, as this process imports them; Python, NumPy, SciPy, joblib and whatever else the work
    needs must be installed there.
    """
    import joblib
    import ray
    from ray.util.joblib import register_ray

    sent = {"py_modules": [str(folder_of(package)) for package in packages], "env_vars": ONE_THREAD}
    try:
        ray.init(address, runtime_env=sent, logging_level=logging.ERROR, log_to_driver=False)
        register_ray()
        workers = _workers(address, int(ray.cluster_resources().get("CPU", 0)), jobs)
        left, size = iter(tasks), workers
        with joblib.parallel_config("ray"), joblib.Parallel(n_jobs=workers) as parallel:
            while block := [joblib.delayed(work)(*task) for task in islice(left, size)]:
                began = time.monotonic()
                found = parallel(block)
                size *= 2 if time.monotonic() - began < SECONDS_AHEAD else 1
                yield from found
    except (ray.exceptions.RayError, ConnectionError) as error:
        said = str(error).strip().partition("\n")[0]
        raise NoWorkers(f"The Ray cluster at {address} does not go on: {said}") from None
    finally:
        ray.shutdown()


def folder_of(package: str) -> Path:
    """The folder of a package, wherever this process imports it from."""
    (folder,) = import_module(package).__path__
    return Path(folder).resolve()


def check_cluster(address: str) -> None:
    """Raises NoWorkers if Ray is not installed or no cluster answers. Ray may wait minutes and end its process, so another one tries."""
    if not re.fullmatch(ADDRESS, address):
        raise NoWorkers(f"The address of a Ray cluster is HOST:PORT, as in 127.0.0.1:6379, but not {reprlib.repr(address)}.")
    try:
        import joblib  # noqa: F401
        import ray  # noqa: F401
    except ImportError as error:
        missing = (error.name or "ray").partition(".")[0]
        sentence = f"--ray needs the package {missing}, which is not installed: pip install -r requirements-optional.txt."
        raise NoWorkers(sentence) from None
    command = [sys.executable, "-c", JOINING, address]
    try:
        subprocess.run(command, timeout=SECONDS_TO_JOIN, check=True, capture_output=True, text=True)
    except subprocess.TimeoutExpired:
        raise NoWorkers(f"No Ray cluster answers at {address} within {SECONDS_TO_JOIN} seconds.") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().rpartition("\n")[2]
        raise NoWorkers(f"The Ray cluster at {address} cannot be used: {said}") from None


def _workers(address: str, there: int, wanted: int | None) -> int:
    if there < 2:
        raise NoWorkers(f"The Ray cluster at {address} has {there} core, and work is spread over at least 2.")
    if wanted is not None and not 2 <= wanted <= there:
        raise NoWorkers(f"The Ray cluster at {address} has {there} cores; the jobs there must be from 2 to {there}, but not {wanted}.")
    return there if wanted is None else wanted
