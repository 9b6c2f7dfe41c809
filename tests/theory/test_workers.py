"""Workers: results in order from processes and from a Ray cluster, one thread each, and a sentence where there are none."""

from __future__ import annotations

import builtins
import importlib.util
import os
import runpy
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from comparison.behaviour.parallel import PACKAGES
from tests.sizes import sized
from theory.cli import main
from theory.sweeps import workers
from theory.sweeps.workers import NoWorkers, check_cluster, folder_of, in_processes, on_cluster
from theory.threads import ONE_THREAD

PROJECT = Path(__file__).parents[2]
FILE = str(PROJECT / "environments" / "mixed_values.toml")
AGENTS = sized(small="4:12:3", full="4:40:10")
SWEEP = ["sweep", FILE, "--vary", f"mechanism.agents={AGENTS}", "--vary", "mechanism.inactive_share=1/6,0.25"]


@pytest.fixture(scope="module")
def guarded() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as changed:
        yield changed


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, guarded) -> Iterator[str]:
    """The address of a Ray cluster of two cores on this computer. Without Ray, a test is skipped; in CI it fails.

    Ray may listen on the network whatever address it is given, so it is configured to require a token.
    """
    if importlib.util.find_spec("ray") is None and not os.environ.get("CI"):
        pytest.skip("needs Ray: pip install -r requirements-optional.txt")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = ["--head", "--block", "--node-ip-address=127.0.0.1", f"--port={port}"]
    small = ["--num-cpus=2", "--object-store-memory=80000000", "--include-dashboard=false", "--disable-usage-stats"]
    log, folder = tmp_path_factory.mktemp("log") / "ray.log", tempfile.mkdtemp(prefix="ray")  # the path of a socket must be short
    guarded.setenv("RAY_AUTH_MODE", "token")
    guarded.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    with log.open("w") as file:
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", *place, *small, "--temp-dir", folder]
        run = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        until = time.monotonic() + 600
        while "Ray runtime started" not in log.read_text():
            assert run.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        run.terminate()  # ends all that it started
        run.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def square(number: int) -> int:
    return number * number


def ended(number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def seen(number: int) -> tuple[int, int, dict[str, str | None]]:
    return number, os.getpid(), {name: os.environ.get(name) for name in ONE_THREAD}


def modules_sent(number: int) -> list[str]:
    """The modules of the package in the folder where Ray unpacks what it is sent: on this computer the project itself comes first."""
    (sent,) = {folder for folder in map(Path, sys.path) if "runtime_resources" in folder.parts and (folder / "theory").is_dir()}
    return sorted(str(path.relative_to(sent)) for path in (sent / "theory").rglob("*.py"))


def survived(number: int) -> int:
    os.kill(os.getpid(), signal.SIGINT)
    return number


def numbers(count: int) -> Iterator[tuple[int]]:
    return ((number,) for number in range(count))


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_tasks(jobs):
    assert list(in_processes(jobs, square, numbers(50))) == [n * n for n in range(50)]
    assert list(in_processes(jobs, square, numbers(0))) == []


def test_processes_have_one_thread_each():
    found = list(in_processes(2, seen, numbers(20)))
    assert os.getpid() not in {process for _, process, _ in found}
    assert all(variables == ONE_THREAD for _, _, variables in found)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C reaches processes in another way on this system")
def test_processes_leave_ctrl_c_to_the_one_that_started_them():
    assert list(in_processes(2, survived, numbers(20))) == list(range(20))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_job_is_done_in_this_process():
    assert {process for _, process, _ in in_processes(1, seen, numbers(3))} == {os.getpid()}


def test_another_thread_than_the_main_one_can_have_workers():
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.extend(in_processes(2, square, numbers(4))))
    thread.start()
    thread.join()
    assert found == [0, 1, 4, 9]


@pytest.mark.filterwarnings("error")
def test_results_that_nobody_takes_are_given_up_without_a_word():
    for _ in range(sized(small=2, full=20)):
        found = in_processes(2, square, numbers(50))
        assert next(found) == 0
        found.close()


def test_other_errors_of_other_threads_are_still_reported(monkeypatch):
    reported = []
    monkeypatch.setattr(threading, "excepthook", reported.append)
    with workers._lost_tasks_ignored():
        for name, error in ((workers.JOBLIB_THREAD, KeyError(7)), (workers.JOBLIB_THREAD, OSError()), ("another", KeyError(7))):
            thread = threading.Thread(target=raise_, args=(error,), name=name)
            thread.start()
            thread.join()
    assert [(said.thread.name, said.exc_type) for said in reported] == [(workers.JOBLIB_THREAD, OSError), ("another", KeyError)]


def raise_(error):
    raise error


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed otherwise on this system")
def test_a_process_that_dies_is_a_sentence():
    with pytest.raises(NoWorkers, match=r"^A worker process ended unexpectedly, for want of memory perhaps\.$"):
        list(in_processes(2, ended, numbers(4)))


def test_the_program_itself_has_one_thread():
    code = (
        "import os, runpy, sys; sys.argv = ['theory', '--help']\ntry: runpy.run_module('theory', run_name='__main__')\nexcept SystemExit: "
    )
    code += f"print({{name: os.environ.get(name) for name in {list(ONE_THREAD)}}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert run.stdout.splitlines()[-1] == str(ONE_THREAD)


def test_an_interruption_before_a_command_has_begun_leaves_no_traceback(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr("theory.cli.main", interrupted)
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("theory", run_name="__main__")
    assert caught.value.code == 130


def test_a_cluster_writes_the_same_bytes_as_this_computer(cluster, capsys):
    assert main([*SWEEP, "--jobs", "1"]) == 0
    local = capsys.readouterr()
    assert main([*SWEEP, "--ray", cluster]) == 0
    assert capsys.readouterr() == local
    assert len(local.out.splitlines()) == sized(small=157, full=521)


def test_a_cluster_has_one_thread_for_each_worker_and_results_in_order(cluster):
    found = list(on_cluster(cluster, 2, seen, numbers(20)))
    assert [number for number, _, _ in found] == list(range(20))
    assert os.getpid() not in {process for _, process, _ in found}
    assert all(variables == ONE_THREAD for _, _, variables in found)


def test_a_worker_of_a_cluster_is_sent_the_whole_package(cluster):
    whole = sorted(str(path.relative_to(PROJECT)) for path in (PROJECT / "theory").rglob("*.py"))
    assert list(on_cluster(cluster, 2, modules_sent, numbers(2))) == [whole] * 2


@pytest.mark.parametrize("packages", [("theory",), PACKAGES], ids=["theory", "comparison"])
def test_what_a_cluster_is_sent_is_all_of_every_package_and_needs_nothing_beside_it(packages, tmp_path):
    for package in packages:
        shutil.copytree(folder_of(package), tmp_path / folder_of(package).name)
    code = "import importlib, pkgutil, sys\n"
    code += f"for package in map(importlib.import_module, {packages}):\n"
    code += "    for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
    code += "        if not module.name.endswith('__main__'): importlib.import_module(module.name)\n"
    code += f"print(*(module.__file__ for name, module in sys.modules.items() if name.partition('.')[0] in {packages}), sep='\\n')"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    only = {**os.environ, "PYTHONPATH": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=elsewhere, env=only)
    loaded = {Path(place).relative_to(tmp_path) for place in run.stdout.split()}
    there = {path.relative_to(PROJECT) for package in packages for path in (PROJECT / package).rglob("*.py")}
    assert {path for path in there if path.name != "__main__.py"} == loaded


def test_a_worker_of_a_cluster_that_dies_is_a_sentence(cluster):
    with pytest.raises(NoWorkers, match=f"^The Ray cluster at {cluster} does not go on: .*died.*") as caught:
        list(on_cluster(cluster, 2, ended, numbers(4)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_cluster_is_not_asked_for_what_it_has_not(cluster, jobs):
    with pytest.raises(NoWorkers, match=f"has 2 cores; the jobs there must be from 2 to 2, but not {jobs}"):
        list(on_cluster(cluster, jobs, square, numbers(4)))


def test_a_cluster_of_one_core_is_too_small():
    with pytest.raises(NoWorkers, match="has 1 core, and work is spread over at least 2"):
        workers._workers("there:1", 1, None)


def test_where_no_cluster_answers_there_is_a_sentence_before_long(monkeypatch):
    monkeypatch.setattr(workers, "SECONDS_TO_JOIN", 3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(NoWorkers, match=f"^No Ray cluster answers at {address} within 3 seconds\\.$"):
            check_cluster(address)


def test_a_cluster_that_cannot_be_joined_says_why(monkeypatch):
    monkeypatch.setattr(workers, "JOINING", "import sys; print('noise', file=sys.stderr); sys.exit('it is of another version')")
    with pytest.raises(NoWorkers, match=r"^The Ray cluster at there:1 cannot be used: it is of another version$"):
        check_cluster("there:1")


@pytest.mark.parametrize("address", ["", "auto", "ray://there:10001", "there", "there:", "there:123456", "-x y:1"])
def test_an_address_is_a_host_and_a_port(address):
    with pytest.raises(NoWorkers, match="The address of a Ray cluster is HOST:PORT"):
        check_cluster(address)


def test_without_ray_there_is_a_sentence_how_to_get_it(capsys, monkeypatch, tmp_path):
    imported = builtins.__import__

    def without_ray(name, *rest, **named):
        if name.partition(".")[0] == "ray":
            raise ModuleNotFoundError("No module named 'ray'", name="ray")
        return imported(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without_ray)
    assert main([*SWEEP, "--ray", "127.0.0.1:6379", "--out", str(tmp_path / "out.csv")]) == 2
    assert capsys.readouterr().err == "--ray needs the package ray, which is not installed: pip install -r requirements-optional.txt.\n"
    assert not list(tmp_path.iterdir())
