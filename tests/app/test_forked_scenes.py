"""The fork server of the scenes: no scene sees another's changes, and none fails or hangs unnoticed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from tests.app import forked_scenes
from tests.app.forked_scenes import ForkServer, SceneFailed
from tests.app.played import FORKS, PROJECT, play, play_once

pytestmark = pytest.mark.skipif(not FORKS, reason="this system has no os.fork; scenes are played in processes of their own")

BOOT = "kept = []\nprint('booted', flush=True)"
SCRIPT = """
import os, random, signal, subprocess, sys, time
from boot import kept

def number(value):
    print("a line of the log")
    return value

async def later(value):
    return value

def changes(value):
    kept.append(value)
    os.environ["CHANGED"] = value
    return [kept, random.random()]

def seen():
    return [kept, os.environ.get("CHANGED"), sys.stdin.read()]

def fails():
    raise ValueError("a reason")

def dies():
    print("last words", flush=True)
    os._exit(3)

def says_no_json():
    return {1, 2}

def is_killed():
    os.kill(os.getpid(), signal.SIGKILL)

def hangs(where):
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    with open(where + ".part", "w") as file:
        file.write(f"{os.getpid()} {sleeper.pid}")
    print("still here", flush=True)
    os.rename(where + ".part", where)
    time.sleep(1000)
"""
WITH_A_THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), name='of the boot', daemon=True).start()"


def folder_with(folder: Path, boot: str) -> Path:
    (folder / "boot.py").write_text(boot)
    (folder / "script.py").write_text(SCRIPT)
    return folder


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ForkServer]:
    started = ForkServer(folder_with(tmp_path, BOOT), "boot", os.environ)
    yield started
    started.kill()


def call(scene: str, **arguments: Any) -> dict[str, Any]:
    return {"script": "script.py", "scene": scene, "arguments": arguments}


def test_a_scene_answers_in_json_and_may_be_a_coroutine(server: ForkServer) -> None:
    assert server.play(call("number", value=[1, "é\n"])) == '[1, "\\u00e9\\n"]'
    assert server.play(call("later", value=None)) == "null"


def test_no_scene_sees_what_another_changed_and_each_has_random_numbers_of_its_own(server: ForkServer) -> None:
    first, second = (server.play(call("changes", value=value)) for value in ("a", "b"))
    assert first.startswith('[["a"], 0.')
    assert second.startswith('[["b"], 0.')
    assert first[6:] != second[6:]
    assert server.play(call("seen")) == '[[], null, ""]'


@pytest.mark.parametrize(
    ("scene", "how", "logged"),
    [
        ("fails", "ended with status 1", "ValueError: a reason"),
        ("dies", "ended with status 3", "last words"),
        ("is_killed", "was ended by SIGKILL", ""),
        ("says_no_json", "ended with status 1", "not JSON serializable"),
        ("no_such_scene", "ended with status 1", "no_such_scene"),
    ],
)
def test_a_scene_that_ends_without_an_answer_fails_with_its_log_and_no_other_does(
    server: ForkServer, scene: str, how: str, logged: str
) -> None:
    assert server.play(call("number", value=1)) == "1"
    with pytest.raises(SceneFailed, match=f"the scene {scene} of script.py {how}") as failed:
        server.play(call(scene))
    assert logged in str(failed.value)
    assert "a line of the log" not in str(failed.value)
    assert server.play(call("number", value=2)) == "2"


def test_a_scene_that_takes_too_long_is_ended_with_all_that_it_started(
    server: ForkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tmp_path / "pids"

    def time_is_up(read: list[Any], write: list[Any], error: list[Any], limit: float) -> tuple[list[Any], ...]:
        wait_for(where, server.is_running)
        return [], [], []

    monkeypatch.setattr(forked_scenes, "select", SimpleNamespace(select=time_is_up))
    with pytest.raises(SceneFailed, match="did not end within 300 seconds") as failed:
        server.play(call("hangs", where=str(where)))
    assert str(failed.value).endswith("still here\n")
    assert not server.is_running()
    wait_until_gone(where.read_text().split())


def test_the_limit_is_that_of_the_caller(server: ForkServer, tmp_path: Path) -> None:
    with pytest.raises(SceneFailed, match=r"did not end within 0\.1 seconds"):
        server.play(call("hangs", where=str(tmp_path / "pids")), limit=0.1)


@pytest.mark.parametrize(("boot", "why"), [("import no_such_module", "no_such_module"), (WITH_A_THREAD, "boot has started of the boot")])
def test_a_boot_that_fails_or_starts_threads_says_so(tmp_path: Path, boot: str, why: str) -> None:
    started = ForkServer(folder_with(tmp_path, boot), "boot", os.environ)
    with pytest.raises(SceneFailed, match="its fork server has ended") as failed:
        started.play(call("number", value=1))
    assert why in str(failed.value)


def test_a_scene_ends_with_the_tests_that_play_it(tmp_path: Path) -> None:
    where = folder_with(tmp_path, BOOT) / "pids"
    tests = f"""
import os, pathlib
from tests.app import forked_scenes
from tests.app.forked_scenes import ForkServer
server = ForkServer(pathlib.Path({str(tmp_path)!r}), "boot", os.environ)
print(server.pid, flush=True)
server.play({call("hangs", where=str(where))!r})
"""
    with subprocess.Popen([sys.executable, "-c", tests], cwd=PROJECT, stdout=subprocess.PIPE, text=True) as testing:
        assert testing.stdout
        server = testing.stdout.readline()
        wait_for(where, lambda: testing.poll() is None)
        testing.send_signal(signal.SIGKILL)
    wait_until_gone([server, *where.read_text().split()])


def wait_for(file: Path, goes_on: Callable[[], bool]) -> None:
    while not file.exists():
        assert goes_on()
        time.sleep(0.01)


def wait_until_gone(pids: list[str]) -> None:
    for pid in map(int, pids):
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            while process.status() != psutil.STATUS_ZOMBIE:  # which somebody else has to notice
                time.sleep(0.01)


@pytest.mark.parametrize("fork", [True, False], ids=["forked", "in a process of its own"])
def test_each_scene_has_an_empty_database_and_a_clock_that_nobody_set(project: Path, fork: bool) -> None:
    fields = {"instructions": False, "rounds": 1}
    for _ in range(2):
        seen = play(project, "alone", script="scenes_alone.py", fields=fields, fork=fork)
        assert seen == {"sessions": [0, 1], "was_set": False, "skipped": 1000}


def test_a_scene_that_is_played_once_gives_each_caller_an_answer_of_their_own(project: Path) -> None:
    first, again, other = (play_once(project, "codes", script="scenes_access.py", sessions=count) for count in (1, 1, 2))
    assert first == again
    assert len(other["sessions"]) == 2
    first["sessions"].clear()
    assert play_once(project, "codes", script="scenes_access.py", sessions=1) == again
